"""The job on Flink: source, SQL, sinks. Needs PyFlink, and the job's jar on Flink's class path."""

from __future__ import annotations

from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.table import Schema, StatementSet, StreamTableEnvironment

from job import source, statements
from job.properties import JobProperties

SETTINGS = {
    # SQL windows are aligned in the session's time zone.
    "table.local-time-zone": "UTC",
    # Operators of SQL get ids from the plan, so that a savepoint of one version finds them again.
    "table.exec.uid.generation": "ALWAYS",
}


def run(properties: JobProperties) -> None:
    """Submit the job. Returns at once: on a cluster nobody waits for a stream to end."""
    query(properties).execute()


def query(properties: JobProperties) -> StatementSet:
    """Give the job, from stream to streams; nothing is opened yet."""
    env = StreamExecutionEnvironment.get_execution_environment()
    tables = table_environment(env)
    declare_trades(tables, source.trades(env, properties))
    for sink in statements.sinks(properties):
        tables.execute_sql(sink)
    return inserts(tables, properties)


def table_environment(env: StreamExecutionEnvironment) -> StreamTableEnvironment:
    """Give a table environment with the job's settings."""
    # Checkpoints, parallelism and restarts belong to the application's configuration. Reuse does
    # not: rows go through a chain of operators that keep none, and copying halves the speed.
    env.get_config().enable_object_reuse()
    tables = StreamTableEnvironment.create(env)
    for key, value in SETTINGS.items():
        tables.get_config().set(key, value)
    return tables


def declare_trades(tables: StreamTableEnvironment, trades: DataStream) -> None:
    """Name the rows of a stream of `TradeRow`, which carries its own watermarks."""
    # A row's own column is the time attribute: Flink would build a second row for metadata.
    schema = Schema.new_builder()
    for column, kind in statements.RECORD_COLUMNS.items():
        schema.column(column, kind)
    schema.watermark("event_time", "SOURCE_WATERMARK()")
    view = tables.from_data_stream(trades, schema.build())
    tables.create_temporary_view(statements.RECORDS, view)
    tables.execute_sql(statements.VALID_TRADES)


def inserts(tables: StreamTableEnvironment, properties: JobProperties) -> StatementSet:
    """Give the whole query as one statement set: both sinks share one read of the source."""
    together = tables.create_statement_set()
    for statement in statements.inserts(properties):
        together.add_insert_sql(statement)
    return together
