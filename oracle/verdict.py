"""What becomes of one record by itself: a trade, or the reason why it is a dead letter.

A second implementation of the job's rules, in plain Python. It uses nothing of the job's but the
names of fields, so that one can be held against the other. Whether a trade is late depends on its
neighbours: that is in `oracle.lateness`.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple, cast, get_args

from job.fields import TRADE

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
"""Why a record is a dead letter, in the order of judging; the list is closed."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
TICKER_MAX: Final = 32
"""Longest ticker, in code points."""

DEEPEST: Final = 500
"""The most objects and lists, one in another, that a record may have; itself is the first."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_HARMFUL: Final = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, ends of lines and paragraphs, bidi controls, and halves of characters."""
_BLANK: Final = (
    " \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200C))) + "\u202f\u205f\u2060\u3000\ufeff"
)
"""Spaces of any width, none included."""
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"([Zz]|([+-])(\d{2})(?::?(\d{2}))?)?",
    re.ASCII,
)
_FIELDS: Final = {field.name for field in TRADE}
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAYS_OF_400_YEARS: Final = 146_097


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the job was told that decides its results; all in whole seconds."""

    window_seconds: int = 60
    slide_seconds: int = 30
    watermark_delay_seconds: int = 5
    idle_timeout_seconds: int = 10
    max_future_seconds: int = 60
    output_format: Literal["json", "line"] = "json"


class Trade(NamedTuple):
    """A record that is in order by itself; `time` is in milliseconds since the epoch."""

    ticker: str
    time: int
    price: float


def judge(  # noqa: PLR0911 -- one return a reason, in the order of judging, is the rule itself
    data: bytes, arrival: int, rules: Rules
) -> Trade | Reason:
    """Judge one record; `arrival` is the stream's own time, in milliseconds since the epoch."""
    fields = _decode(data)
    if fields is None:
        return "not_json"
    if not fields.keys() >= _FIELDS:
        return "missing_field"
    written, ticker, price = fields["EVENT_TIME"], fields["TICKER"], fields["PRICE"]
    # Numbers are all floats here (see _decode), so that a bool is none of them.
    if not (isinstance(written, str) and isinstance(ticker, str) and isinstance(price, float)):
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
    return Trade(ticker, time, price)


def parse_time(written: str) -> int | None:
    """Read an ISO 8601 time as milliseconds since the epoch, floored; None where it is no time."""
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
        # Whole numbers are read as floats too: a price is a double, however many digits it has.
        value = cast("object", json.loads(text, parse_int=float))
    except ValueError:
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _is_too_deep(text: str) -> bool:
    # Only the text shows the depth of a value whose name comes again, with another value.
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
    if day.startswith("0000"):  # a year of ISO 8601, which Python's dates don't have
        again = _days("0400" + day[4:])
        return None if again is None else again - _DAYS_OF_400_YEARS
    try:
        return date.fromisoformat(day).toordinal() - _EPOCH
    except ValueError:
        return None
