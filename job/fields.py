"""The only list of the fields of a trade, a result and a dead letter.

The job's SQL, the tables of the stored records, the board, the oracle and the documentation are
made from these lists. Tests compare the Java classes and the simulator with them. To add a field to
a trade, add an entry to `MORE_NUMBERS`. To add a field to a result, add an entry to `MEASURES`, its
SQL in `job.statements`, and its formula in `oracle.windows`. This module needs only the standard
library.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """The type of a field in JSON."""

    TEXT = "text"
    NUMBER = "number"
    """A double."""
    COUNT = "whole number"
    """A whole number of 64 bits."""
    WINDOW_EDGE = "time, `2026-01-31T09:30:00Z`"
    """A text: ISO 8601, UTC, to the second."""
    TIME = "time, `2026-01-31T09:30:00.250Z`"
    """A text: ISO 8601, UTC, to the millisecond. In a trade, any format that the job reads."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a record."""

    name: str
    """Its key in the JSON object."""
    kind: Kind
    says: str
    """What it means."""
    title: str = ""
    """Heading of its column. Only measures that the board shows have one."""
    only: str | None = None
    """Condition for the field to be present. None if every record has it."""
    simulated: tuple[int, int] = (1, 1_000)
    """Range of the whole numbers that the simulator sends in a further number of a trade."""


_ALWAYS: Final = (
    Field(
        name="TICKER",
        kind=Kind.TEXT,
        says="Symbol of the traded stock: 1 to 32 characters.",
    ),
    Field(
        name="PRICE",
        kind=Kind.NUMBER,
        says="Price of the trade: a finite number above 0.",
    ),
    Field(
        name="EVENT_TIME",
        kind=Kind.TIME,
        says="When the trade happened: ISO 8601, up to nanoseconds. Without a zone it is UTC.",
    ),
)

MORE_NUMBERS: Final[tuple[Field, ...]] = ()
"""Further numbers of a trade. An entry here is enough: the job reads the field, the simulator makes
it, and a record without it, or with another value than a number above 0 and up to 10^15, is a dead
letter. Its `kind` must be `Kind.NUMBER`. SQL has it as a column of the same name in lower case."""

TRADE: Final = (*_ALWAYS, *MORE_NUMBERS)
"""Every trade has all of these fields. Other fields of a record are ignored."""

_WINDOW: Final = (
    Field(name="window_start", kind=Kind.WINDOW_EDGE, says="First moment of the window."),
    Field(name="window_end", kind=Kind.WINDOW_EDGE, says="First moment after the window."),
    Field(name="ticker", kind=Kind.TEXT, says="Symbol of the traded stock."),
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
        says="Average price, with a relative error of at most a billionth.",
        title="Average",
    ),
    Field(
        name="trades",
        kind=Kind.COUNT,
        says="Number of trades.",
        title="Trades",
    ),
)
"""The values that a result has for the trades of one ticker in one window. Each has its SQL in
`job.statements`."""

RESULT: Final = (*_WINDOW, *MEASURES)

RESULT_KEY: Final = ("ticker", "window_start", "window_end")
"""The identity of a result. Two results with these fields equal are the same result."""

TRANSFORMED: Final = (
    Field(name="price_range", kind=Kind.NUMBER, says="Highest price minus lowest price."),
    Field(name="window_seconds", kind=Kind.COUNT, says="Length of the window in seconds."),
)
"""The fields that the transformation in `transform/` adds to a result."""

_CUT: Final = "the payload is cut"
_MANY: Final = "the letter stands for many records"

DEAD_LETTER: Final = (
    Field(
        name="reason",
        kind=Kind.TEXT,
        says="Why the record was rejected. The reasons are listed below.",
    ),
    Field(
        name="payload",
        kind=Kind.TEXT,
        says="The record as it was received. Above 256 KiB, only its beginning.",
    ),
    Field(
        name="payload_encoding",
        kind=Kind.TEXT,
        says="`utf-8`, or `base64` if the record is not UTF-8.",
    ),
    Field(
        name="payload_size",
        kind=Kind.COUNT,
        says="Size of the whole record in bytes.",
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
    Field(name="shard", kind=Kind.TEXT, says="Shard of the ingest stream that had the record."),
    Field(
        name="sequence_number", kind=Kind.TEXT, says="Sequence number of the record in that shard."
    ),
    Field(
        name="records",
        kind=Kind.COUNT,
        says="Number of records of the shard that were rejected for this reason. The payload is "
        "the first of them, up to 4 KiB.",
        only=_MANY,
    ),
    Field(
        name="last_sequence_number",
        kind=Kind.TEXT,
        says="Sequence number of the last of these records.",
        only=_MANY,
    ),
)
"""Above a rate, one letter stands for many records (`job.limits`). `stocktrading dead-letters`
reads those records again."""

REASONS: Final[Mapping[str, str]] = {
    "not_json": "not a JSON object",
    "missing_field": "a field is missing",
    "wrong_type": "a field has the wrong type",
    "bad_event_time": "not a valid time",
    "bad_ticker": "not a valid ticker",
    "bad_price": "not a valid price",
    "future": "dated after its arrival",
    "late": "arrived too late for its window",
}
"""The reasons why a record is a dead letter, with their meaning, in the order of the checks. There
are no other reasons."""
