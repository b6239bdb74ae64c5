"""The records of a dead letter for many are found by reading the stream again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from honest_job import START, write_letter
from test_oracle_spans import poisoned, write_span
from typer.testing import CliRunner

from cli import app
from oracle import letters as command
from oracle.dead_letters import parse_letter
from oracle.find import find_records
from oracle.find import write_letter as write_found
from oracle.verdict import Rules
from stack.reader import StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

RULES = Rules()
PAGE = 7
SHARD = "shardId-000000000000"


class Stream:
    """A shard that gives a few records for each call, from any sequence number on."""

    def __init__(self, records: list[StreamRecord]) -> None:
        """Take the records."""
        self._records = records

    def get_shard_iterator(self, **given: str) -> dict[str, str]:
        """Begin at a record, as `AT_SEQUENCE_NUMBER` does."""
        assert given["ShardIteratorType"] == "AT_SEQUENCE_NUMBER"
        assert (given["StreamName"], given["ShardId"]) == ("ingest", SHARD)
        numbers = [record.sequence_number for record in self._records]
        return {"ShardIterator": str(numbers.index(given["StartingSequenceNumber"]))}

    def get_records(self, *, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803 -- AWS's
        """Give at most `PAGE` of the next records."""
        begin = int(ShardIterator)
        page = self._records[begin : begin + min(PAGE, Limit)]
        return {
            "Records": [
                {
                    "SequenceNumber": record.sequence_number,
                    "Data": record.data,
                    "ApproximateArrivalTimestamp": datetime.fromtimestamp(0, UTC)
                    + timedelta(milliseconds=record.arrival),
                }
                for record in page
            ],
            "NextShardIterator": str(begin + len(page)),
            "MillisBehindLatest": 0 if begin + len(page) >= len(self._records) else 1,
        }


def _pass(seconds: float) -> None:
    assert seconds > 0


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.find.time", SimpleNamespace(sleep=_pass))


@pytest.fixture
def records() -> list[StreamRecord]:
    """Make trades, with bad records and late trades between them."""
    return poisoned()


@pytest.fixture
def client(records: list[StreamRecord]) -> KinesisClient:
    """Give a client for the stream of those records."""
    return cast("KinesisClient", Stream(records))


def test_all_records_of_the_reason_between_the_ends_are_found(
    client: KinesisClient, records: list[StreamRecord]
) -> None:
    """Good trades between the ends, and bad records before and after, are not given."""
    bad = [record for record in records if b"bad" in record.data]
    letter = parse_letter(write_span(bad[10:101], "not_json"))
    assert find_records(client, "ingest", letter, RULES) == bad[10:101]


def test_late_trades_are_those_furthest_behind_their_arrival(
    client: KinesisClient, records: list[StreamRecord]
) -> None:
    """The letter has only their number. Lateness does not follow from one record alone."""
    late = [record for record in records if b"9}" in record.data and b"bad" not in record.data]
    assert len(late) == 9
    letter = parse_letter(write_span(late[1:8], "late"))
    assert find_records(client, "ingest", letter, RULES) == late[1:8]


def test_a_found_record_is_written_as_the_job_would_write_it(records: list[StreamRecord]) -> None:
    """It is a dead letter for one record. Bytes that are not text are written as base64."""
    bad = next(record for record in records if b"bad" in record.data)
    letter = parse_letter(write_span([bad], "not_json"))
    assert parse_letter(write_found(letter, bad).encode() + b"\n") == parse_letter(
        write_letter(bad, "not_json")
    )
    binary = bad._replace(data=b"\xff")
    assert parse_letter(write_found(letter, binary).encode() + b"\n").payload == b"\xff"


def run_command(letters: bytes, outputs: Path) -> tuple[int, list[str], str]:
    """Give exit code, printed lines, and the text on standard error."""
    done = CliRunner().invoke(app, ["dead-letters", "--outputs", str(outputs)], input=letters)
    return done.exit_code, done.stdout.splitlines(), done.stderr


def test_the_command_prints_a_letter_for_each_record(
    client: KinesisClient,
    records: list[StreamRecord],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A letter for one record is unchanged. If records are missing, the exit code is 1."""

    def connect(outputs: Path) -> tuple[str, KinesisClient]:
        assert outputs == tmp_path
        return "ingest", client

    monkeypatch.setattr(command, "connect", connect)
    bad = [record for record in records if b"bad" in record.data]
    one, many = write_letter(bad[0], "not_json"), write_span(bad[10:20], "not_json")
    code, lines, _ = run_command(one + many, tmp_path)
    assert code == 0
    numbers = [json.loads(line)["sequence_number"] for line in lines]
    assert numbers == [record.sequence_number for record in [bad[0], *bad[10:20]]]
    more = write_span(bad[10:20], "not_json", {"records": 12})
    code, lines, error = run_command(more, tmp_path)
    assert (code, len(lines)) == (1, 10)
    assert f"{SHARD} from {bad[10].sequence_number}: 10 of 12 records found" in error


@pytest.mark.parametrize(
    ("letters", "outputs", "told"),
    [
        (b"{}\n", "{}", "line 1: not a dead letter"),
        (b"many", "{}", "no outputs; the stack isn't deployed yet"),
        (b"many", "no", "dead-letters: "),
    ],
)
def test_wrong_input_gives_one_line(
    letters: bytes, outputs: str, told: str, records: list[StreamRecord], tmp_path: Path
) -> None:
    """A line is not a dead letter, or the outputs are of another stack or not JSON."""
    file = tmp_path / "outputs.json"
    file.write_text(outputs, "utf-8")
    code, lines, error = run_command(letters.replace(b"many", write_span(records, "late")), file)
    assert (code, lines, error.count("\n")) == (1, [], 1)
    assert told in error


def test_the_arrival_time_comes_from_the_stream(
    client: KinesisClient, records: list[StreamRecord]
) -> None:
    """The check for times in the future uses it."""
    assert records[0].arrival == START
    letter = parse_letter(write_span(records[:2], "future"))
    assert find_records(client, "ingest", letter, RULES) == []


def test_an_emulators_calls_are_signed_with_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no credentials in the environment. The account's id is the access key."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    outputs = {
        "ingest_stream": "ingest",
        "results_stream": "results",
        "dead_letter_stream": "dead-letters",
        "application_name": "analytics",
        "region": "us-east-1",
        "endpoint": "http://127.0.0.1:1",
        "account_id": "222222222222",
    }
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs), "utf-8")
    stream, client = command.connect(file, "results_stream")
    signer: Any = client
    credentials = signer._request_signer._credentials  # noqa: SLF001 -- there is no public attribute
    assert (stream, client.meta.endpoint_url) == ("results", "http://127.0.0.1:1")
    assert (credentials.access_key, credentials.secret_key) == ("222222222222", "test")
