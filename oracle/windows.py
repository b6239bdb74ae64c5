"""Recounts windows from trades, reads results from the stream, and compares them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, cast

from job.fields import MEASURES, RESULT, Kind
from oracle.verdict import Rules, Trade, parse_time

RELATIVE: Final = 1e-9
"""Allowed relative error of an average, because sums of doubles depend on their order."""

SMALLEST: Final = 2.0**-1044
"""How far an average may be off in any case, as prices are summed at 2 to the power of -30: the
smallest double, scaled back."""

SCALE: Final = 2.0**60
"""More than the number of trades in any window. A power of two keeps all digits."""

_FIELDS: Final = {field.name: field.kind for field in RESULT}
_MEASURES: Final = tuple(field.name for field in MEASURES)
_BETWEEN: Final = (" ==> ", " : Stock Value: ")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Key(NamedTuple):
    """The identity of a result: ticker, and end and start of the window in milliseconds."""

    ticker: str
    end: int
    start: int

    @property
    def length(self) -> int:
        """Length of the window in milliseconds."""
        return self.end - self.start

    def __str__(self) -> str:
        """Give the key as text for a message."""
        return f"{self.ticker} {write_time(self.end)}, window of {self.length // 1000} s"


class Result(NamedTuple):
    """One window of one ticker."""

    key: Key
    measures: Mapping[str, float]
    """Values by name. The output format `line` has only the highest price."""


class MalformedResultError(ValueError):
    """A record on the results stream is not a result. The text says why."""

    def __init__(self, why: str, data: bytes) -> None:
        """Make the text from `why` and the beginning of `data`."""
        super().__init__(f"{why}: {data[:200]!r}")


def _average(trades: Sequence[Trade]) -> float:
    try:
        return math.fsum(trade.price for trade in trades) / len(trades)
    except OverflowError:  # the sum is too large for a double, but the average is not
        return math.fsum(trade.price / SCALE for trade in trades) / len(trades) * SCALE


RECOUNTS: Final[Mapping[str, Callable[[Sequence[Trade]], float]]] = {
    "max_price": lambda trades: max(trade.price for trade in trades),
    "min_price": lambda trades: min(trade.price for trade in trades),
    "avg_price": _average,
    "trades": len,
}
"""How each measure is computed from the trades of one ticker in one window."""

ROUNDED: Final = {"avg_price"}
"""Measures that may differ by `RELATIVE`. All others must be equal."""


def find_mistake(result: Result, trades: Sequence[Trade]) -> str | None:
    """Describe the differences between a result and its window's trades. None if there are none."""
    wrong: list[str] = []
    for name, got in result.measures.items():
        if name not in RECOUNTS:
            wrong.append(f"{name}: oracle.windows.RECOUNTS has no rule for it")
        elif not _agree(name, got, want := RECOUNTS[name](trades)):
            wrong.append(f"{name} {got}, expected {want}")
    return "; ".join(wrong) or None


def gather(trades: Iterable[Trade], rules: Rules, into: dict[Key, list[Trade]]) -> None:
    """Put each trade into every window that it belongs to."""
    for trade in trades:
        for start, end in _windows(trade.time, rules):
            into.setdefault(Key(trade.ticker, end, start), []).append(trade)


def is_same(one: Result, other: Result) -> bool:
    """Tell whether two results with the same key have the same values."""
    return one.measures.keys() == other.measures.keys() and all(
        _agree(name, value, other.measures[name]) for name, value in one.measures.items()
    )


def parse_result(data: bytes, rules: Rules) -> Result:
    """Read a record of the results stream. Raises `MalformedResultError`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = "not UTF-8"
        raise MalformedResultError(msg, data) from error
    if not text.endswith("\n") or "\n" in text[:-1]:
        msg = "not one line"
        raise MalformedResultError(msg, data)
    form = _parse_json if rules.output_format == "json" else _parse_line
    result = form(text, rules)
    if result is None:
        msg = "not a result"
        raise MalformedResultError(msg, data)
    return result


def write_time(time: int) -> str:
    """Write milliseconds since the epoch in a window's format: UTC, whole seconds."""
    return (_EPOCH + timedelta(milliseconds=time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _windows(time: int, rules: Rules) -> Iterator[tuple[int, int]]:
    slide = rules.slide_seconds * 1000
    for seconds in (rules.window_seconds, *rules.more_windows):
        window, start = seconds * 1000, time - time % slide
        while start > time - window:
            yield start, start + window
            start -= slide


def _parse_json(text: str, rules: Rules) -> Result | None:
    try:
        value = cast("object", json.loads(text))
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    fields = cast("dict[str, object]", value)
    if fields.keys() != _FIELDS.keys() or not all(
        _fits(kind, fields[name]) for name, kind in _FIELDS.items()
    ):
        return None
    start, end = _edge(fields["window_start"]), _edge(fields["window_end"])
    lengths = {seconds * 1000 for seconds in (rules.window_seconds, *rules.more_windows)}
    if start is None or end is None or end - start not in lengths:
        return None
    measures = {name: cast("float", fields[name]) for name in _MEASURES}
    return Result(Key(cast("str", fields["ticker"]), end, start), measures)


def _fits(kind: Kind, value: object) -> bool:
    if kind is Kind.NUMBER:
        return isinstance(value, (int, float)) and type(value) is not bool
    return type(value) is int if kind is Kind.COUNT else isinstance(value, str)


def _parse_line(text: str, rules: Rules) -> Result | None:
    edge, arrow, rest = text[:-1].partition(_BETWEEN[0])
    ticker, colon, price = rest.rpartition(_BETWEEN[1])
    end = _edge(edge)
    try:
        highest = float(price)
    except ValueError:
        return None
    if not (arrow and colon) or end is None:
        return None
    return Result(Key(ticker, end, end - rules.window_seconds * 1000), {"max_price": highest})


def _edge(value: object) -> int | None:
    time = parse_time(value) if isinstance(value, str) else None
    return time if time is not None and write_time(time) == value else None


def _agree(name: str, one: float, other: float) -> bool:
    return one == other or (
        name in ROUNDED and math.isclose(one, other, rel_tol=RELATIVE, abs_tol=SMALLEST)
    )
