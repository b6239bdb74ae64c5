"""The verdict on one record by itself: a trade, or the reason why it is a dead letter.

This is a second implementation of the job's rules, in plain Python. It uses only the field names of
the job, so that the two implementations can check each other. Whether a trade is late depends on
other records, so that rule is in `oracle.lateness`.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeGuard, cast, get_args

from job.fields import MORE_NUMBERS, TRADE

Reason = Literal[
    "not_json",
    "missing_field",
    "wrong_type",
    "bad_event_time",
    "bad_ticker",
    "bad_price",
    "future",
    "late",
]
"""Why a record is a dead letter, in the order of the checks. There are no other reasons."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
TICKER_MAX: Final = 32
"""Longest ticker, in code points."""

DEEPEST: Final = 500
"""Maximum depth of nested objects and lists in a record. The record itself has depth 1."""

MORE_MAX: Final = 1e15
"""Largest further number of a trade."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_HARMFUL: Final = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, line and paragraph separators, bidi controls, and surrogates."""
_BLANK: Final = (
    " \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200C))) + "\u202f\u205f\u2060\u3000\ufeff"
)
"""Spaces of any width, including zero."""
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"([Zz]|([+-])(\d{2})(?::?(\d{2}))?)?",
    re.ASCII,
)
_FIELDS: Final = {field.name for field in TRADE}
_MORE: Final = [field.name for field in MORE_NUMBERS]
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAYS_OF_400_YEARS: Final = 146_097


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The job's properties that affect its results. All times are in whole seconds."""

    window_seconds: int = 60
    more_windows: tuple[int, ...] = ()
    """Lengths of the windows beside `window_seconds`."""
    slide_seconds: int = 30
    watermark_delay_seconds: int = 5
    idle_timeout_seconds: int = 10
    max_future_seconds: int = 60
    output_format: Literal["json", "line"] = "json"


class Trade(NamedTuple):
    """A record that is valid by itself. `time` is in milliseconds since the epoch."""

    ticker: str
    time: int
    price: float
    more: tuple[float, ...] = ()
    """The further numbers, in the order of `job.fields.MORE_NUMBERS`."""

    def number(self, name: str) -> float:
        """Give a further number by the name of its field."""
        return self.more[_MORE.index(name)]


def judge(  # noqa: PLR0911 -- one return for each reason, in the order of the checks
    data: bytes, arrival: int, rules: Rules
) -> Trade | Reason:
    """Check one record. `arrival` is its arrival time, in milliseconds since the epoch."""
    fields = _decode(data)
    if fields is None:
        return "not_json"
    if not fields.keys() >= _FIELDS:
        return "missing_field"
    written, ticker, price = fields["EVENT_TIME"], fields["TICKER"], fields["PRICE"]
    # All numbers are floats here (see _decode), so a bool is not a number.
    if not (isinstance(written, str) and isinstance(ticker, str) and isinstance(price, float)):
        return "wrong_type"
    more = tuple(fields[name] for name in _MORE)
    if not _are_numbers(more):
        return "wrong_type"
    time = parse_time(written)
    if time is None:
        return "bad_event_time"
    if not _is_ticker(ticker):
        return "bad_ticker"
    if not math.isfinite(price) or price <= 0:
        return "bad_price"
    if time > arrival + rules.max_future_seconds * 1000:
        return "future"
    return Trade(ticker, time, price, more)


def _are_numbers(values: tuple[object, ...]) -> TypeGuard[tuple[float, ...]]:
    return all(isinstance(value, float) and 0 < value <= MORE_MAX for value in values)


def parse_time(written: str) -> int | None:
    """Give an ISO 8601 time in milliseconds since the epoch, rounded down. None for other text."""
    match = _TIME.fullmatch(written)
    if match is None:
        return None
    day, hour, minute, second, fraction, _, sign, ahead_hours, ahead_minutes = match.groups()
    days = _days(day)
    if days is None or int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:  # noqa: PLR2004 -- a clock
        return None
    seconds = days * 86_400 + int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    if sign:
        if int(ahead_hours) > 23 or int(ahead_minutes or 0) > 59:  # noqa: PLR2004
            return None
        ahead = int(ahead_hours) * 3600 + int(ahead_minutes or 0) * 60
        seconds += ahead if sign == "-" else -ahead
    return seconds * 1000 + (int(fraction.ljust(3, "0")[:3]) if fraction else 0)


def _decode(data: bytes) -> dict[str, object] | None:
    try:
        text = data.decode("utf-8")
        if _is_too_deep(text):
            return None
        # Whole numbers are read as floats too, because a price is always a double.
        value = cast("object", json.loads(text, parse_int=float))
    except ValueError:
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _is_too_deep(text: str) -> bool:
    # The depth is found in the text, because parsing drops the first of two values of one name.
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for character in _STRING.sub("", text):
        depth += (character in "[{") - (character in "]}")
        if depth > DEEPEST:
            return True
    return False


def _is_ticker(text: str) -> bool:
    return 1 <= len(text) <= TICKER_MAX and text.strip(_BLANK) == text and not _HARMFUL.search(text)


@lru_cache(maxsize=64)
def _days(day: str) -> int | None:
    if day.startswith("0000"):  # ISO 8601 has the year 0, Python's dates do not
        again = _days("0400" + day[4:])
        return None if again is None else again - _DAYS_OF_400_YEARS
    try:
        return date.fromisoformat(day).toordinal() - _EPOCH
    except ValueError:
        return None
