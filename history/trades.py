"""A file's trades in the order of time, their windows, and the trades that close the last ones."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from common.errors import UserError
from history.configuration import SPAN_MS
from job.fields import TRADE, Kind
from oracle.verdict import Rules, Trade, judge
from oracle.windows import Key, gather
from simulator.file.check import Check, check
from simulator.file.errors import BadRow
from simulator.file.pace import Pace, paced, wall_clock
from simulator.file.times import write_time
from simulator.file.trades import FileTrade, TradeFile
from simulator.trades import Record

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

BACKLOG: Final = Pace(rate=0)
CLOSING_TICKER: Final = "HISTORY-END"
"""Ticker of the closing trades. Their own windows never close, so no result has them."""

SPARE_MS: Final = 1000
"""How far a closing trade is above the lowest time that closes the last window."""


@dataclass(kw_only=True)
class FileTrades:
    """The good trades of a file, in the order of their times, and what was found in it."""

    trades: Sequence[FileTrade]
    check: Check
    now: int = field(default_factory=wall_clock)

    @classmethod
    def read(cls, file: TradeFile, show: int) -> FileTrades:
        """Read the whole file, and keep at most `show` bad rows. Raises `FileError`."""
        now, good, bad = wall_clock(), list[FileTrade](), list[BadRow]()
        for row in file.read(now):
            if isinstance(row, BadRow):
                bad.append(row)
            else:
                good.append(row)
        good.sort(key=lambda trade: trade.time)
        return cls(trades=good, check=check([*bad, *good], BACKLOG, now, show), now=now)

    def windows(self, rules: Rules) -> Mapping[Key, Sequence[Trade]]:
        """Give every window of the trades, with the trades that the job must count in it.

        Each record is read again by the recount's own rule, not by the reader of the file.
        """
        found: dict[Key, list[Trade]] = {}
        gather(self._counted(rules), rules, found)
        return found

    def chunks(self, stop: threading.Event) -> Iterator[list[Record]]:
        """Give the records, in the order of their times, until `stop` is set."""
        return paced(self.trades, BACKLOG, partition="spread", stop=stop, span_ms=SPAN_MS)

    def _counted(self, rules: Rules) -> Iterator[Trade]:
        for trade in self.trades:
            verdict = judge(trade.dated(trade.time), self.now, rules)
            if isinstance(verdict, str):  # the reader of the file has let it through
                message = f"line {trade.line}: {verdict}: the stack's job would reject it"
                raise UserError(message)
            yield verdict


class Shard(NamedTuple):
    """An open shard: its first and last hash key."""

    first: int
    last: int


def closing_time(windows: Mapping[Key, object], rules: Rules, now: int) -> int:
    """Give the event time that closes the last window, in milliseconds since the epoch.

    A watermark follows the arrival if that is earlier, so this time must have passed. Raises
    `UserError` if it has not.
    """
    last = max(key.end for key in windows)
    time = last + rules.watermark_delay_seconds * 1000 + SPARE_MS
    if time > now:
        message = (
            f"the last window ends at {write_time(last)}, and can be closed from "
            f"{write_time(time)} on; count then, or leave out the newest trades"
        )
        raise UserError(message)
    return time


def closing_trades(shards: Sequence[Shard], time: int) -> list[Record]:
    """Give a trade for each shard that is dated at `time`. It ends all windows up to the last."""
    written = json.dumps({field.name: _value(field.kind, time) for field in TRADE}).encode()
    return [Record(written, _key(shard), time) for shard in shards]


def open_shards(client: KinesisClient, stream: str) -> list[Shard]:
    """List the shards of a stream that take records. Raises botocore's errors unchanged."""
    pages = client.get_paginator("list_shards").paginate(StreamName=stream)
    found = (shard for page in pages for shard in page["Shards"])
    return [
        Shard(
            int(each["HashKeyRange"]["StartingHashKey"]), int(each["HashKeyRange"]["EndingHashKey"])
        )
        for each in found
        if "EndingSequenceNumber" not in each["SequenceNumberRange"]
    ]


def _key(shard: Shard) -> str:
    """Find a partition key of a shard. Kinesis places a record by its key's MD5 hash."""
    for number in count():
        key = f"end-{number}"
        digest = hashlib.md5(key.encode(), usedforsecurity=False).digest()
        if shard.first <= int.from_bytes(digest) <= shard.last:
            return key
    raise AssertionError


def _value(kind: Kind, time: int) -> object:
    match kind:
        case Kind.TIME:
            return write_time(time)
        case Kind.NUMBER | Kind.COUNT:
            return 1
        case _:
            return CLOSING_TICKER
