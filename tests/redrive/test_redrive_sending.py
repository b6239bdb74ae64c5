"""The plan of a run, and its requests when the stream refuses, throttles or doesn't answer."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from hypothesis import given
from hypothesis import strategies as st

from oracle.verdict import Rules
from redrive.cure import Cure
from redrive.lateness import find_watermark
from redrive.ledger import Ledger
from redrive.mark import mark_of
from redrive.plan import Plan, make_plan
from redrive.rejection import of_record
from redrive.sending import Sender, Sent
from simulator.batching import Entry
from simulator.file.times import write_time
from simulator.producer import Answer
from simulator.retry import Backoff
from stack.reader import StreamRecord

RULES = Rules()
NOW = 1_769_850_000_000
"""2026-01-31T09:00:00Z."""


class Stream:
    """Keeps what it takes. `says` gives an error code, an exception or None for each entry."""

    def __init__(self, says: Callable[[int, Entry], str | Exception | None]) -> None:
        """Take the stream's behaviour: the number of the request, and an entry."""
        self.says = says
        self.requests: list[list[str]] = []
        self.taken: list[Entry] = []

    def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Answer:  # noqa: N803 -- AWS's
        """Put records as a client does."""
        assert StreamName == "ingest"
        self.requests.append([entry["PartitionKey"] for entry in Records])
        found: list[dict[str, object]] = []
        for entry in Records:
            said = self.says(len(self.requests), entry)
            if isinstance(said, Exception):
                raise said
            if said:
                found.append({"ErrorCode": said})
            else:
                self.taken.append(entry)
                found.append({"ShardId": "shard", "SequenceNumber": str(len(self.taken))})
        return {"Records": found}


class Quick(Backoff):
    """Tries three times, without waiting."""

    def __init__(self) -> None:
        """Set the number of attempts."""
        super().__init__(attempts=3)

    def wait(self, failed: int) -> float:
        """Wait not at all."""
        assert failed
        return 0


def line(number: int, ago: int = 0, reason: str = "wrong_type", **more: object) -> str:
    """Write a line of an export whose trade is some milliseconds old. Its key is the number."""
    time = write_time(NOW - ago)
    payload = json.dumps({"EVENT_TIME": time, "TICKER": "A", "PRICE": 1, **more}).encode()
    record = StreamRecord("shard", str(number), 0, NOW, payload, str(number))
    return of_record(record, reason).line()


def taken(_request: int, _entry: Entry) -> None:
    """Take every record."""


def payload_of(text: str) -> bytes:
    """Give the payload of a line."""
    return json.loads(text)["payload"].encode()


def never(times: Collection[int]) -> None:
    """Find no watermark."""
    assert times


def plan_of(lines: Sequence[str], ledger: Ledger, **more: Any) -> Plan:  # noqa: ANN401 -- passed on
    """Plan with the default rules."""
    return make_plan(lines, Cure(rules=RULES), ledger, never, now=NOW, **more)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Open a new ledger."""
    with Ledger(tmp_path / "l", "s", now_ms=lambda: NOW) as opened:
        yield opened


def send(stream: Stream, ledger: Ledger, lines: Sequence[str]) -> Sent:
    """Plan and send lines."""
    return Sender(stream, "ingest", ledger, backoff=Quick()).send(plan_of(lines, ledger).items)


def http(code: str, status: int) -> ClientError:
    """Make an error of a whole request."""
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutRecords")


def test_each_line_of_a_file_has_one_fate(ledger: Ledger) -> None:
    """Its number, its reason and why it isn't sent are told."""
    ledger.begin([json.loads(line(5))["id"], json.loads(line(6))["id"]])
    ledger.end({json.loads(line(5))["id"]: "shard/9"}, {})
    lines = [
        line(1),
        "",
        line(1),
        "{",
        line(2, PRICE=-1),
        line(3, reason="late"),
        line(4, reason="future"),
        line(5),
        line(6),
    ]
    plan = plan_of(lines, ledger, reasons=["wrong_type", "late"])
    assert [(item.line, item.fate) for item in plan.items] == [
        (1, "send"),
        (3, "refused"),
        (4, "refused"),
        (5, "refused"),
        (6, "send"),
        (7, "left_out"),
        (8, "sent_before"),
        (9, "unclear"),
    ]
    assert [item.why.split(":")[0] for item in plan.of("refused")] == [
        "the same record as line 1",
        "not JSON (Expecting property name enclosed in double quotes",
        "bad_price",
    ]
    assert plan.counts()["send"] == {"wrong_type": 1, "late": 1}
    assert plan.left


