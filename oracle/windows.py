"""Windows recounted from trades, results read from the stream, and what differs between them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, cast

from oracle.verdict import Rules, Trade, parse_time

RELATIVE: Final = 1e-9
"""How far an average may be off: sums of doubles depend on their order."""

SCALE: Final = 2.0**60
"""More than the trades that a window can hold; a power of two, so that no digit is lost."""

_FIELDS: Final = {
    "window_start",
    "window_end",
    "ticker",
    "max_price",
    "min_price",
    "avg_price",
    "trades",
}
_BETWEEN: Final = (" ==> ", " : Stock Value: ")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Key(NamedTuple):
    """What makes a result the same result: ticker, and end of the window in milliseconds."""

    ticker: str
    end: int

    def __str__(self) -> str:
        """Write the key for a person."""
        return f"{self.ticker} {write_time(self.end)}"


class Result(NamedTuple):
    """One window of one ticker; the output format `line` holds the highest price alone."""

    key: Key
    highest: float
    lowest: float | None = None
    mean: float | None = None
    trades: int | None = None


class MalformedResultError(ValueError):
    """A record on the results stream that is no result; the text says why, and shows it."""

    def __init__(self, why: str, data: bytes) -> None:
        """Say `why`, and show the beginning of `data`."""
        super().__init__(f"{why}: {data[:200]!r}")


@dataclass(slots=True)
class Tally:
    """One window of one ticker, as counted from trades."""

    highest: float
    lowest: float
    total: float
    scaled: float
    """The total divided by `SCALE`."""
    trades: int = 1

    def differs(self, result: Result) -> str | None:
        """Say what the result has wrong, or None where it is right."""
        total = self.total
        # A sum of doubles may be too large for one where their average is not.
        mean = total / self.trades if math.isfinite(total) else self.scaled / self.trades * SCALE
        pairs = [
            ("max_price", result.highest, self.highest, result.highest == self.highest),
            ("min_price", result.lowest, self.lowest, result.lowest in {None, self.lowest}),
            ("avg_price", result.mean, mean, result.mean is None or _is_close(result.mean, mean)),
            ("trades", result.trades, self.trades, result.trades in {None, self.trades}),
        ]
        wrong = [f"{name} {got}, counted {want}" for name, got, want, right in pairs if not right]
        return "; ".join(wrong) or None


def tally(trades: Iterable[Trade], rules: Rules, into: dict[Key, Tally]) -> None:
    """Count each trade in every window that it belongs to."""
    for ticker, time, price in trades:
        for end in _ends(time, rules):
            key = Key(ticker, end)
            held = into.get(key)
            if held is None:
                into[key] = Tally(price, price, price, price / SCALE)
                continue
            held.highest = max(held.highest, price)
            held.lowest = min(held.lowest, price)
            held.total += price
            held.scaled += price / SCALE
            held.trades += 1


def is_same(one: Result, other: Result) -> bool:
    """Tell whether two results of one key say the same."""
    means = one.mean, other.mean
    return one._replace(mean=None) == other._replace(mean=None) and (
        means[0] == means[1]
        or (means[0] is not None and means[1] is not None and _is_close(means[0], means[1]))
    )


def parse_result(data: bytes, rules: Rules) -> Result:
    """Read a record of the results stream; raises `MalformedResultError`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = "not UTF-8"
        raise MalformedResultError(msg, data) from error
    if not text.endswith("\n") or "\n" in text[:-1]:
        msg = "not one line"
        raise MalformedResultError(msg, data)
    result = _parse_json(text) if rules.output_format == "json" else _parse_line(text[:-1])
    if result is None:
        msg = "not a result"
        raise MalformedResultError(msg, data)
    return result


def write_time(time: int) -> str:
    """Write milliseconds since the epoch as a window's edge is written: whole seconds, UTC."""
    return (_EPOCH + timedelta(milliseconds=time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ends(time: int, rules: Rules) -> Iterator[int]:
    window, slide = rules.window_seconds * 1000, rules.slide_seconds * 1000
    start = time - time % slide
    while start > time - window:
        yield start + window
        start -= slide


def _parse_json(text: str) -> Result | None:
    try:
        value = cast("object", json.loads(text))
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    fields = cast("dict[str, object]", value)
    if set(fields) != _FIELDS:
        return None
    ticker, trades = fields["ticker"], fields["trades"]
    start, end = _edge(fields["window_start"]), _edge(fields["window_end"])
    prices = [_number(fields[name]) for name in ("max_price", "min_price", "avg_price")]
    if not isinstance(ticker, str) or type(trades) is not int or start is None or end is None:
        return None
    highest, lowest, mean = prices
    if highest is None or lowest is None or mean is None:
        return None
    return Result(Key(ticker, end), highest, lowest, mean, trades)


def _parse_line(line: str) -> Result | None:
    edge, arrow, rest = line.partition(_BETWEEN[0])
    ticker, colon, price = rest.rpartition(_BETWEEN[1])
    end = _edge(edge)
    try:
        highest = float(price)
    except ValueError:
        return None
    return Result(Key(ticker, end), highest) if arrow and colon and end is not None else None


def _edge(value: object) -> int | None:
    time = parse_time(value) if isinstance(value, str) else None
    return time if time is not None and write_time(time) == value else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and type(value) is not bool else None


def _is_close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=0.0)
