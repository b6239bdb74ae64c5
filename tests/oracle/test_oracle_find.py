"""The records of a dead letter for many are found by reading the stream again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError
from honest_job import START
from test_oracle_spans import poisoned, write_span

from oracle.dead_letters import parse_letter
from oracle.find import find_records, read_numbers
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
        self.iterators = 0

    def get_shard_iterator(self, **given: str) -> dict[str, str]:
        """Begin at a record, as `AT_SEQUENCE_NUMBER` does."""
        assert (given["StreamName"], given["ShardId"]) == ("ingest", SHARD)
        self.iterators += 1
        if given["ShardIteratorType"] == "TRIM_HORIZON":
            return {"ShardIterator": "0"}
        assert given["ShardIteratorType"] == "AT_SEQUENCE_NUMBER"
        numbers = [record.sequence_number for record in self._records]
        if given["StartingSequenceNumber"] not in numbers:
            raise ClientError({"Error": {"Code": "InvalidArgumentException"}}, "GetShardIterator")
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
                    "PartitionKey": "key",
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
    """Make trades, with bad records and late trades between them. All have the same key."""
    return [record._replace(key="key") for record in poisoned()]


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


def test_the_arrival_time_comes_from_the_stream(
    client: KinesisClient, records: list[StreamRecord]
) -> None:
    """The check for times in the future uses it."""
    assert records[0].arrival == START
    letter = parse_letter(write_span(records[:2], "future"))
    assert find_records(client, "ingest", letter, RULES) == []


def test_records_far_from_each_other_are_read_by_their_numbers(
    records: list[StreamRecord],
) -> None:
    """What lies between is not read. A page that has two of them is read once."""
    stream = Stream(records)
    wanted = [records[place] for place in (3, 4, 100, 200)]
    numbers = [record.sequence_number for record in reversed(wanted)]
    client = cast("KinesisClient", stream)
    assert list(read_numbers(client, "ingest", SHARD, numbers)) == wanted
    assert stream.iterators == 3


@pytest.mark.parametrize("gone", [[3], [3, 4], [4], [100], [200], [3, 4, 100, 200]])
def test_a_record_that_is_gone_does_not_hide_the_others(
    records: list[StreamRecord], gone: list[int]
) -> None:
    """The service may refuse an iterator at its number. The shard is then read from its begin."""
    wanted = [records[place] for place in (3, 4, 100, 200)]
    left = [record for place, record in enumerate(records) if place not in gone]
    client = cast("KinesisClient", Stream(left))
    numbers = [record.sequence_number for record in wanted]
    found = list(read_numbers(client, "ingest", SHARD, numbers))
    assert found == [record for record in wanted if record in left]


def test_a_letter_whose_first_records_are_gone_gives_the_others(
    records: list[StreamRecord],
) -> None:
    """The stream's retention ended for the first half."""
    bad = [record for record in records if b"bad" in record.data]
    letter = parse_letter(write_span(bad[10:101], "not_json"))
    kept = cast("KinesisClient", Stream(records[records.index(bad[50]) :]))
    assert find_records(kept, "ingest", letter, RULES) == bad[50:101]
