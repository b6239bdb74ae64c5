"""The fields of a trade, a result and a dead letter: this is the one list of them.

The job's SQL, the tables over what is stored, the board, the oracle and the documentation are made
from these lists, and tests hold the Java classes and the simulator to them. A new field of a result
is an entry here and its SQL in `job.statements`. Only the standard library is needed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a field holds, as JSON."""

    TEXT = "text"
    NUMBER = "number"
    """A double."""
    COUNT = "whole number"
    """A whole number of 64 bits."""
    WINDOW_EDGE = "time, `2026-01-31T09:30:00Z`"
    """A text: ISO 8601, UTC, to the second."""
    TIME = "time, `2026-01-31T09:30:00.250Z`"
    """A text: ISO 8601, UTC, to the millisecond; in a trade, in any form that the job reads."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a record."""

    name: str
    """Its key in the JSON object."""
    kind: Kind
    says: str
    """What it means."""
    title: str = ""
    """Heading of its column, where it is a measure that people are shown."""
    only: str | None = None
    """The field is there only where this holds; None where every record has it."""


TRADE: Final = (
    Field(
        name="TICKER",
        kind=Kind.TEXT,
        says="What was traded: 1 to 32 characters.",
    ),
    Field(
        name="PRICE",
        kind=Kind.NUMBER,
        says="For how much: a finite number above 0.",
    ),
    Field(
        name="EVENT_TIME",
        kind=Kind.TIME,
        says="When the trade happened: ISO 8601, up to nanoseconds; no zone means UTC.",
    ),
)
"""Every trade has all of these; other fields of a record are ignored. The order is that of
`TradeRow.TYPE`."""

_WINDOW: Final = (
    Field(name="window_start", kind=Kind.WINDOW_EDGE, says="First moment of the window."),
    Field(name="window_end", kind=Kind.WINDOW_EDGE, says="First moment after the window."),
    Field(name="ticker", kind=Kind.TEXT, says="What was traded."),
)

MEASURES: Final = (
    Field(
        name="max_price",
        kind=Kind.NUMBER,
        says="Highest price.",
        title="Highest",
    ),
    Field(
        name="min_price",
        kind=Kind.NUMBER,
        says="Lowest price.",
        title="Lowest",
    ),
    Field(
        name="avg_price",
        kind=Kind.NUMBER,
        says="Average price; exact to a billionth of itself.",
        title="Average",
    ),
    Field(
        name="trades",
        kind=Kind.COUNT,
        says="Number of trades.",
        title="Trades",
    ),
)
"""What a result says of the trades of one ticker in one window; each has its SQL in
`job.statements`."""

RESULT: Final = (*_WINDOW, *MEASURES)

RESULT_KEY: Final = ("ticker", "window_end")
"""Fields that make a result the same result, should it come twice."""

TRANSFORMED: Final = (
    Field(name="price_range", kind=Kind.NUMBER, says="Highest price less the lowest."),
    Field(name="window_seconds", kind=Kind.COUNT, says="Length of the window in seconds."),
)
"""What the transformation of `transform/` adds to a result."""

_CUT: Final = "the payload is cut"
_MANY: Final = "the letter stands for many records"

DEAD_LETTER: Final = (
    Field(name="reason", kind=Kind.TEXT, says="Why the record does not count, one of a list."),
    Field(
        name="payload",
        kind=Kind.TEXT,
        says="The record as it was received; its beginning where it has more than 256 KiB.",
    ),
    Field(
        name="payload_encoding",
        kind=Kind.TEXT,
        says="`utf-8`, or `base64` where the record is not UTF-8.",
    ),
    Field(
        name="payload_size",
        kind=Kind.COUNT,
        says="Bytes of the whole record.",
        only=_CUT,
    ),
    Field(
        name="payload_sha256",
        kind=Kind.TEXT,
        says="SHA-256 of the whole record, in hexadecimal digits.",
        only=_CUT,
    ),
    Field(
        name="arrival_time",
        kind=Kind.TIME,
        says="When the record arrived on the ingest stream.",
    ),
    Field(name="shard", kind=Kind.TEXT, says="Shard of the ingest stream that it came on."),
    Field(name="sequence_number", kind=Kind.TEXT, says="Its sequence number in that shard."),
    Field(
        name="records",
        kind=Kind.COUNT,
        says="How many records of the shard were rejected for this reason; the payload shows the "
        "first, up to 4 KiB of it.",
        only=_MANY,
    ),
    Field(
        name="last_sequence_number",
        kind=Kind.TEXT,
        says="Sequence number of the last of them.",
        only=_MANY,
    ),
)
"""A letter stands for many records above a rate (`job.limits`). `stocktrading dead-letters` reads
those records again."""

REASONS: Final[Mapping[str, str]] = {
    "not_json": "not a JSON object",
    "missing_field": "a field is missing",
    "wrong_type": "a field of the wrong type",
    "bad_event_time": "no such time",
    "bad_ticker": "no such ticker",
    "bad_price": "no such price",
    "future": "dated ahead of its arrival",
    "late": "came after its window",
}
"""Why a record is a dead letter, and what that means, in the order of judging; the list is
closed."""