def test_trades_are_sent_in_the_order_of_their_times(ledger: Ledger) -> None:
    """Trades more than half a second apart are never in one request, so no retry makes one late."""
    stream = Stream(taken)
    lines = [line(1, 900), line(2, 0), line(3, 1000), line(4, 450)]
    sent = send(stream, ledger, lines)
    assert stream.requests == [["3", "1"], ["4", "2"]]
    assert sorted(sent.sent.values()) == ["shard/1", "shard/2", "shard/3", "shard/4"]
    assert ledger.sent == sent.sent


def test_refused_records_are_tried_again_alone(ledger: Ledger) -> None:
    """Only those, and each is sent once."""
    stream = Stream(
        lambda request, entry: "InternalFailure" * (entry["PartitionKey"] == "2" and request < 3)
    )
    sent = send(stream, ledger, [line(1), line(2), line(3)])
    assert stream.requests == [["1", "2", "3"], ["2"], ["2"]]
    assert (len(sent.sent), sent.refused, sent.unclear, sent.error) == (3, {}, [], None)


def test_a_stream_that_goes_on_refusing_ends_the_run(ledger: Ledger) -> None:
    """What was not sent is listed, and the next run may send it."""
    stream = Stream(lambda _, entry: "InternalFailure" * (entry["PartitionKey"] == "2"))
    sent = send(stream, ledger, [line(1), line(2, -1000), line(3, -2000)])
    assert sent.error == "stream ingest: it still refuses records: InternalFailure"
    assert list(sent.refused.values()) == ["InternalFailure"]
    assert len(sent.sent) == 1
    assert ledger.unclear == {}


@pytest.mark.parametrize(
    ("error", "told", "unclear"),
    [
        (ReadTimeoutError(endpoint_url="x"), "can't be reached", 2),
        (http("InternalFailure", 500), "InternalFailure", 2),
        (http("AccessDeniedException", 400), "may not put records", 0),
        (EndpointConnectionError(endpoint_url="x"), "can't be reached", 0),
        (NoCredentialsError(), "no AWS credentials", 0),
    ],
)
def test_a_request_without_an_answer_ends_the_run_as_unclear(
    ledger: Ledger, error: Exception, told: str, unclear: int
) -> None:
    """It is never put again blindly. A request that can't have arrived is not unclear."""
    stream = Stream(lambda _, entry: error if entry["PartitionKey"] == "2" else None)
    sent = send(stream, ledger, [line(1, 2000), line(2), line(3), line(4, -2000)])
    assert told in (sent.error or "")
    assert (len(sent.sent), len(sent.unclear), len(sent.refused)) == (1, unclear, 2 - unclear)
    assert len(ledger.unclear) == unclear
    assert stream.requests == [["1"], ["2", "3"]]


def test_a_throttled_request_is_put_again(ledger: Ledger) -> None:
    """The service took nothing of it."""
    error = http("ProvisionedThroughputExceededException", 400)
    stream = Stream(lambda request, _: error if request == 1 else None)
    sent = send(stream, ledger, [line(1), line(2)])
    assert (len(sent.sent), sent.refused, sent.error) == (2, {}, None)


def test_a_stop_ends_the_run_between_two_requests(ledger: Ledger) -> None:
    """What was sent is known."""
    stop = threading.Event()

    def says(*_: object) -> None:
        stop.set()

    stream = Stream(says)
    plan = plan_of([line(1), line(2, -2000)], ledger)
    sent = Sender(stream, "ingest", ledger, stop=stop).send(plan.items)
    assert (len(sent.sent), sent.error, len(ledger.sent)) == (1, "stopped", 1)


