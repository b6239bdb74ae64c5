"""The job on Flink: source, SQL, sinks. It needs PyFlink, and the job's jar on the class path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from py4j.java_gateway import JavaObject
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import Schema, StatementSet, StreamTableEnvironment

from job import limits, source, statements
from job.properties import MAX_PARALLELISM, JobProperties

SETTINGS = {
    # SQL windows are aligned in the session's time zone.
    "table.local-time-zone": "UTC",
    # SQL operators get ids from the plan, so that a newer version can restore an older savepoint.
    "table.exec.uid.generation": "ALWAYS",
}


def run(properties: JobProperties) -> None:
    """Submit the job, and return at once without waiting for its end."""
    query(properties).execute()


def query(properties: JobProperties) -> StatementSet:
    """Give the whole job. Nothing is opened yet."""
    env = StreamExecutionEnvironment.get_execution_environment()
    tables = table_environment(env)
    for sink in statements.sinks(properties):
        tables.execute_sql(sink)
    records = source.trades(env, properties)
    return plan(tables, records, properties, statements.inserts(properties))


def table_environment(env: StreamExecutionEnvironment) -> StreamTableEnvironment:
    """Give a table environment with the job's settings."""
    # Checkpoints, parallelism and restarts are in the application's configuration. Object reuse is
    # set here. It is safe because the chained operators keep no rows. Copying halves the speed.
    env.get_config().enable_object_reuse()
    env.set_max_parallelism(MAX_PARALLELISM)
    tables = StreamTableEnvironment.create(env)
    for key, value in SETTINGS.items():
        tables.get_config().set(key, value)
    return tables


def plan(
    tables: StreamTableEnvironment,
    records: DataStream,
    properties: JobProperties,
    inserts: Sequence[str],
) -> StatementSet:
    """Give the statements as one set, over views of a stream of `TradeRow` with its watermarks.

    All statements share one source. A view that no statement names is not made, and no operator
    runs for it.
    """
    _declare(tables, statements.RECORDS, records, statements.RECORD_COLUMNS, "event_time")
    tables.execute_sql(statements.VALID_TRADES)
    if statements.reads(inserts, statements.SLICES):
        rows = _chain(records, "slices", _slice_operator(properties))
        _declare(tables, statements.SLICES, rows, statements.SLICE_COLUMNS, "slice_time")
    if statements.reads(inserts, statements.LETTERS):
        rows = _chain(records, "letters", _letter_operator())
        _declare(tables, statements.LETTERS, rows, statements.LETTER_COLUMNS)
    together = tables.create_statement_set()
    for statement in inserts:
        together.add_insert_sql(statement)
    return together


def _slice_operator(properties: JobProperties) -> JavaObject:
    """Give the operator that sums up trades by ticker and slice."""
    slice_millis = properties.slide_seconds * 1_000  # the slide divides the window
    parts = [_slice_part(name, part) for name, part in statements.MORE_PARTS.items()]
    return _java().stocktrading.job.SliceOperator(slice_millis, statements.SCALE, parts)


def _slice_part(name: str, part: statements.Part) -> JavaObject:
    compared, above = part.above or (None, 0)
    return _java().stocktrading.job.SlicePart(
        name,
        part.combine,
        [statements.NUMBERS.index(column) for column in part.of],
        -1 if compared is None else statements.NUMBERS.index(compared),
        float(above),
    )


def _letter_operator() -> JavaObject:
    """Give the operator that makes dead letters from the rejected records."""
    return _java().stocktrading.job.LetterOperator(
        limits.LETTERS_A_SECOND,
        limits.LETTER_BYTES_A_SECOND,
        limits.LETTER_OPEN_SECONDS * 1_000,
    )


def _chain(records: DataStream, name: str, operator: JavaObject) -> DataStream:
    """Let an operator of this job read the source's rows, in the source's task."""
    stream: Any = records._j_data_stream  # noqa: SLF001 -- PyFlink has no public way to add a Java operator
    made: Any = operator
    return DataStream(stream.transform(name, made.type(), made))


def _java() -> Any:  # noqa: ANN401 -- every package of the JVM, found by reflection
    return get_gateway().jvm


def _declare(
    tables: StreamTableEnvironment,
    view: str,
    stream: DataStream,
    columns: Mapping[str, str],
    row_time: str | None = None,
) -> None:
    schema = Schema.new_builder()
    for column, kind in columns.items():
        schema.column(column, kind)
    if row_time:
        # The time attribute is a column of the row. For metadata, Flink would build a second row.
        schema.watermark(row_time, "SOURCE_WATERMARK()")
    tables.create_temporary_view(view, tables.from_data_stream(stream, schema.build()))
