"""A stream in memory, with chosen errors, shards by hash key, de-aggregation, and a wall clock."""

import hashlib
import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from simulator.batching import Entry
from simulator.producer import Answer
from simulator.trades import Record

START_MS: Final = 1_769_851_800_000
"""2026-01-31T09:30:00Z."""

HASHES: Final = 1 << 128

_MESSAGES: Final[Any] = importlib.import_module(
    "aws_kinesis_agg.aggregator"
).messages_pb2  # untyped

_MAGIC: Final = b"\xf3\x89\x9a\xc2"


def hash_of(key: str) -> int:
    """Give the hash key that Kinesis derives from a partition key."""
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big")


def shard_of(key: str, shards: int) -> int:
    """Give the shard's number in a stream whose shards divide the hash keys evenly."""
    return hash_of(key) * shards // HASHES


def deaggregate(entry: Entry, first_hash: int = 0, last_hash: int = HASHES - 1) -> list[bytes]:
    """De-aggregate a record as the Kinesis Client Library's `UserRecord.deaggregate` does.

    It reads the message with protobuf's own code. It drops the whole record if one sub-record's
    hash key is outside the shard's range.
    """
    data = entry["Data"]
    body, digest = data[4:-16], data[-16:]
    if not data.startswith(_MAGIC) or hashlib.md5(body, usedforsecurity=False).digest() != digest:
        return [data]
    message = _MESSAGES.AggregatedRecord.FromString(body)
    for record in message.records:
        assert not record.HasField("explicit_hash_key_index")
        key: str = message.partition_key_table[record.partition_key_index]
        if not first_hash <= hash_of(key) <= last_hash:
            return []
    return [record.data for record in message.records]


def refused(code: str, status: int = 400) -> ClientError:
    """Make the error of a whole request."""
    answer: Any = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "PutRecords")


class Wall:
    """A wall clock that a test sets. A wait for `stop` also advances it."""

    def __init__(self) -> None:
        """Begin at the fixed start."""
        self.now = float(START_MS)
        self.stop = threading.Event()
        self.stop.wait = self._wait

    def _wait(self, timeout: float | None = None) -> bool:
        self.now += (timeout or 0) * 1000
        return self.stop.is_set()

    def __call__(self) -> int:
        """Give the time."""
        return int(self.now)


Verdict = Callable[[int, Sequence[Entry]], Exception | Mapping[int, str]]
"""For a request's number (from 0) and entries: an error, or the error code by refused entry."""


class FakeStream:
    """Accepts the records that the verdict doesn't refuse. Many threads may use it."""

    def __init__(self, verdict: Verdict = lambda _number, _entries: {}) -> None:
        """Begin without records."""
        self._verdict = verdict
        self._lock = threading.Lock()
        self.requests: list[list[Entry]] = []
        self.accepted: list[Entry] = []

    def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Answer:  # noqa: N803
        """Answer as the service does: check each entry, and keep those that are accepted."""
        assert StreamName == "stream"
        with self._lock:
            number = len(self.requests)
            self.requests.append(list(Records))
            verdict = self._verdict(number, Records)
            if isinstance(verdict, Exception):
                raise verdict
            self.accepted += [e for place, e in enumerate(Records) if place not in verdict]
            return {
                "Records": [
                    {"ErrorCode": verdict[place], "ErrorMessage": "no"}
                    if place in verdict
                    else {"ShardId": "shardId-000000000000", "SequenceNumber": "1"}
                    for place in range(len(Records))
                ]
            }

    @property
    def payloads(self) -> list[bytes]:
        """All accepted trades, whether packed or not."""
        return [data for entry in self.accepted for data in deaggregate(entry)]


def chunk(count: int, *, first_ms: int = START_MS, size: int = 80, keys: int = 7) -> list[Record]:
    """Make records that differ from each other, a millisecond apart."""
    return [
        Record(f"{first_ms + i}:".encode().ljust(size, b"."), f"key-{i % keys}", first_ms + i)
        for i in range(count)
    ]
