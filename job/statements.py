"""The job's SQL as text: a pure function of its properties that tests can call without Flink."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from job.fields import DEAD_LETTER, MORE_NUMBERS, RESULT, Field, Kind
from job.limits import FLUSH, LETTER_FLUSH, Flush
from job.properties import JobProperties

COLUMN_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "STRING",
    Kind.NUMBER: "DOUBLE NOT NULL",  # a primitive field of the row's class, which is never null
    Kind.COUNT: "BIGINT",
    Kind.WINDOW_EDGE: "TIMESTAMP_LTZ(3)",
    Kind.TIME: "TIMESTAMP_LTZ(3)",
}
"""Type of a column in SQL, by the kind of its field."""

NUMBERS: Final = ("price", *(field.name.lower() for field in MORE_NUMBERS))
"""Columns of a trade's numbers, as in `TradeRow.number`."""

RECORD_COLUMNS: Final[Mapping[str, str]] = {
    "ticker": "STRING",
    "price": "DOUBLE NOT NULL",
    "event_time": "TIMESTAMP_LTZ(3)",
    "reason": "STRING",
    **dict.fromkeys(NUMBERS[1:], "DOUBLE NOT NULL"),
}
"""The columns of a decoded record, as in `TradeRow.type`: a trade's fields in lower case, and the
reason if the record is rejected."""

LETTER_COLUMNS: Final[Mapping[str, str]] = {
    field.name: COLUMN_TYPES[field.kind] for field in DEAD_LETTER
}
"""The columns of a dead letter, as in `Letter.TYPE`."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A value that a slice has of its trades. Values of slices combine to that of a window."""

    combine: Literal["SUM", "MAX", "MIN"]
    of: tuple[str, ...] = ()
    """The trade's numbers that are multiplied, as columns. Empty: 1, so that the sum is a count."""
    above: tuple[str, float] | None = None
    """Only trades whose number is above this value are in the sum. Not for MAX and MIN."""

    def __post_init__(self) -> None:
        """Check the names. Raises `ValueError`."""
        for column in (*self.of, *(self.above or ())[:1]):
            if column not in NUMBERS:
                message = f"a part of a slice uses {column!r}; allowed: {', '.join(NUMBERS)}"
                raise ValueError(message)
        if self.combine != "SUM" and (self.above or not self.of):
            message = f"{self.combine} needs `of`, and can't have `above`"
            raise ValueError(message)


MORE_PARTS: Final[Mapping[str, Part]] = {}
"""What a slice has besides `max_price`, `min_price`, `scaled_sum` and `trades`, by column."""

SLICE_COLUMNS: Final[Mapping[str, str]] = {
    "ticker": "STRING",
    "slice_time": "TIMESTAMP_LTZ(3)",
    "max_price": "DOUBLE NOT NULL",
    "min_price": "DOUBLE NOT NULL",
    "scaled_sum": "DOUBLE NOT NULL",
    "trades": "BIGINT NOT NULL",
    **dict.fromkeys(MORE_PARTS, "DOUBLE NOT NULL"),
}
"""The columns of a slice, as in `Slice.type`."""

RECORDS = "records"
"""The view of decoded records: `ticker`, `price` and `event_time` of a trade, or the `reason` why
the record is not a trade or came too late."""

LETTERS = "letters"
"""The view of dead letters. A letter is about one record. Above a rate, it is about all records
with its shard and reason from `sequence_number` to `last_sequence_number`. `records` is their
number."""

SLICES = "slices"
"""The view of trades summed up by ticker and slice of time. Its columns are `SLICE_COLUMNS`.
A slice is as long as the slide. A slice can have several rows, so a query must combine them: the
maximum of the highest prices, the sum of the counts. The job has the operator that makes the rows
only if a query reads this view."""

TRADES = "valid_trades"
"""The view of single trades: `ticker`, `price` and `event_time`. It is for values that slices can't
give, such as the number of different prices or the last price. It needs three times as much CPU."""

VALID_TRADES = f"""
    CREATE TEMPORARY VIEW {TRADES} AS
    SELECT ticker, event_time, {", ".join(NUMBERS)} FROM {RECORDS} WHERE reason IS NULL"""  # noqa: S608 -- constants

SCALE: Final = 2.0**-30
UNSCALE: Final = 1 / SCALE
"""Each price is multiplied by `SCALE` before the sum, and the sum by `UNSCALE` after it. So the sum
of a billion of the largest doubles does not overflow. As a power of two, it changes no digit of a
sum, except for the smallest doubles, below 1e-298. An average of these is limited to the range from
the lowest to the highest price."""

ONE_PLAN = " AND ".join(
    (
        "WHERE min_price > 0",
        "scaled_sum >= 0",
        "trades > 0",
        *(f"{name} >= 0" for name in MORE_PARTS),
    )
)
"""This condition is always true. It keeps every aggregate in the plan, even if the output format
does not use it. So a savepoint of one format restores in the other."""

AGGREGATES: Final[Mapping[str, str]] = {
    "max_price": "MAX(max_price)",
    "min_price": "MIN(min_price)",
    "scaled_sum": "SUM(scaled_sum)",
    "trades": "SUM(trades)",
    **{name: f"{part.combine}({name})" for name, part in MORE_PARTS.items()},
}
"""The aggregates that the state has for each ticker and window."""

