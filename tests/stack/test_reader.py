"""The reader gives every record of a stream once, also after errors."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import ClientError

from local.accounts import WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator
from stack import reader
from stack.reader import StreamReader, StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient


class FakeStream:
    """The part of a Kinesis client that the reader uses: two records a read, with chosen errors."""

    def __init__(self, shards: dict[str, list[bytes]]) -> None:
        """Take the records by shard."""
        self.shards = shards
        self.closed: set[str] = set()
        self.trouble: list[str] = []
        self.reads: list[tuple[str, float]] = []

    def get_paginator(self, name: str) -> FakeStream:
        """Give the pages of shards."""
        assert name == "list_shards"
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, object]]:
        """Give one shard on each page."""
        for shard in self.shards:
            yield {"Shards": [{"ShardId": shard}]}

    def get_shard_iterator(self, **given: str) -> dict[str, str]:
        """Give an iterator that holds its position."""
        after = given.get("StartingSequenceNumber")
        place = 0 if after is None else int(after) + 1
        kind = "TRIM_HORIZON" if after is None else "AFTER_SEQUENCE_NUMBER"
        assert given["ShardIteratorType"] == kind
        return {"ShardIterator": f"{given['ShardId']}:{place}"}

    def get_records(self, *, ShardIterator: str, Limit: int) -> Mapping[str, object]:  # noqa: N803 -- boto3's names
        """Give two records, or raise the next error."""
        assert Limit == 10_000
        shard, _, place = ShardIterator.rpartition(":")
        self.reads.append((shard, time.monotonic()))
        if self.trouble:
            raise ClientError({"Error": {"Code": self.trouble.pop()}}, "GetRecords")
        start, held = int(place), self.shards[shard]
        end = min(start + 2, len(held))
        answer: dict[str, object] = {
            "Records": [
                {
                    "SequenceNumber": str(number),
                    "ApproximateArrivalTimestamp": datetime(2026, 1, 31, tzinfo=UTC)
                    + timedelta(milliseconds=number, microseconds=999),
                    "Data": held[number],
                }
                for number in range(start, end)
            ],
            "MillisBehindLatest": 1000 if end < len(held) else 0,
            "NextShardIterator": f"{shard}:{end}",
        }
        if shard in self.closed and end == len(held):
            del answer["NextShardIterator"]
        return answer


@pytest.fixture
def fake() -> FakeStream:
    """Make two shards, with five records and without records."""
    return FakeStream({"a": [bytes([number]) for number in range(5)], "b": []})


def read(fake: FakeStream) -> StreamReader:
    """Make a reader of the fake stream."""
    return StreamReader(cast("KinesisClient", cast("object", fake)), "stream")


def as_bytes(records: list[StreamRecord]) -> bytes:
    """Give the records' data in order."""
    return b"".join(record.data for record in records)


@pytest.mark.parametrize("trouble", ["", "ExpiredIteratorException", "LimitExceededException"])
def test_all_records_are_given_once_in_order(fake: FakeStream, trouble: str) -> None:
    """This holds also if iterators expire and reads are throttled."""
    stream = read(fake)
    found = stream.poll()
    fake.trouble = [trouble] * 3 if trouble else []
    found += stream.read_all()
    assert as_bytes(found) == bytes(range(5))
    assert stream.read_all() == []
    assert stream.shards == {"a", "b"}
    first = found[1]
    assert (first.shard, first.sequence_number, first.part) == ("a", "1", 0)
    assert first.arrival == 1_769_817_600_001


def test_a_shard_is_read_at_most_five_times_a_second(fake: FakeStream) -> None:
    """This holds for any number of calls."""
    stream, until = read(fake), time.monotonic() + 0.9
    while time.monotonic() < until:
        stream.poll()
        time.sleep(0.01)
    assert sum(shard == "a" for shard, _ in fake.reads) <= 5


def test_another_error_is_raised_and_no_record_is_lost(fake: FakeStream) -> None:
    """The next call gives the records that another shard gave before the error."""
    fake.shards = {"a": [b"1"], "b": [b"2"]}
    stream = read(fake)
    stream.poll()
    fake.shards = {"a": [b"1", b"3"], "b": [b"2"]}
    fake.trouble = ["AccessDeniedException"]
    time.sleep(reader.READ_INTERVAL)
    with pytest.raises(ClientError, match="AccessDenied"):
        stream.poll()
    assert as_bytes(stream.read_all()) == b"3"


def test_the_shards_of_a_split_are_found_when_their_parent_ends(fake: FakeStream) -> None:
    """The closed shard is read to its end. Its children are read from their beginning."""
    stream = read(fake)
    found = stream.read_all()
    fake.shards |= {"a": [*fake.shards["a"], b"x"], "c": [b"y"], "d": [b"z"]}
    fake.closed = {"a"}
    while len(found) < 8:
        found += stream.poll()
        time.sleep(0.02)
    assert as_bytes(found[5:]) == b"xyz"
    assert stream.shards == {"a", "b", "c", "d"}


def test_threads_that_share_a_reader_share_the_records(fake: FakeStream) -> None:
    """Each record is given to one of the threads."""
    fake.shards = {f"s{number}": [b"x"] * 9 for number in range(5)}
    stream = read(fake)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(StreamReader.read_all, [stream] * 4))
    assert sum(map(len, parts)) == 45


@pytest.mark.emulator
def test_all_records_put_on_the_emulator_are_read(tmp_path: Path) -> None:
    """12,000 records on three shards, more than one read gives, arrive unchanged."""
    with Emulator(run_directory=tmp_path) as emulator:
        client = Clients(emulator.endpoint).client("kinesis", WORKLOAD)
        client.create_stream(StreamName="s", ShardCount=3)
        data = [str(number).encode() for number in range(12_000)]
        for start in range(0, len(data), 500):
            entries = [{"Data": each, "PartitionKey": each.decode()} for each in data[start:][:500]]
            client.put_records(StreamName="s", Records=entries)
        stream, now = StreamReader(client, "s"), time.time() * 1000
        found = stream.read_all()
        assert {record.data for record in found} == set(data)
        assert len(found) == len(data)
        assert len(stream.shards) == 3
        assert all(abs(record.arrival - now) < 60_000 for record in found)


@pytest.mark.emulator
def test_the_emulator_reads_from_a_time_in_seconds_and_in_milliseconds(tmp_path: Path) -> None:
    """Java's SDK 1 sends milliseconds in JSON. Records since that time are not skipped."""
    with Emulator(run_directory=tmp_path) as emulator:
        client = Clients(emulator.endpoint).client("kinesis", WORKLOAD)
        client.create_stream(StreamName="s", ShardCount=1)
        for data in (b"before", b"after"):
            begun = time.time()
            client.put_record(StreamName="s", Data=data, PartitionKey="k")
            time.sleep(0.01)
        event = "before-call.kinesis.GetShardIterator"
        for moment in (begun, begun * 1000):

            def replace(params: dict[str, bytes], *, moment: float = moment, **_: object) -> None:
                body = json.loads(params["body"])
                params["body"] = json.dumps(body | {"Timestamp": moment}).encode()

            client.meta.events.register(event, replace, "moment")
            iterator = client.get_shard_iterator(
                StreamName="s",
                ShardId="shardId-000000000000",
                ShardIteratorType="AT_TIMESTAMP",
                Timestamp=datetime.now(UTC),
            )["ShardIterator"]
            client.meta.events.unregister(
                "before-call.kinesis.GetShardIterator", unique_id="moment"
            )
            records = client.get_records(ShardIterator=iterator)["Records"]
            assert [record["Data"] for record in records] == [b"after"]
