"""The source of trades. Only this module uses the Kinesis connector's source.

The connector's next versions (5.x, 6.x) have a source with watermarks for each split. To use it,
change this module, `TradeConsumer` and `TradeFetcher`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from py4j.java_gateway import JavaObject
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.functions import SourceFunction
from pyflink.java_gateway import get_gateway

from job.fields import MORE_NUMBERS
from job.properties import JobProperties

UID = "trades"
"""Id of the source's state: positions and watermarks. Flink restores the state by this name."""


def trades(env: StreamExecutionEnvironment, properties: JobProperties) -> DataStream:
    """Read the ingest stream. The rows have `TradeRow.type`, for trades and dead letters."""
    consumer = _java().stocktrading.job.TradeConsumer(
        properties.input_stream,
        _connector_properties(properties, datetime.now(UTC)),
        properties.watermark_delay_seconds * 1_000,
        properties.idle_timeout_seconds * 1_000,
        properties.max_future_seconds * 1_000,
        list(properties.windows),
        properties.slide_seconds,
        [field.name for field in MORE_NUMBERS],
    )
    return env.add_source(SourceFunction(consumer), "trades").uid(UID)


def _connector_properties(properties: JobProperties, now: datetime) -> JavaObject:
    """Give the connector's settings as `java.util.Properties`."""
    start = properties.initial_instant()
    if properties.initial_position == "LATEST":
        # With "latest", each restart would skip the records that a silent shard got meanwhile. The
        # time of the first start means the same position, and is kept in the state.
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
