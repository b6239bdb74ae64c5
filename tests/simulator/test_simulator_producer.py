"""Every trade is accepted or counted as failed, and only failed entries are put again."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_fakes import START_MS, FakeStream, chunk, refused

from simulator.batching import Entry, Packing
from simulator.producer import Answer, Producer
from simulator.retry import Backoff
from simulator.trades import Record

THROTTLED = "ProvisionedThroughputExceededException"
QUICK = Backoff(attempts=4, base=0, cap=0)


def producer(
    stream: FakeStream, packing: Packing = "none", workers: int = 2, backoff: Backoff = QUICK
) -> Producer:
    """Make a producer that doesn't wait between attempts."""
    return Producer(stream, "stream", packing=packing, workers=workers, backoff=backoff)


def test_all_trades_arrive_in_full_requests() -> None:
    """1,200 trades need three requests. None is refused, and none is put twice."""
    stream = FakeStream()
    records = chunk(1_200)
    summary = producer(stream).send([records])
    assert Counter(stream.payloads) == Counter(record.data for record in records)
    counts = (summary.sent, summary.accepted, summary.failed, summary.retried, summary.throttled)
    assert counts == (1_200, 1_200, 0, 0, 0)
    assert (summary.requests, summary.records) == (3, 1_200)


def test_only_the_entries_that_failed_are_put_again() -> None:
    """Two of five entries are throttled once. The second request has these two in their order."""
    stream = FakeStream(lambda number, _: {1: THROTTLED, 3: THROTTLED} if number == 0 else {})
    records = chunk(5)
    summary = producer(stream).send([records])
    assert [[entry["Data"] for entry in request] for request in stream.requests] == [
        [record.data for record in records],
        [records[1].data, records[3].data],
    ]
    assert (summary.accepted, summary.retried, summary.throttled) == (5, 2, 2)
    assert summary.errors == {THROTTLED: 2}


def test_a_packed_record_that_fails_counts_as_all_its_trades() -> None:
    """One refused record of 100 trades counts as 100 trades throttled and retried."""
    stream = FakeStream(lambda number, _: {0: THROTTLED} if number == 0 else {})
    summary = producer(stream, "spread").send([chunk(100)])
    assert (summary.accepted, summary.retried, summary.throttled) == (100, 100, 100)
    assert (summary.records, summary.requests) == (1, 2)


@pytest.mark.parametrize(
    ("error", "throttled"),
    [
        (refused("ThrottlingException"), 7),
        (refused("InternalFailure", 500), 0),
        (refused("Unknown", 503), 0),
        (ReadTimeoutError(endpoint_url="x"), 0),
        (EndpointConnectionError(endpoint_url="x"), 0),
    ],
)
def test_a_request_that_fails_as_a_whole_is_put_again(error: Exception, throttled: int) -> None:
    """The causes are throttling, an error of the service, or a lost connection."""
    stream = FakeStream(lambda number, _: error if number == 0 else {})
    sender = producer(stream)
    summary = sender.send([chunk(7)])
    assert (summary.accepted, summary.failed, summary.retried) == (7, 0, 7)
    assert (summary.throttled, summary.requests) == (throttled, 2)
    assert sender.error is None


def test_a_trade_refused_at_every_attempt_counts_as_failed_and_the_run_continues() -> None:
    """The first trade has four attempts. All others of this and the next chunk arrive."""
    records = chunk(10)
    poison = records[0].data

    def verdict(_number: int, entries: Sequence[Entry]) -> Mapping[int, str]:
        return {i: "InternalFailure" for i, e in enumerate(entries) if e["Data"] == poison}

    stream = FakeStream(verdict)
    sender = producer(stream)
    summary = sender.send([records, chunk(5, first_ms=START_MS + 10)])
    assert (summary.sent, summary.accepted, summary.failed, summary.retried) == (15, 14, 1, 3)
    assert sum(request[0]["Data"] == poison for request in stream.requests) == 4
    assert sender.error is None


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            refused("ResourceNotFoundException"),
            (
                "stream stream: it does not exist; deploy the stack, or read its newest outputs "
                "(ResourceNotFoundException: no)"
            ),
        ),
        (
            refused("AccessDeniedException"),
            (
                "stream stream: the credentials may not put records; kinesis:PutRecords is needed "
                "(AccessDeniedException: no)"
            ),
        ),
        (
            NoCredentialsError(),
            (
                "stream stream: no AWS credentials found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID "
                "and AWS_SECRET_ACCESS_KEY"
            ),
        ),
    ],
)
def test_an_error_that_retries_can_not_resolve_ends_the_run_with_one_line(
    error: Exception, line: str
) -> None:
    """There is no second attempt. The run takes no more chunks, and all trades are failed."""
    stream = FakeStream(lambda _number, _entries: error)
    taken = 0

    def endless() -> Iterator[list[Record]]:
        nonlocal taken
        while True:
            taken += 1
            yield chunk(600, first_ms=START_MS + taken)

    sender = producer(stream)
    summary = sender.send(endless())
    assert str(sender.error) == line
    assert taken <= 4
    assert (summary.accepted, summary.failed) == (0, summary.sent)


@pytest.mark.parametrize(("answers", "attempts"), [(0, 3), (1, 4)])
def test_an_endpoint_that_stays_unreachable_ends_the_run(answers: int, attempts: int) -> None:
    """If it never answered, there are three attempts. If it did, all attempts are used."""
    error = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    stream = FakeStream(lambda number, _: {} if number < answers else error)
    sender = producer(stream, workers=1)
    summary = sender.send(chunk(3, first_ms=START_MS + i) for i in range(answers + 1))
    assert len(stream.requests) == answers + attempts
    assert (summary.accepted, summary.failed) == (3 * answers, 3)
    assert str(sender.error) == (
        "stream stream: its endpoint can't be reached; check that it runs, and the network "
        '(Could not connect to the endpoint URL: "http://127.0.0.1:1")'
    )


