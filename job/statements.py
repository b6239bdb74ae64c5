"""What the job computes, as SQL text: a pure function of its properties, testable without Flink."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from job.fields import DEAD_LETTER, RESULT, TRADE, Field, Kind
from job.limits import FLUSH, LETTER_FLUSH, Flush
from job.properties import JobProperties

COLUMN_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "STRING",
    Kind.NUMBER: "DOUBLE NOT NULL",  # a plain field of the row's class, so never null
    Kind.COUNT: "BIGINT",
    Kind.WINDOW_EDGE: "TIMESTAMP_LTZ(3)",
    Kind.TIME: "TIMESTAMP_LTZ(3)",
}
"""Type of a column in SQL, by what its field holds."""

_TRADE_COLUMNS: Final = {field.name.lower(): COLUMN_TYPES[field.kind] for field in TRADE}

RECORD_COLUMNS: Final[Mapping[str, str]] = {**_TRADE_COLUMNS, "reason": "STRING"}
"""The columns of a decoded record, those of `TradeRow.TYPE`: a trade's fields in lower case, and
why it is none."""

LETTER_COLUMNS: Final[Mapping[str, str]] = {
    field.name: COLUMN_TYPES[field.kind] for field in DEAD_LETTER
}
"""The columns of a dead letter, those of `Letter.TYPE`."""

SLICE_COLUMNS: Final[Mapping[str, str]] = {
    "ticker": "STRING",
    "slice_time": "TIMESTAMP_LTZ(3)",
    "max_price": "DOUBLE NOT NULL",
    "min_price": "DOUBLE NOT NULL",
    "scaled_sum": "DOUBLE NOT NULL",
    "trades": "BIGINT NOT NULL",
}
"""The columns of a slice, those of `Slice.TYPE`."""

RECORDS = "records"
"""The view of decoded records: `ticker`, `price` and `event_time` of a trade, or a `reason` why it
is none or came too late."""

LETTERS = "letters"
"""The view of dead letters. Each is about one record, or, above a rate, about all records of a
shard and a reason from `sequence_number` to `last_sequence_number`: so many as `records` says."""

SLICES = "slices"
"""The view of trades that are summed up already: a row for each ticker and slice of time, with
`ticker`, `slice_time`, `max_price`, `min_price`, `scaled_sum` and `trades`. A slice is as long as
the slide. It can come in several rows, so a query combines them: the highest of the highest, the
sum of the counts. The job has the operator that makes the rows where a query reads this view."""

TRADES = "valid_trades"
"""The view of single trades: `ticker`, `price` and `event_time`. For what can't be had from
slices, such as a count of different prices or the last one; it costs three times as much CPU."""

VALID_TRADES = f"""
    CREATE TEMPORARY VIEW {TRADES} AS
    SELECT ticker, price, event_time FROM {RECORDS} WHERE reason IS NULL"""  # noqa: S608 -- constants

SCALE: Final = 2.0**-30
UNSCALE: Final = 1 / SCALE
"""What a price is multiplied by before it is summed, and the sum is after that. A billion of the
highest double don't overflow then, and a power of two changes no digit of any other sum but of the
smallest doubles, below 1e-298: an average of these is kept between the lowest and highest price."""

ONE_PLAN = "WHERE min_price > 0 AND scaled_sum >= 0 AND trades > 0"
"""This condition is always true. It keeps every aggregate in the plan, whatever the format shows of
them: so a savepoint of one format restores in the other."""

AGGREGATES: Final[Mapping[str, str]] = {
    "max_price": "MAX(max_price)",
    "min_price": "MIN(min_price)",
    "scaled_sum": "SUM(scaled_sum)",
    "trades": "SUM(trades)",
}
"""What is kept for each ticker and window."""

MEASURE_SQL: Final[Mapping[str, str]] = {
    "avg_price": f"GREATEST(min_price, LEAST(max_price, scaled_sum / trades * {UNSCALE}))",
}
"""A measure's SQL over the aggregates, where it is not the aggregate of its own name."""

TIME_FORMATS: Final[Mapping[Kind, str]] = {
    Kind.WINDOW_EDGE: "yyyy-MM-dd''T''HH:mm:ss''Z''",
    Kind.TIME: "yyyy-MM-dd''T''HH:mm:ss.SSS''Z''",
}
"""How a time is written; quotes are doubled, as the format stands in SQL."""


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
    """Say whether any of the statements names a view."""
    return any(re.search(rf"\b{view}\b", statement) for statement in statements)


def inserts(properties: JobProperties) -> list[str]:
    """Give the statements of the one statement set: results and dead letters share one read."""
    return [_results(properties), _dead_letters()]


def _sink(
    table: str, stream: str, properties: JobProperties, flush: Flush, *, by_ticker: bool = False
) -> str:
    options = {
        "connector": "kinesis",
        "stream": stream,
        "aws.region": properties.region,
        "format": "text-line",
        # The sink drops nothing: what the stream refuses is put again until it is taken.
        "sink.fail-on-error": "false",
        "sink.flush-buffer.timeout": str(round(flush.seconds * 1000)),
        "sink.batch.max-size": str(flush.records),
        "sink.requests.max-buffered": str(flush.buffered),
        "sink.requests.max-inflight": str(flush.requests),
    }
    if properties.endpoint:
        options["aws.endpoint"] = properties.endpoint
        # Emulators speak no HTTP/2.
        options["sink.http-client.protocol.version"] = "HTTP1_1"
    columns = "line STRING, ticker STRING" if by_ticker else "line STRING"
    partitioned = "PARTITIONED BY (ticker) " if by_ticker else ""
    return f"CREATE TEMPORARY TABLE {table} ({columns}) {partitioned}WITH ({_quote(options)})"


def _results(properties: JobProperties) -> str:
    key = ", ticker" if properties.partition == "ticker" else ""
    aggregates = ", ".join(f"{sql} AS {name}" for name, sql in AGGREGATES.items())
    return f"""
    INSERT INTO results
    SELECT {RESULT_LINES[properties.output_format]}{key}
    FROM (
        SELECT
            window_start,
            window_end,
            ticker,
            {aggregates}
        FROM TABLE(HOP(
            TABLE {SLICES},
            DESCRIPTOR(slice_time),
            INTERVAL '{properties.slide_seconds}' SECOND({len(str(properties.slide_seconds))}),
            INTERVAL '{properties.window_seconds}' SECOND({len(str(properties.window_seconds))})))
        GROUP BY window_start, window_end, ticker
    )
    {ONE_PLAN}"""  # noqa: S608 -- numbers and texts from validated properties, no user's text


def _dead_letters() -> str:
    return f"""
    INSERT INTO dead_letters
    SELECT {_json_object(DEAD_LETTER, {})}
    FROM {LETTERS}"""  # noqa: S608 -- a constant


def _quote(options: dict[str, str]) -> str:
    pairs = ((key, value.replace("'", "''")) for key, value in options.items())
    return ", ".join(f"'{key}' = '{value}'" for key, value in pairs)
