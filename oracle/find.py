"""Finds the records that dead letters are about, by reading the ingest stream again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from common.errors import code_of
from oracle.dead_letters import DeadLetter
from oracle.spans import Rejected, choose_late
from oracle.verdict import Reason, Rules, Trade, judge
from stack.packs import unpack
from stack.reader import READ_INTERVAL, StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import RecordTypeDef

PAGE: Final = 1_000
"""Most records of a call that looks for single records."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def find_records(
    client: KinesisClient, stream: str, letter: DeadLetter, rules: Rules
) -> list[StreamRecord]:
    """Read the records between a letter's ends, and give those rejected for the letter's reason.

    A letter for late trades has only their number. This many trades are given: those furthest
    behind their arrival. If the stream no longer has some records, fewer are given. Raises
    botocore's errors unchanged.
    """
    judged: list[tuple[StreamRecord, Trade | Reason]] = [
        (record, judge(record.data, record.arrival, rules))
        for record in read_between(client, stream, letter)
    ]
    if letter.reason != "late":
        return [record for record, verdict in judged if verdict == letter.reason]
    late = set(choose_late([letter], judged, Rejected([]), lambda _: False))
    return [record for record, _ in judged if record[:3] in late]


def read_between(client: KinesisClient, stream: str, letter: DeadLetter) -> Iterator[StreamRecord]:
    """Read a letter's shard from its first sequence number to its last."""
    shard, last = letter.identity.shard, int(letter.last or letter.identity.sequence_number)
    iterator = _begin(client, stream, shard, letter.identity.sequence_number)
    while iterator:
        answer = client.get_records(ShardIterator=iterator, Limit=10_000)
        for record in answer["Records"]:
            if int(record["SequenceNumber"]) > last:
                return
            yield from _unpack(shard, record)
        if not answer["Records"] and not answer["MillisBehindLatest"]:
            return
        iterator = answer.get("NextShardIterator")
        time.sleep(READ_INTERVAL)


def read_numbers(
    client: KinesisClient, stream: str, shard: str, numbers: Iterable[str]
) -> Iterator[StreamRecord]:
    """Read the records of a shard with these sequence numbers, as far as they are still there."""
    left = deque(sorted(set(numbers), key=int))
    sought = left[0] if left else ""
    iterator = _begin(client, stream, shard, sought) if left else None
    while iterator and left:
        answer = client.get_records(ShardIterator=iterator, Limit=PAGE)
        for record in answer["Records"]:
            number = int(record["SequenceNumber"])
            while left and int(left[0]) < number:
                left.popleft()  # no longer there
            if left and int(left[0]) == number:
                left.popleft()
                yield from _unpack(shard, record)
        if not answer["Records"] and not answer["MillisBehindLatest"]:
            return
        iterator = answer.get("NextShardIterator")
        if left and left[0] != sought:  # it may be far behind this page
            sought = left[0]
            iterator = _begin(client, stream, shard, sought)
        if left:
            time.sleep(READ_INTERVAL)


def _begin(client: KinesisClient, stream: str, shard: str, number: str) -> str | None:
    """Give an iterator at a record, or at the shard's oldest one if the record is gone."""
    try:
        return client.get_shard_iterator(
            StreamName=stream,
            ShardId=shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=number,
        ).get("ShardIterator")
    except ClientError as error:
        if code_of(error) != "InvalidArgumentException":
            raise
    return client.get_shard_iterator(
        StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    ).get("ShardIterator")


def _unpack(shard: str, record: RecordTypeDef) -> Iterator[StreamRecord]:
    arrival = record.get("ApproximateArrivalTimestamp", _EPOCH)  # always present
    milliseconds = (arrival - _EPOCH) // timedelta(milliseconds=1)
    number, key = record["SequenceNumber"], record.get("PartitionKey")
    for part, data in enumerate(unpack(record["Data"])):
        yield StreamRecord(shard, number, part, milliseconds, data, key)
