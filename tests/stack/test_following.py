"""The reader starts a few minutes back, reads each shard once a poll and survives resharding."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stack.reader import LIST_INTERVAL, StreamReader

NOW = 1_769_851_860.0


@dataclass
class FakeKinesis:
    """Shards of records. A record is (sequence number, arrival in seconds, data)."""

    shards: dict[str, list[tuple[str, float, bytes]]]
    closed: set[str] = field(default_factory=set[str])
    fail: list[Exception] = field(default_factory=list[Exception])
    places: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    reads: list[str] = field(default_factory=list[str])
    lists: int = 0

    def get_paginator(self, _: str) -> "FakeKinesis":
        """Give itself."""
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        """Give one page."""
        self.lists += 1
        yield {"Shards": [{"ShardId": name} for name in self.shards]}

    def get_shard_iterator(self, **place: Any) -> dict[str, str]:  # noqa: ANN401 -- botocore's own
        """Give shard and index as the iterator."""
        self.places.append(place)
        records = self.shards[place["ShardId"]]
        if place["ShardIteratorType"] == "AFTER_SEQUENCE_NUMBER":
            after = place["StartingSequenceNumber"]
            start = sum(number <= after for number, _, _ in records)
        else:
            since = place["Timestamp"].timestamp()
            start = sum(at < since for _, at, _ in records)
        return {"ShardIterator": f"{place['ShardId']} {start}"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803 -- botocore's own
        """Give all following records, or raise the error that the test sets."""
        assert Limit == 10_000
        name, start = ShardIterator.split()
        self.reads.append(name)
        if self.fail:
            raise self.fail.pop()
        records = self.shards[name]
        answer: dict[str, Any] = {
            "Records": [
                {
                    "SequenceNumber": number,
                    "ApproximateArrivalTimestamp": datetime.fromtimestamp(at, UTC),
                    "Data": data,
                }
                for number, at, data in records[int(start) :]
            ],
            "MillisBehindLatest": 0,
        }
        if name not in self.closed:
            answer["NextShardIterator"] = f"{name} {len(records)}"
        return answer


@dataclass
class Clock:
    """A clock whose time does not change."""

    now: float = NOW

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "GetRecords")


def _tail(client: FakeKinesis, clock: Clock) -> StreamReader:
    return StreamReader(cast("Any", client), "stream", back=900, pause=0, clock=clock)


def test_reading_begins_a_few_minutes_back() -> None:
    """So a page that is opened now shows the last minutes."""
    client = FakeKinesis({"s": [("1", NOW - 901, b"old"), ("2", NOW - 899, b"new")]})
    assert [record.data for record in _tail(client, Clock()).poll()] == [b"new"]


def test_each_record_comes_once_with_its_arrival_and_a_key_of_its_own() -> None:
    """Records of two shards have different keys."""
    client = FakeKinesis({"a": [("1", NOW, b"x")], "b": [("1", NOW + 0.25, b"y")]})
    tail = _tail(client, Clock())
    assert [(record.shard, record.sequence_number, record.arrival) for record in tail.poll()] == [
        ("a", "1", int(NOW * 1000)),
        ("b", "1", int(NOW * 1000) + 250),
    ]
    assert tail.poll() == []


def test_a_poll_reads_each_shard_once() -> None:
    """A shard allows five reads a second to all its readers together."""
    client = FakeKinesis({"a": [], "b": []})
    tail = _tail(client, Clock())
    for _ in range(3):
        tail.poll()
    assert client.reads == ["a", "b"] * 3
    assert client.lists == 1


def test_the_children_of_a_shard_that_ended_are_read_at_the_next_poll() -> None:
    """They are read from their beginning, because reading began before they existed."""
    clock = Clock()
    client = FakeKinesis({"parent": [("1", NOW, b"p")]})
    tail = _tail(client, clock)
    tail.poll()
    client.closed.add("parent")
    client.shards["child"] = [("2", NOW + 1, b"c")]
    clock.now += 2
    tail.poll()
    assert [record.data for record in tail.poll()] == [b"c"]
    assert "parent" not in client.reads[3:]


def test_new_shards_are_looked_for_once_a_minute() -> None:
    """So new shards are found even if no known shard has ended."""
    clock = Clock()
    client = FakeKinesis({"a": []})
    tail = _tail(client, clock)
    tail.poll()
    client.shards["b"] = [("1", NOW, b"x")]
    clock.now += LIST_INTERVAL
    assert [record.data for record in tail.poll()] == [b"x"]


def test_after_an_expired_iterator_reading_continues_at_the_same_place() -> None:
    """After a pause of more than five minutes no record is lost, and none comes twice."""
    clock = Clock()
    client = FakeKinesis({"s": [("1", NOW, b"a")]})
    tail = _tail(client, clock)
    tail.poll()
    clock.now += 400
    client.shards["s"].append(("2", NOW + 100, b"b"))
    client.fail = [_error("ExpiredIteratorException")]
    assert tail.poll() == []
    assert [record.data for record in tail.poll()] == [b"b"]
    assert client.places[-1]["StartingSequenceNumber"] == "1"


def test_an_iterator_that_is_gone_too_early_means_that_the_stream_is_new() -> None:
    """A restarted emulator has other sequence numbers. Reading continues by time."""
    clock = Clock()
    client = FakeKinesis({"s": [("9", NOW, b"a")]})
    tail = _tail(client, clock)
    tail.poll()
    clock.now += 20
    client.shards["s"] = [("1", NOW + 10, b"b")]
    client.fail = [_error("ExpiredIteratorException")]
    tail.poll()
    assert [record.data for record in tail.poll()] == [b"b"]


def test_after_a_long_pause_reading_continues_a_few_minutes_back() -> None:
    """A laptop that slept for a day doesn't read the whole day."""
    clock = Clock()
    client = FakeKinesis({"s": [("1", NOW, b"a")]})
    tail = _tail(client, clock)
    tail.poll()
    clock.now += 86_400
    client.shards["s"] += [("2", NOW + 100, b"b"), ("3", NOW + 86_000, b"c")]
    client.fail = [_error("ExpiredIteratorException")]
    tail.poll()
    assert [record.data for record in tail.poll()] == [b"c"]


