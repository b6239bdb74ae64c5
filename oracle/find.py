"""Finds the records of a dead letter for many, by reading the ingest stream again."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from oracle.dead_letters import DeadLetter
from oracle.spans import Rejected, choose_late
from oracle.verdict import Reason, Rules, Trade, judge
from stack.packs import unpack
from stack.reader import READ_INTERVAL, StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

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
    iterator = client.get_shard_iterator(
        StreamName=stream,
        ShardId=shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=letter.identity.sequence_number,
    ).get("ShardIterator")
    while iterator:
        answer = client.get_records(ShardIterator=iterator, Limit=10_000)
        for record in answer["Records"]:
            number = record["SequenceNumber"]
            if int(number) > last:
                return
            arrival = record.get("ApproximateArrivalTimestamp", _EPOCH)  # always present
            milliseconds = (arrival - _EPOCH) // timedelta(milliseconds=1)
            for part, data in enumerate(unpack(record["Data"])):
                yield StreamRecord(shard, number, part, milliseconds, data)
        if not answer["Records"] and not answer["MillisBehindLatest"]:
            return
        iterator = answer.get("NextShardIterator")
        time.sleep(READ_INTERVAL)


def write_letter(letter: DeadLetter, record: StreamRecord) -> str:
    """Write the whole dead letter that the record alone would have, as one line."""
    try:
        payload, encoding = record.data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        payload, encoding = base64.b64encode(record.data).decode(), "base64"
    arrived = _EPOCH + timedelta(milliseconds=record.arrival)
    return json.dumps(
        {
            "reason": letter.reason,
            "payload": payload,
            "payload_encoding": encoding,
            "arrival_time": arrived.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "shard": record.shard,
            "sequence_number": record.sequence_number,
        }
    )
