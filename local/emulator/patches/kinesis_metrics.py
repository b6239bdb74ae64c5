"""Kinesis: the metrics of streams.

AWS publishes one value a minute for each stream ("Monitoring Amazon Kinesis Data Streams with
CloudWatch"). The emulator's streams publish nothing: `test_streams_publish_no_metrics`. Here each
request is counted when it is served, so no additional process has to read the streams.
`local/firehose/metrics.py` publishes the metrics of deliveries.

Latencies and metrics by shard are missing, because the emulator has no data for them.
"""

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from local.emulator.patches import Module

KINESIS: Final = "AWS/Kinesis"
MINUTE: Final = 60
OK: Final = 200

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
Handler: TypeAlias = Callable[[Mapping[str, Any]], Answer]
Publish: TypeAlias = Callable[[str, str, Mapping[str, str], float], None]


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    publish = _publisher(importlib.import_module("ministack.services.cloudwatch"))
    for name in ("_put_record", "_put_records"):
        setattr(kinesis, name, _counting_puts(kinesis, getattr(kinesis, name), publish))
    kinesis._get_records = _counting_reads(kinesis, publish)


def _publisher(cloudwatch: Module) -> Publish:
    """Give a function that adds values to a minute's statistic set.

    A statistic set keeps the metric of a busy stream small.
    """

    def publish(namespace: str, metric: str, dimensions: Mapping[str, str], value: float) -> None:
        minute = int(time.time() // MINUTE) * MINUTE
        key = (namespace, metric, cloudwatch._dims_key(dimensions))
        points = cloudwatch._metric_bucket(key)
        if not points or points[-1]["Timestamp"] != minute:
            held = {"SampleCount": 0.0, "Sum": 0.0, "Minimum": value, "Maximum": value}
            shape = {"Timestamp": minute, "Unit": "None", "Dimensions": dict(dimensions)}
            points.append({**shape, "Value": value, "_stat": held})
        held = points[-1]["_stat"]
        held["SampleCount"] += 1
        held["Sum"] += value
        held["Minimum"] = min(held["Minimum"], value)
        held["Maximum"] = max(held["Maximum"], value)
        points[-1]["Value"] = held["Sum"] / held["SampleCount"]

    return publish


def _counting_puts(kinesis: Module, put: Handler, publish: Publish) -> Handler:
    def handle(data: Mapping[str, Any]) -> Answer:
        status, headers, body = put(data)
        if status == OK:
            records: Sequence[Mapping[str, str]] = data.get("Records", [data])
            stream: Mapping[str, str] = {"StreamName": kinesis._resolve_stream(data)[0]}
            publish(KINESIS, "IncomingRecords", stream, len(records))
            size = sum(_size(record["Data"]) for record in records)
            publish(KINESIS, "IncomingBytes", stream, size)
            # The emulator throttles no request. A failed request isn't counted.
            publish(KINESIS, "WriteProvisionedThroughputExceeded", stream, 0)
        return status, headers, body

    return handle


def _size(encoded: str) -> int:
    """Give the number of bytes that a base64 text encodes."""
    return len(encoded) * 3 // 4 - encoded[-2:].count("=")


def _counting_reads(kinesis: Module, publish: Publish) -> Handler:
    get_records: Handler = kinesis._get_records

    def handle(data: Mapping[str, Any]) -> Answer:
        place: Mapping[str, Any] | None = kinesis._shard_iterators.get(data.get("ShardIterator"))
        status, headers, body = get_records(data)
        if status == OK and place:
            stream: Mapping[str, str] = {"StreamName": place["stream"]}
            shard = kinesis._streams[place["stream"]]["shards"][place["shard_id"]]
            limit = min(data.get("Limit", 10_000), 10_000)
            read = shard["records"][place["position"] : place["position"] + limit]
            # The age of the last record of a response. A response without records means age 0.
            age = time.time() - read[-1]["ApproximateArrivalTimestamp"] if read else 0.0
            publish(KINESIS, "GetRecords.IteratorAgeMilliseconds", stream, round(age * 1000))
            publish(KINESIS, "GetRecords.Records", stream, len(read))
            publish(KINESIS, "ReadProvisionedThroughputExceeded", stream, 0)
        return status, headers, body

    return handle
