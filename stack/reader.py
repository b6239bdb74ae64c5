"""Read a Kinesis stream, all of it or from a time on, and new records as they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import ClientError

from common.errors import code_of
from stack.packs import unpack

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import GetRecordsOutputTypeDef, GetShardIteratorInputTypeDef

READ_INTERVAL: Final = 0.21
"""Seconds between two reads of a shard. The service allows five a second for all readers."""

LIST_INTERVAL: Final = 15.0
"""Seconds between two searches for new shards while no shard has ended."""

ITERATOR_SECONDS: Final = 300.0
"""Seconds after which an unused iterator expires, in Kinesis and in the emulators."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_THROTTLED: Final = {"ProvisionedThroughputExceededException", "LimitExceededException"}


class StreamRecord(NamedTuple):
    """One record as its producer made it. A packed record gives several, with different `part`."""

    shard: str
    sequence_number: str
    part: int
    arrival: int
    """The arrival time at the stream, in milliseconds since the epoch."""
    data: bytes
    key: str | None = None
    """Partition key of the Kinesis record. `StreamReader` leaves it out, because of its size."""


@dataclass(slots=True)
class _Cursor:
    """How far one shard has been read."""

    iterator: str | None = None
    after: str | None = None
    """Sequence number of the last record read."""
    read_at: float = 0.0
    """Time of the last call, in seconds since the epoch. All records before it were read."""
    due: float = 0.0
    behind: bool = True
    ended: bool = False


class StreamReader:
    """Gives every record of a stream once, each shard in order. Several threads may use it.

    It begins with the oldest record, or at the time `since`, or `back` seconds before now. With
    `back`, it skips records after a pause that is longer than `back`: it continues with the records
    of the last `back` seconds. It also continues with a stream that was deleted and created again.
    Otherwise no record is lost when an iterator expires, a read is throttled or a stream is
    resharded.
    """

    def __init__(  # noqa: PLR0913 -- keywords, each with a default
        self,
        client: KinesisClient,
        stream: str,
        *,
        since: float | None = None,
        back: float | None = None,
        pause: float = READ_INTERVAL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare to read `stream`. The first `poll` makes the first call.

        Args:
            client: Makes the calls. It may be replaced between two calls.
            stream: Name of the stream.
            since: Time to begin at, in seconds since the epoch.
            back: How far back to begin, in seconds.
            pause: Seconds between two reads of a shard. Use 0 if the caller waits between reads.
            clock: Gives seconds since the epoch.
        """
        self.client = client
        self._stream = stream
        self._since = since
        self._back = back
        self._pause = pause
        self._clock = clock
        self._cursors: dict[str, _Cursor] = {}
        self._found: list[StreamRecord] = []  # an error in one shard loses no records of others
        self._listed = float("-inf")
        self._lock = threading.Lock()

    @property
    def shards(self) -> frozenset[str]:
        """Ids of the shards seen so far."""
        return frozenset(self._cursors)

    @property
    def read_until(self) -> float:
        """The time up to which all shards have been read, in seconds since the epoch."""
        return min((each.read_at for each in self._cursors.values() if not each.ended), default=0.0)

    def poll(self) -> list[StreamRecord]:
        """Read each shard that is due once. Give the new records, at most 10,000 for each shard.

        A packed record counts as one of the 10,000. After throttling or an expired iterator, the
        next call tries again. Raises botocore's other errors unchanged.
        """
        with self._lock:
            self._discover()
            for shard, cursor in list(self._cursors.items()):
                if not cursor.ended and self._clock() >= cursor.due:
                    self._found += self._read(shard, cursor)
            found, self._found = self._found, []
            return found

    def read_all(self) -> list[StreamRecord]:
        """Read every shard to its current end."""
        return [record for page in self.pages() for record in page]

    def pages(self) -> Iterator[list[StreamRecord]]:
        """Read every shard to its current end, without keeping what was read."""
        for cursor in self._cursors.values():
            cursor.behind = True
        while True:
            yield self.poll()
            if all(cursor.ended or not cursor.behind for cursor in self._cursors.values()):
                return
            time.sleep(self._pause / 4)

    def _discover(self) -> None:
        now = self._clock()
        if now < self._listed + LIST_INTERVAL:
            return
        pages = self.client.get_paginator("list_shards").paginate(StreamName=self._stream)
        for shard in (shard for page in pages for shard in page["Shards"]):
            self._cursors.setdefault(shard["ShardId"], _Cursor())
        self._listed = now

    def _read(self, shard: str, cursor: _Cursor) -> Iterator[StreamRecord]:
        cursor.due = self._clock() + self._pause
        try:
            asked, answer = self._get(shard, cursor)
        except ClientError as error:
            self._forgive(error, cursor)
            return
        cursor.read_at = asked
        cursor.behind = answer["MillisBehindLatest"] > 0
        cursor.iterator = answer.get("NextShardIterator") or None
        if cursor.iterator is None:
            cursor.ended, self._listed = True, float("-inf")  # search for its children at once
        for record in answer["Records"]:
            cursor.after = record["SequenceNumber"]
            # The time is optional in the service's model, but the service always gives it.
            arrival = record.get("ApproximateArrivalTimestamp", _EPOCH)
            milliseconds = (arrival - _EPOCH) // timedelta(milliseconds=1)
            for part, data in enumerate(unpack(record["Data"])):
                yield StreamRecord(shard, cursor.after, part, milliseconds, data)

    def _get(self, shard: str, cursor: _Cursor) -> tuple[float, GetRecordsOutputTypeDef]:
        if cursor.iterator is None:
            place = self._place(shard, cursor)
            cursor.iterator = self.client.get_shard_iterator(**place)["ShardIterator"]
        asked = self._clock()
        return asked, self.client.get_records(ShardIterator=cursor.iterator, Limit=10_000)

    def _place(self, shard: str, cursor: _Cursor) -> GetShardIteratorInputTypeDef:
        begin = self._since if self._back is None else self._clock() - self._back
        place: GetShardIteratorInputTypeDef = {
            "StreamName": self._stream,
            "ShardId": shard,
            "ShardIteratorType": "TRIM_HORIZON",
        }
        if cursor.after and (self._back is None or begin is None or cursor.read_at > begin):
            place["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER"
            place["StartingSequenceNumber"] = cursor.after
        elif begin is not None:
            place["ShardIteratorType"] = "AT_TIMESTAMP"
            place["Timestamp"] = datetime.fromtimestamp(max(begin, cursor.read_at), UTC)
        return place

    def _forgive(self, error: ClientError, cursor: _Cursor) -> None:
        code = code_of(error)
        if code == "ExpiredIteratorException":
            cursor.iterator = None
            if self._back is not None and self._clock() < cursor.read_at + ITERATOR_SECONDS:
                # It expired too early, so this is a new stream with the same name.
                cursor.after = None
        elif code == "InvalidArgumentException" and self._back is not None:
            cursor.iterator = cursor.after = None
        elif code not in _THROTTLED:
            if code == "ResourceNotFoundException" and self._back is not None:
                self._cursors.clear()
                self._listed = float("-inf")
            raise error
