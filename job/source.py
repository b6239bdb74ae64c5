"""Where trades come from: all that names the Kinesis connector's source.

The connector's successor (5.x, 6.x) is a source with watermarks per split; to move there is a
change of this module and of `TradeConsumer` and `TradeFetcher` beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from py4j.java_gateway import JavaObject
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.functions import SourceFunction
from pyflink.java_gateway import get_gateway

from job.properties import JobProperties

UID = "trades"
"""Id of the source's state: positions, watermarks. A savepoint finds it by this name."""


def trades(env: StreamExecutionEnvironment, properties: JobProperties) -> DataStream:
    """Read the ingest stream; rows are of `TradeRow.TYPE`, trades and dead letters alike."""
    consumer = _java().stocktrading.job.TradeConsumer(
        properties.input_stream,
        _connector_properties(properties, datetime.now(UTC)),
        properties.watermark_delay_seconds * 1_000,
        properties.idle_timeout_seconds * 1_000,
        properties.max_future_seconds * 1_000,
        properties.window_seconds,
        properties.slide_seconds,
    )
    return env.add_source(SourceFunction(consumer), "trades").uid(UID)


def _connector_properties(properties: JobProperties, now: datetime) -> JavaObject:
    """Give the connector's own settings as `java.util.Properties`."""
    start = properties.initial_instant()
    if properties.initial_position == "LATEST":
        # "Latest" is asked for anew by each restart, which skips what came to a silent shard in
        # between. The time of the first start says the same and is kept in the state.
        start = now
    settings = {
        "aws.region": properties.region,
        "flink.stream.initpos": "AT_TIMESTAMP" if start else "TRIM_HORIZON",
    }
    if start:
        settings["flink.stream.initpos.timestamp"] = start.isoformat(timespec="milliseconds")
    if properties.endpoint:
        settings["aws.endpoint"] = properties.endpoint
    java = _java().java.util.Properties()
    for key, value in settings.items():
        java.setProperty(key, value)
    return java


def _java() -> Any:  # noqa: ANN401 -- every package of the JVM, found by reflection
    return get_gateway().jvm