MEASURE_SQL: Final[Mapping[str, str]] = {
    "avg_price": f"GREATEST(min_price, LEAST(max_price, scaled_sum / trades * {UNSCALE}))",
}
"""SQL of the measures that are not equal to the aggregate with the same name."""

TIME_FORMATS: Final[Mapping[Kind, str]] = {
    Kind.WINDOW_EDGE: "yyyy-MM-dd''T''HH:mm:ss''Z''",
    Kind.TIME: "yyyy-MM-dd''T''HH:mm:ss.SSS''Z''",
}
"""How a time is written. Quotes are doubled, because the format is inside an SQL literal."""


def _json_object(fields: Sequence[Field], sql: Mapping[str, str]) -> str:
    pairs: list[str] = []
    for field in fields:
        value = sql.get(field.name, field.name)
        if field.kind in TIME_FORMATS:
            value = f"DATE_FORMAT({value}, '{TIME_FORMATS[field.kind]}')"
        pairs.append(f"KEY '{field.name}' VALUE {value}")
    absent = " ABSENT ON NULL" if any(field.only for field in fields) else ""
    return f"JSON_OBJECT({', '.join(pairs)}{absent})"


RESULT_LINES: Final[Mapping[str, str]] = {
    "json": _json_object(RESULT, MEASURE_SQL),
    "line": """CONCAT(
        DATE_FORMAT(window_end, 'yyyy-MM-dd''T''HH:mm:ss''Z'''), ' ==> ', ticker,
        ' : Stock Value: ', CAST(max_price AS STRING))""",
}
"""A result as text, by `OutputFormat`. The format `text-line` ends it with a newline."""


def sinks(properties: JobProperties) -> list[str]:
    """Give the statements that declare both sinks."""
    return [
        _sink(
            "results",
            properties.output_stream,
            properties,
            FLUSH[properties.aggregation_enabled],
            by_ticker=properties.partition == "ticker",
        ),
        _sink("dead_letters", properties.dead_letter_stream, properties, LETTER_FLUSH),
    ]


def reads(statements: Iterable[str], view: str) -> bool:
    """Tell whether any of the statements reads a view."""
    return any(re.search(rf"\b{view}\b", statement) for statement in statements)


def inserts(properties: JobProperties) -> list[str]:
    """Give the statements of the statement set. Results and dead letters share one source."""
    return [_results(properties), _dead_letters()]


def _sink(
    table: str, stream: str, properties: JobProperties, flush: Flush, *, by_ticker: bool = False
) -> str:
    options = {
        "connector": "kinesis",
        "stream": stream,
        "aws.region": properties.region,
        "format": "text-line",
        # The sink drops no record. It puts refused records again until they are accepted.
        "sink.fail-on-error": "false",
        "sink.flush-buffer.timeout": str(round(flush.seconds * 1000)),
        "sink.batch.max-size": str(flush.records),
        "sink.requests.max-buffered": str(flush.buffered),
        "sink.requests.max-inflight": str(flush.requests),
    }
    if properties.endpoint:
        options["aws.endpoint"] = properties.endpoint
        # Emulators don't support HTTP/2.
        options["sink.http-client.protocol.version"] = "HTTP1_1"
    columns = "line STRING, ticker STRING" if by_ticker else "line STRING"
    partitioned = "PARTITIONED BY (ticker) " if by_ticker else ""
    return f"CREATE TEMPORARY TABLE {table} ({columns}) {partitioned}WITH ({_quote(options)})"


def _results(properties: JobProperties) -> str:
    key = ", ticker" if properties.partition == "ticker" else ""
    windows = "\n        UNION ALL".join(
        _window(seconds, properties.slide_seconds) for seconds in properties.windows
    )
    return f"""
    INSERT INTO results
    SELECT {RESULT_LINES[properties.output_format]}{key}
    FROM ({windows}
    )
    {ONE_PLAN}"""  # noqa: S608 -- numbers and texts from validated properties, no user's text


def _window(window_seconds: int, slide_seconds: int) -> str:
    aggregates = ", ".join(f"{sql} AS {name}" for name, sql in AGGREGATES.items())
    return f"""
        SELECT
            window_start,
            window_end,
            ticker,
            {aggregates}
        FROM TABLE(HOP(
            TABLE {SLICES},
            DESCRIPTOR(slice_time),
            INTERVAL '{slide_seconds}' SECOND({len(str(slide_seconds))}),
            INTERVAL '{window_seconds}' SECOND({len(str(window_seconds))})))
        GROUP BY window_start, window_end, ticker"""  # noqa: S608 -- as above


def _dead_letters() -> str:
    return f"""
    INSERT INTO dead_letters
    SELECT {_json_object(DEAD_LETTER, {})}
    FROM {LETTERS}"""  # noqa: S608 -- a constant


def _quote(options: dict[str, str]) -> str:
    pairs = ((key, value.replace("'", "''")) for key, value in options.items())
    return ", ".join(f"'{key}' = '{value}'" for key, value in pairs)
