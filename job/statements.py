"""What the job computes, as SQL text: a pure function of its properties, testable without Flink."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from job.properties import JobProperties

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
"""Always true, and known to us alone. It keeps every aggregate in the plan, whatever the format
shows of them: a savepoint of one format restores in the other, and a computed column is what lets
the planner take the window into the aggregate, where a trade is handled once and not for each
window that it is in (twice as fast)."""

RESULT_LINES = {
    "json": f"""JSON_OBJECT(
        KEY 'window_start' VALUE DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm:ss''Z'''),
        KEY 'window_end' VALUE DATE_FORMAT(window_end, 'yyyy-MM-dd''T''HH:mm:ss''Z'''),
        KEY 'ticker' VALUE ticker,
        KEY 'max_price' VALUE max_price,
        KEY 'min_price' VALUE min_price,
        KEY 'avg_price' VALUE scaled_sum / trades * {UNSCALE},
        KEY 'trades' VALUE trades)""",
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
    return f"""
    INSERT INTO results
    SELECT {RESULT_LINES[properties.output_format]}{key}
    FROM (
        SELECT
            window_start,
            window_end,
            ticker,
            MAX(price) AS max_price,
            MIN(price) AS min_price,
            SUM(price * {SCALE}) AS scaled_sum,
            COUNT(*) AS trades
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
    SELECT JSON_OBJECT(
        KEY 'reason' VALUE reason,
        KEY 'payload' VALUE payload,
        KEY 'payload_encoding' VALUE payload_encoding,
        KEY 'payload_size' VALUE payload_size,
        KEY 'payload_sha256' VALUE payload_sha256,
        KEY 'arrival_time' VALUE DATE_FORMAT(arrival_time, 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z'''),
        KEY 'shard' VALUE shard,
        KEY 'sequence_number' VALUE sequence_number
        ABSENT ON NULL)
    FROM {RECORDS}
    WHERE reason IS NOT NULL"""  # noqa: S608 -- a constant


def _quote(options: dict[str, str]) -> str:
    pairs = ((key, value.replace("'", "''")) for key, value in options.items())
    return ", ".join(f"'{key}' = '{value}'" for key, value in pairs)
