"""Which trades would be late now: their time is not after the watermark of the ingest stream.

A shard's watermark is the highest `min(event time, arrival)` of its counted trades, minus the delay
and a millisecond. An idle shard follows the others. So this module takes the highest watermark of
all shards: what is after that is late nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from oracle.verdict import Rules, Trade, judge
from stack.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

LOOK_BACK_MS: Final = 60_000
"""How far back the stream is read first. Doubled until every trade is decided."""

MARGIN_MS: Final = 2_000
"""Time that may pass until a trade is on the stream. A trade nearer to the watermark is late."""

Watermark = Callable[[Collection[int]], int | None]
"""Gives the watermark that decides about trades with these times. None: no trade can be late."""


def find_watermark(
    client: KinesisClient, stream: str, times: Collection[int], rules: Rules, now: int
) -> int | None:
    """Read as much of the stream's end as decides which of the times are late.

    A record that makes a trade late arrived after the trade's time, so older records don't matter.
    All times are in milliseconds since the epoch. Raises botocore's errors.
    """
    delay = rules.watermark_delay_seconds * 1000 + 1
    back = LOOK_BACK_MS
    while times:
        since = max(now - back, min(times), 0)
        reader = StreamReader(client, stream, since=since / 1000)
        newest: int | None = None
        for record in (record for page in reader.pages() for record in page):
            verdict = judge(record.data, record.arrival, rules)
            if isinstance(verdict, Trade):
                reached = min(verdict.time, record.arrival)
                newest = reached if newest is None else max(newest, reached)
        watermark = None if newest is None else newest - delay
        undecided = [time for time in times if watermark is None or time > watermark]
        if not undecided or min(undecided) + delay >= since:
            return watermark
        back *= 2
    return None


def is_late(time: int, watermark: int | None) -> bool:
    """Tell whether a trade would be late, or would perhaps be when it arrives."""
    return watermark is not None and time <= watermark + MARGIN_MS
