"""What the job computes, as SQL text: a pure function of its properties, testable without Flink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from job.fields import DEAD_LETTER, RESULT, TRADE, Field, Kind
from job.properties import JobProperties

COLUMN_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "STRING",
    Kind.NUMBER: "DOUBLE NOT NULL",  # a plain field of the row's class, so never null
    Kind.COUNT: "BIGINT",
    Kind.WINDOW_EDGE: "TIMESTAMP_LTZ(3)",
    Kind.TIME: "TIMESTAMP_LTZ(3)",
}
"""Type of a column in SQL, by what its field holds."""

RECORD_COLUMNS: Final[Mapping[str, str]] = {
    field.name.lower(): COLUMN_TYPES[field.kind] for field in (*TRADE, *DEAD_LETTER)
}
"""The columns of a decoded record, those of `TradeRow.TYPE`: a trade's fields in lower case, then
those of a dead letter."""

RECORDS = "records"
"""The view of decoded records: trades, and dead letters with a reason."""

VALID_TRADES = f"""
    CREATE TEMPORARY VIEW valid_trades AS
    SELECT ticker, price, event_time FROM {RECORDS} WHERE reason IS NULL"""  # noqa: S608 -- a constant

SCALE = "9.313225746154785E-10"
UNSCALE = "1.073741824E9"
"""2 to the power of -30 and of 30. Prices are summed small: a billion of the highest double don't
overflow, and a power of two changes no digit of any other sum."""

ONE_PLAN = "WHERE min_price >= 0 AND scaled_sum >= 0"
"""This condition is always true, which the planner can't know. It has two effects. It keeps every
aggregate in the plan, whichever of them the format shows. A savepoint of one format therefore
restores in the other. And it needs a computed column, with which the planner moves the window into
the aggregate. A trade is then handled once, and not once for each window: twice as fast."""

AGGREGATES: Final[Mapping[str, str]] = {
    "max_price": "MAX(price)",
    "min_price": "MIN(price)",
    "scaled_sum": f"SUM(price * {SCALE})",
    "trades": "COUNT(*)",
}
"""What is kept for each ticker and window."""

MEASURE_SQL: Final[Mapping[str, str]] = {
    "avg_price": f"scaled_sum / trades * {UNSCALE}",
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


@dataclass(frozen=True)
class Flush:
    """When the sink puts what it holds."""

    records: int
    """Records of a request, at most; PutRecords takes 500."""
    seconds: float
    """Longest wait of a record."""


FLUSH: Final[Mapping[bool, Flush]] = {False: Flush(200, 0.5), True: Flush(500, 5.0)}
"""By `AggregationEnabled`: latency, or fewer and fuller requests, as after a window's end results
come in one burst."""


def sinks(properties: JobProperties) -> list[str]:
    """Give the statements that declare both sinks."""
    return [
        _sink("results", properties.output_stream, properties, properties.partition),
        _sink("dead_letters", properties.dead_letter_stream, properties, "random"),
    ]


def inserts(properties: JobProperties) -> list[str]:
    """Give the statements of the one statement set: results and dead letters share the scan."""
    return [_results(properties), _dead_letters()]


def _sink(table: str, stream: str, properties: JobProperties, partition: str) -> str:
    flush = FLUSH[properties.aggregation_enabled]
    options = {
        "connector": "kinesis",
        "stream": stream,
        "aws.region": properties.region,
        "format": "text-line",
        # The sink drops nothing: what the stream refuses is put again until it is taken.
        "sink.fail-on-error": "false",
        "sink.flush-buffer.timeout": str(round(flush.seconds * 1000)),
        "sink.batch.max-size": str(flush.records),
    }
    if properties.endpoint:
        options["aws.endpoint"] = properties.endpoint
        # Emulators speak no HTTP/2.
        options["sink.http-client.protocol.version"] = "HTTP1_1"
    by_ticker = partition == "ticker"
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
            TABLE valid_trades,
            DESCRIPTOR(event_time),
            INTERVAL '{properties.slide_seconds}' SECOND({len(str(properties.slide_seconds))}),
            INTERVAL '{properties.window_seconds}' SECOND({len(str(properties.window_seconds))})))
        GROUP BY window_start, window_end, ticker
    )
    {ONE_PLAN}"""  # noqa: S608 -- numbers and texts from validated properties, no user's text


def _dead_letters() -> str:
    return f"""
    INSERT INTO dead_letters
    SELECT {_json_object(DEAD_LETTER, {})}
    FROM {RECORDS}
    WHERE reason IS NOT NULL"""  # noqa: S608 -- a constant


def _quote(options: dict[str, str]) -> str:
    pairs = ((key, value.replace("'", "''")) for key, value in options.items())
    return ", ".join(f"'{key}' = '{value}'" for key, value in pairs)