class KilledError(BaseException):
    """The process ends at once."""


@given(
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=4),
    st.lists(st.integers(0, 4000), min_size=1, max_size=12),
)
def test_each_record_arrives_once_however_often_a_run_is_killed(
    kills: list[tuple[int, bool]], ages: list[int]
) -> None:
    """At any request, before or after the stream took it. The next run is a minute later."""
    lines = [line(number, age) for number, age in enumerate(ages, 1)]
    stream = Stream(taken)
    with TemporaryDirectory() as directory:
        for run, kill in enumerate([*kills, None]):
            clock = NOW + run * 61_000
            with Ledger(Path(directory) / "l", "s", now_ms=lambda clock=clock: clock) as ledger:
                ledger.settle(lambda _: marks_of(stream), 0)
                assert not ledger.unclear
                sender = Sender(Killed(stream, kill), "ingest", ledger, backoff=Quick())
                with contextlib.suppress(KilledError):
                    sender.send(plan_of(lines, ledger).of("send"))
    assert sorted(marks_of(stream)) == sorted(json.loads(each)["id"] for each in lines)
    assert len(stream.taken) == len(lines)


def marks_of(stream: Stream) -> dict[str, str]:
    """Give the marks of the records that the stream took."""
    return {mark_of(entry["Data"]) or "": "shard/1" for entry in stream.taken}


class Killed:
    """A client whose process is killed at one request, before or after the stream took it."""

    def __init__(self, stream: Stream, kill: tuple[int, bool] | None) -> None:
        """Take the stream, and at which request."""
        self._stream = stream
        self._kill = kill
        self._number = 0

    def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Answer:  # noqa: N803 -- AWS's
        """Put records, or die."""
        self._number += 1
        now, arrives = self._kill == (self._number, False), self._kill == (self._number, True)
        if now:
            raise KilledError
        answer = self._stream.put_records(StreamName=StreamName, Records=Records)
        if arrives:
            raise KilledError
        return answer


def watermark_of(
    monkeypatch: pytest.MonkeyPatch, records: Sequence[tuple[int, int]], times: Collection[int]
) -> tuple[int | None, int]:
    """Find the watermark of a stream. Give it, and how many records were read.

    Each record has the age of its arrival and of its trade, in milliseconds.
    """
    read: list[StreamRecord] = []

    class Reader:
        def __init__(self, client: object, stream: str, *, since: float) -> None:
            assert (client, stream) == (None, "ingest")
            self.since = since

        def pages(self) -> Iterator[list[StreamRecord]]:
            page = [
                StreamRecord("shard", "1", 0, NOW - arrival, payload_of(line(1, time)))
                for arrival, time in records
                if NOW - arrival >= self.since * 1000
            ]
            read.extend(page)
            yield page

    monkeypatch.setattr("redrive.lateness.StreamReader", Reader)
    client: Any = None
    return find_watermark(client, "ingest", times, RULES, NOW), len(read)


@pytest.mark.parametrize(
    ("records", "times", "age", "read"),
    [
        ([(0, 0), (90_000, 90_000)], [NOW - 3_600_000], 5_001, 1),
        ([(0, 600_000), (1_000, 30_000)], [NOW - 3_600_000], 35_001, 2),
        ([(0, -30_000)], [NOW - 3_600_000], 5_001, 1),
        ([(200_000, 200_000)], [NOW - 3_600_000], 205_001, 1),
        ([(200_000, 200_000), (0, 400_000)], [NOW - 300_000], 205_001, 4),
        ([], [NOW - 3_600_000], None, 0),
        ([(7_200_000, 7_200_000)], [NOW - 3_600_000], None, 0),
    ],
)
def test_the_watermark_is_that_of_the_newest_trade_that_can_matter(
    monkeypatch: pytest.MonkeyPatch,
    records: Sequence[tuple[int, int]],
    times: Collection[int],
    age: int | None,
    read: int,
) -> None:
    """No more of the stream is read than decides. A trade dated ahead counts as of its arrival."""
    found, number = watermark_of(monkeypatch, records, times)
    assert found == (None if age is None else NOW - age)
    assert number == read