def test_a_record_over_the_limit_fails_alone_and_is_never_put() -> None:
    """The service would refuse its whole request. Here the two records beside it arrive."""
    stream = FakeStream()
    records = chunk(3)
    records[1] = Record(bytes(1 << 20), "k", START_MS + 1)
    summary = producer(stream).send([records])
    assert (summary.accepted, summary.failed) == (2, 1)
    assert summary.errors == {"RecordTooLarge": 1}
    assert stream.payloads.count(records[1].data) == 0


FATES = st.sampled_from(["", THROTTLED, "InternalFailure"])


@settings(deadline=None)
@given(
    data=st.data(),
    chunks=st.lists(st.integers(0, 30), max_size=6),
    packing=st.sampled_from(["none", "spread", "keyed"]),
    workers=st.integers(1, 4),
)
def test_nothing_is_lost_whatever_the_stream_does(
    data: st.DataObject, chunks: list[int], packing: Packing, workers: int
) -> None:
    """With any mix of refusals, each trade is on the stream once or counted as failed."""
    fates = data.draw(st.lists(st.lists(FATES, min_size=1), max_size=20))
    whole = data.draw(st.sets(st.integers(0, 20)))

    def verdict(number: int, entries: Sequence[Entry]) -> Exception | Mapping[int, str]:
        if number in whole:
            return refused(THROTTLED)
        codes = fates[number] if number < len(fates) else [""]
        return {i: codes[i % len(codes)] for i in range(len(entries)) if codes[i % len(codes)]}

    stream = FakeStream(verdict)
    made = [chunk(size, first_ms=START_MS + i * 100) for i, size in enumerate(chunks)]
    summary = producer(stream, packing, workers).send(made)
    records = [record.data for one in made for record in one]
    arrived = Counter(stream.payloads)
    assert summary.sent == summary.accepted + summary.failed == len(records)
    assert summary.accepted == arrived.total()
    assert arrived <= Counter(records)


class SlowStream(FakeStream):
    """Answers after a moment, and records the span of event time in flight."""

    def __init__(self) -> None:
        """Begin with nothing in flight."""
        super().__init__()
        self._open: set[int] = set()
        self._guard = threading.Lock()
        self.widest_ms = self.most = 0

    def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Answer:  # noqa: N803
        """Answer as the service does, after 2 ms."""
        times = [int(entry["Data"].split(b":")[0]) for entry in Records]
        with self._guard:
            self._open |= set(times)
            self.most = max(self.most, len(self._open))
            self.widest_ms = max(self.widest_ms, max(self._open) - min(self._open))
        time.sleep(0.002)
        with self._guard:
            self._open -= set(times)
        return super().put_records(StreamName=StreamName, Records=Records)


def test_no_trade_is_put_while_an_older_one_beyond_the_span_is_in_flight() -> None:
    """At most 1,000 ms of event time are in flight."""
    stream = SlowStream()
    sender = Producer(stream, "stream", workers=8, span_ms=1_000)
    summary = sender.send(chunk(200, first_ms=START_MS + i * 200) for i in range(50))
    assert summary.accepted == 10_000
    assert 200 < stream.widest_ms <= 1_000


def test_no_more_chunks_are_taken_than_the_stream_accepts() -> None:
    """At most two requests for each worker, and the next one, are taken from the source."""
    stream = SlowStream()
    taken: list[int] = []

    def source() -> Iterator[list[Record]]:
        for number in range(40):
            taken.append(number)
            assert len(taken) - len(stream.requests) <= 2 * 3 + 2
            yield chunk(10, first_ms=START_MS + number)

    summary = Producer(stream, "stream", workers=3).send(source())
    assert (summary.accepted, len(taken)) == (400, 40)
    assert stream.most <= 3 * 10


def test_an_interrupt_counts_what_was_not_put() -> None:
    """The source raises KeyboardInterrupt. Waits end at once, and the counts are right."""
    stream = FakeStream(lambda _number, entries: dict.fromkeys(range(len(entries)), THROTTLED))

    def source() -> Iterator[list[Record]]:
        yield chunk(10)
        while not stream.requests:
            time.sleep(0.001)
        raise KeyboardInterrupt

    patient = Backoff(attempts=10, base=1_000, cap=1_000)
    begun = time.monotonic()
    summary = producer(stream, backoff=patient).send(source())
    assert time.monotonic() - begun < 60  # a single wait is up to 1,000 s
    assert (summary.sent, summary.accepted, summary.failed) == (10, 0, 10)


def test_an_error_of_the_source_is_raised() -> None:
    """An error that does not come from the stream is raised unchanged."""

    def source() -> Iterator[list[Record]]:
        yield chunk(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        producer(FakeStream()).send(source())


def test_waits_double_up_to_a_cap_with_full_jitter() -> None:
    """A wait is random from 0 to the bound, so throttled clients don't all retry together."""
    backoff = Backoff(attempts=10, base=0.1, cap=5)
    for failed, bound in ((1, 0.1), (2, 0.2), (5, 1.6), (7, 5), (500, 5)):
        waits = [backoff.wait(failed) for _ in range(500)]
        assert 0 <= min(waits) < bound * 0.1
        assert bound * 0.9 < max(waits) <= bound
