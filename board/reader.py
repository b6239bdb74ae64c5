"""Follow a Kinesis stream from a few minutes back, politely: one GetRecords a shard and poll."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import ClientError

from board.aws_errors import code_of

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import GetShardIteratorInputTypeDef

LIST_SECONDS: Final = 60.0
"""Time between two looks for new shards while none has ended."""

ITERATOR_SECONDS: Final = 300.0
"""How long an iterator that isn't used is good for (Kinesis, and so the emulators)."""

_THROTTLED: Final = {"LimitExceededException", "ProvisionedThroughputExceededException"}


class Record(NamedTuple):
    """One record as it lies on the stream."""

    key: str
    """Shard and sequence number: unique on the stream."""
    arrived: int
    """The stream's own arrival time, in milliseconds since the epoch."""
    data: bytes


@dataclass(slots=True)
class _Shard:
    iterator: str | None = None
    after: str | None = None
    """Sequence number of the last record read."""
    read_at: float = 0.0
    """When its last answer was asked for, in seconds since the epoch: all before that is read."""
    ended: bool = False


class Tail:
    """The records of a stream, from `back` seconds before the present on.

    While it is polled at least every `back` seconds none is left out; after a longer pause it goes
    on from `back` seconds before the present again. It reads a shard once a poll: a shard allows
    five reads a second to all that read it, of which Firehose takes one and the job several.
    """

    def __init__(
        self,
        client: KinesisClient,
        stream: str,
        *,
        back: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Read `stream` with `client`; the first `poll` is the first call."""
        self._client = client
        self._stream = stream
        self._back = back
        self._clock = clock
        self._shards: dict[str, _Shard] = {}
        self._found: list[Record] = []  # kept here, where one shard's error can't lose another's
        self._listed = float("-inf")

    def poll(self) -> list[Record]:
        """Read each shard once; give what is new, at most 10,000 records a shard.

        Raises botocore's errors as they are, but for throttling and expired iterators, which are
        mended at the next poll.
        """
        self._discover()
        for name, shard in self._shards.items():
            if not shard.ended:
                self._read(name, shard)
        found, self._found = self._found, []
        return found

    @property
    def read_until(self) -> float:
        """The time, in seconds since the epoch, before which all shards have been read."""
        open_shards = [shard.read_at for shard in self._shards.values() if not shard.ended]
        return min(open_shards, default=0.0)

    def _discover(self) -> None:
        now = self._clock()
        if now < self._listed + LIST_SECONDS:
            return
        pages = self._client.get_paginator("list_shards").paginate(StreamName=self._stream)
        for shard in (shard for page in pages for shard in page["Shards"]):
            self._shards.setdefault(shard["ShardId"], _Shard())
        self._listed = now

    def _read(self, name: str, shard: _Shard) -> None:
        try:
            if shard.iterator is None:
                place = self._place(name, shard)
                shard.iterator = self._client.get_shard_iterator(**place)["ShardIterator"]
            asked = self._clock()
            answer = self._client.get_records(ShardIterator=shard.iterator)
        except ClientError as error:
            self._forgive(error, shard)
            return
        shard.read_at = asked
        shard.iterator = answer.get("NextShardIterator") or None
        if shard.iterator is None:
            shard.ended, self._listed = True, float("-inf")  # its children come with the next poll
        for record in answer["Records"]:
            shard.after = record["SequenceNumber"]
            at = record.get("ApproximateArrivalTimestamp")  # there, says the service; not its model
            arrived = at.timestamp() if at else shard.read_at
            key = f"{name}/{shard.after}"
            self._found.append(Record(key, round(arrived * 1000), record["Data"]))

    def _place(self, name: str, shard: _Shard) -> GetShardIteratorInputTypeDef:
        begin = self._clock() - self._back
        place: GetShardIteratorInputTypeDef = {
            "StreamName": self._stream,
            "ShardId": name,
            "ShardIteratorType": "AT_TIMESTAMP",
            "Timestamp": datetime.fromtimestamp(max(begin, shard.read_at), UTC),
        }
        if shard.after and shard.read_at > begin:
            del place["Timestamp"]
            place["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER"
            place["StartingSequenceNumber"] = shard.after
        return place

    def _forgive(self, error: ClientError, shard: _Shard) -> None:
        code = code_of(error)
        if code == "ExpiredIteratorException":
            shard.iterator = None
            if self._clock() < shard.read_at + ITERATOR_SECONDS:
                # Gone before its time: another stream of the same name, which numbers its own way.
                shard.after = None
        elif code == "InvalidArgumentException":
            shard.iterator = shard.after = None
        elif code == "ResourceNotFoundException":
            self._shards.clear()
            self._listed = float("-inf")
            raise error
        elif code not in _THROTTLED:
            raise error
