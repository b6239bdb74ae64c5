"""Read a Kinesis stream from its first record, and new records as they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import ClientError

from oracle.packing import unpack

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import GetRecordsOutputTypeDef, GetShardIteratorInputTypeDef

READ_INTERVAL: Final = 0.21
"""Seconds between two reads of a shard, because the service allows five a second."""

LIST_INTERVAL: Final = 15.0
"""Seconds between two searches for new shards while no shard has ended."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_THROTTLED: Final = {"ProvisionedThroughputExceededException", "LimitExceededException"}


class Record(NamedTuple):
    """One record as its producer made it. A packed record gives several, with different `part`."""

    shard: str
    sequence_number: str
    part: int
    arrival: int
    """The arrival time at the stream, in milliseconds since the epoch."""
    data: bytes


@dataclass(slots=True)
class _Cursor:
    """How far one shard has been read."""

    iterator: str | None = None
    after: str | None = None
    due: float = 0.0
    behind: bool = True
    ended: bool = False


class StreamReader:
    """Gives every record of a stream once, each shard in order. Several threads may use it.

    No record is lost when an iterator expires, a read is throttled or a stream is resharded.
    """

    def __init__(self, client: KinesisClient, stream: str) -> None:
        """Prepare to read `stream` with `client`. The first `poll` makes the first call."""
        self._client = client
        self._stream = stream
        self._cursors: dict[str, _Cursor] = {}
        self._found: list[
            Record
        ] = []  # kept here so that an error in one shard loses no records of others
        self._listed = float("-inf")
        self._lock = threading.Lock()

    @property
    def shards(self) -> frozenset[str]:
        """Ids of the shards seen so far."""
        return frozenset(self._cursors)

    def poll(self) -> list[Record]:
        """Read each shard that is due once. Give the new records, at most 10,000 for each shard.

        After throttling or an expired iterator, the next call tries again. Raises botocore's other
        errors unchanged.
        """
        with self._lock:
            self._discover()
            for shard, cursor in self._cursors.items():
                if not cursor.ended and time.monotonic() >= cursor.due:
                    self._found += self._read(shard, cursor)
            found, self._found = self._found, []
            return found

    def read_all(self) -> list[Record]:
        """Read every shard to its current end."""
        found: list[Record] = []
        for cursor in self._cursors.values():
            cursor.behind = True
        while True:
            found += self.poll()
            if all(cursor.ended or not cursor.behind for cursor in self._cursors.values()):
                return found
            time.sleep(READ_INTERVAL / 4)

    def _discover(self) -> None:
        if time.monotonic() < self._listed + LIST_INTERVAL:
            return
        pages = self._client.get_paginator("list_shards").paginate(StreamName=self._stream)
        for shard in (shard for page in pages for shard in page["Shards"]):
            self._cursors.setdefault(shard["ShardId"], _Cursor())
        self._listed = time.monotonic()

    def _read(self, shard: str, cursor: _Cursor) -> Iterator[Record]:
        cursor.due = time.monotonic() + READ_INTERVAL
        try:
            answer = self._get(shard, cursor)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code == "ExpiredIteratorException":
                cursor.iterator = None
            elif code not in _THROTTLED:
                raise
            return
        cursor.behind = answer["MillisBehindLatest"] > 0
        cursor.iterator = answer.get("NextShardIterator") or None
        if cursor.iterator is None:
            cursor.ended, self._listed = True, float("-inf")  # search for its children at once
        for record in answer["Records"]:
            cursor.after = record["SequenceNumber"]
            arrival = record.get("ApproximateArrivalTimestamp", _EPOCH)  # always present
            milliseconds = (arrival - _EPOCH) // timedelta(milliseconds=1)
            for part, data in enumerate(unpack(record["Data"])):
                yield Record(shard, cursor.after, part, milliseconds, data)

    def _get(self, shard: str, cursor: _Cursor) -> GetRecordsOutputTypeDef:
        if cursor.iterator is None:
            start: GetShardIteratorInputTypeDef = {
                "StreamName": self._stream,
                "ShardId": shard,
                "ShardIteratorType": "TRIM_HORIZON",
            }
            if cursor.after is not None:
                start["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER"
                start["StartingSequenceNumber"] = cursor.after
            cursor.iterator = self._client.get_shard_iterator(**start)["ShardIterator"]
        return self._client.get_records(ShardIterator=cursor.iterator, Limit=10_000)
