"""A slow job without faults, to test the oracle.

It works differently from the oracle: for each window it searches the trades, and averages are
fractions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from oracle.lateness import UNREAD
from oracle.recount import Oracle
from oracle.report import Report
from oracle.verdict import Reason, Rules, Trade, judge
from oracle.windows import write_time
from stack.reader import StreamRecord

START = 1_769_850_000_000
"""2026-01-31T09:00:00Z in milliseconds. A window begins there."""


class Streams(NamedTuple):
    """The records of the three streams."""

    trades: list[StreamRecord]
    results: list[StreamRecord]
    letters: list[StreamRecord]

    def report(self, rules: Rules) -> Report:
        """Give the oracle's report."""
        oracle = Oracle(rules)
        oracle.add_trades(self.trades)
        oracle.add_results(self.results)
        oracle.add_dead_letters(self.letters)
        return oracle.report()


def write_trade(ticker: str, time: int, price: float) -> bytes:
    """Write a trade as a producer does. `time` is in milliseconds after `START`."""
    fraction = f"{(START + time) % 1000:03d}"
    written = write_time(START + time).replace("Z", f".{fraction}Z")
    return json.dumps({"EVENT_TIME": written, "TICKER": ticker, "PRICE": price}).encode()


def put(shard: int, number: int, data: bytes, arrival: int, part: int = 0) -> StreamRecord:
    """Make a record of the stream. `arrival` is in milliseconds after `START`."""
    return StreamRecord(f"shardId-{shard:012d}", f"{number:056d}", part, START + arrival, data)


def run(trades: list[StreamRecord], rules: Rules, excused: Sequence[StreamRecord] = ()) -> Streams:
    """Do the job's work. The `excused` trades are late because their shard was idle."""
    accepted: list[Trade] = []
    letters: list[StreamRecord] = []
    newest: dict[str, int] = {}
    counted = {record.shard: trades[0].arrival for record in trades}
    for record in trades:
        verdict = judge(record.data, record.arrival, rules)
        if isinstance(verdict, Trade):
            mark = newest.get(record.shard)
            late = mark is not None and verdict.time < mark - rules.watermark_delay_seconds * 1000
            if not late and record not in excused:
                accepted.append(verdict)
                counted[record.shard] = record.arrival
                reached = min(verdict.time, record.arrival)
                newest[record.shard] = max(reached, mark if mark is not None else reached)
                continue
            verdict = "late"
        letters.append(_output(len(letters), write_letter(record, verdict)))
    # It waits long before it treats a shard without accepted trades as idle.
    patience = rules.idle_timeout_seconds * 1000 + UNREAD
    end = max((record.arrival for record in trades), default=0) - patience
    awake = [newest.get(shard) for shard, arrival in counted.items() if arrival > end]
    marks = [mark for mark in awake if mark is not None]
    if not marks or len(marks) < len(awake):
        return Streams(trades, [], letters)  # a shard without a trade keeps every window open
    watermark = min(marks) - rules.watermark_delay_seconds * 1000 - 1
    return Streams(trades, _results(accepted, watermark, rules), letters)


def write_letter(record: StreamRecord, reason: Reason) -> bytes:
    """Write a dead letter as the job does, for text that is short enough."""
    arrived = f"{write_time(record.arrival)[:-1]}.{record.arrival % 1000:03d}Z"
    letter = {
        "reason": reason,
        "payload": record.data.decode(),
        "payload_encoding": "utf-8",
        "arrival_time": arrived,
        "shard": record.shard,
        "sequence_number": record.sequence_number,
    }
    return json.dumps(letter).encode() + b"\n"


def write_result(
    ticker: str, start: int, prices: Sequence[float], rules: Rules, window: int | None = None
) -> bytes:
    """Write the result of one window that starts at `start` (milliseconds since the epoch).

    `window` is its length in seconds. None is that of the main windows.
    """
    seconds = rules.window_seconds if window is None else window
    result = {
        "window_start": write_time(start),
        "window_end": write_time(start + seconds * 1000),
        "ticker": ticker,
        "max_price": max(prices),
        "min_price": min(prices),
        "avg_price": float(sum(map(Fraction, prices)) / len(prices)),
        "trades": len(prices),
    }
    return json.dumps(result).encode() + b"\n"


def _results(accepted: list[Trade], watermark: int, rules: Rules) -> list[StreamRecord]:
    if not accepted:
        return []
    return [
        _output(number, data)
        for number, data in enumerate(
            each
            for seconds in (rules.window_seconds, *rules.more_windows)
            for each in _of_length(seconds, accepted, watermark, rules)
        )
    ]


def _of_length(
    seconds: int, accepted: list[Trade], watermark: int, rules: Rules
) -> Iterator[bytes]:
    slide, window = rules.slide_seconds * 1000, seconds * 1000
    first = min(trade.time for trade in accepted) // slide * slide - window
    for start in range(first, max(trade.time for trade in accepted) + 1, slide):
        if start + window - 1 > watermark:
            break
        for ticker in sorted({trade.ticker for trade in accepted}):
            prices = [
                trade.price
                for trade in accepted
                if trade.ticker == ticker and start <= trade.time < start + window
            ]
            if prices:
                yield write_result(ticker, start, prices, rules, seconds)


def _output(number: int, data: bytes) -> StreamRecord:
    digest = hashlib.sha256(data).hexdigest()[:8]
    return StreamRecord(f"shardId-{int(digest, 16) % 2:012d}", f"{number:056d}", 0, START, data)