def test_a_throttled_read_is_tried_again_at_the_next_poll() -> None:
    """Throttling is not reported as an error."""
    client = FakeKinesis(
        {"s": [("1", NOW, b"a")]}, fail=[_error("ProvisionedThroughputExceededException")]
    )
    tail = _tail(client, Clock())
    assert tail.poll() == []
    assert [record.data for record in tail.poll()] == [b"a"]


def test_an_error_of_one_shard_loses_no_record_of_another() -> None:
    """The records come with the next successful poll."""
    client = FakeKinesis({"a": [("1", NOW, b"x")], "b": [("1", NOW, b"y")]})
    tail = _tail(client, Clock())
    original = client.get_records

    def fail_for_b(ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803 -- botocore's own
        if ShardIterator.startswith("b"):
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
        return original(ShardIterator, Limit)

    client.get_records = fail_for_b
    with pytest.raises(EndpointConnectionError):
        tail.poll()
    client.get_records = original
    assert [record.data for record in tail.poll()] == [b"x", b"y"]


def test_a_stream_that_was_made_anew_is_read_from_its_new_shards() -> None:
    """Only the names of its shards may be the same."""
    client = FakeKinesis({"s": [("1", NOW, b"a")]})
    tail = _tail(client, Clock())
    tail.poll()
    client.fail = [_error("ResourceNotFoundException")]
    with pytest.raises(ClientError):
        tail.poll()
    client.shards = {"t": [("1", NOW, b"b")]}
    assert [record.data for record in tail.poll()] == [b"b"]


def test_read_until_is_the_oldest_call_of_all_shards() -> None:
    """An answer counts from the start of its call."""
    clock = Clock()
    client = FakeKinesis({"a": [], "b": []})
    tail = _tail(client, clock)
    assert tail.read_until == 0
    original = client.get_records

    def slow(ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803 -- botocore's own
        clock.now += 3
        return original(ShardIterator, Limit)

    client.get_records = slow
    tail.poll()
    assert tail.read_until == NOW
    tail.poll()
    assert tail.read_until == NOW + 6


def test_it_begins_at_a_time_that_is_given() -> None:
    """It continues after the last record, even if that was long ago."""
    clock = Clock()
    client = FakeKinesis({"s": [("1", NOW - 61, b"old"), ("2", NOW - 59, b"new")]})
    reader = StreamReader(cast("Any", client), "stream", since=NOW - 60, pause=0, clock=clock)
    assert [record.data for record in reader.read_all()] == [b"new"]
    clock.now += 86_400
    client.shards["s"].append(("3", NOW, b"newest"))
    client.fail = [_error("ExpiredIteratorException")]
    assert reader.poll() == []
    assert [record.data for record in reader.poll()] == [b"newest"]
