"""The metrics that Kinesis and Firehose publish on AWS, counted in the emulator's process.

The emulator's streams publish nothing. Here each call is counted where it is served, a value a
minute under the names that the services document ("Monitoring Amazon Kinesis Data Streams with
CloudWatch", "Monitoring Amazon Data Firehose using CloudWatch metrics"), so that nobody has to
read a stream to know what is on it.

Left out, as the emulator knows nothing of the kind: latencies, metrics by shard, and of Firehose
`KinesisMillisBehindLatest` and `ThrottledGetRecords` (it is handed records, it doesn't read them)
and all destinations but S3. `DataFreshness` is small, as nothing is buffered.

Written for ministack 1.5.33, which has no public hook for any of this.
"""

import importlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

KINESIS: Final = "AWS/Kinesis"
FIREHOSE: Final = "AWS/Firehose"
MINUTE: Final = 60
OK: Final = 200

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
Handler: TypeAlias = Callable[[Mapping[str, Any]], Answer]
Publish: TypeAlias = Callable[[str, str, Mapping[str, str], float], None]


@dataclass(frozen=True)
class Delivery:
    """A delivery under way: whose, and when its records came in."""

    name: str
    begun: float


_delivery: ContextVar[Delivery | None] = ContextVar("delivery", default=None)


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    kinesis: Any = importlib.import_module("ministack.services.kinesis")
    firehose: Any = importlib.import_module("ministack.services.firehose")
    s3: Any = importlib.import_module("ministack.services.s3")
    publish = _publisher(importlib.import_module("ministack.services.cloudwatch"))
    for name in ("_put_record", "_put_records"):
        setattr(kinesis, name, _counting_puts(kinesis, getattr(kinesis, name), publish))
    kinesis._get_records = _counting_reads(kinesis, publish)  # noqa: SLF001
    firehose._deliver_records_to_s3 = _counting_records(firehose, publish)  # noqa: SLF001
    s3.handle_request = _counting_objects(s3.handle_request, publish)


def _publisher(cloudwatch: Any) -> Publish:  # noqa: ANN401 -- an untyped module
    """Add values to a minute's statistic set, so that a busy stream's metric stays small."""

    def publish(namespace: str, metric: str, dimensions: Mapping[str, str], value: float) -> None:
        minute = int(time.time() // MINUTE) * MINUTE
        key = (namespace, metric, cloudwatch._dims_key(dimensions))  # noqa: SLF001
        points = cloudwatch._metric_bucket(key)  # noqa: SLF001
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


def _counting_puts(kinesis: Any, put: Handler, publish: Publish) -> Handler:  # noqa: ANN401 -- an untyped module
    def handle(data: Mapping[str, Any]) -> Answer:
        status, headers, body = put(data)
        if status == OK:
            records: Sequence[Mapping[str, str]] = data.get("Records", [data])
            stream: Mapping[str, str] = {"StreamName": kinesis._resolve_stream(data)[0]}  # noqa: SLF001
            publish(KINESIS, "IncomingRecords", stream, len(records))
            size = sum(_size(record["Data"]) for record in records)
            publish(KINESIS, "IncomingBytes", stream, size)
            # Of those that it serves it refuses none; of a call that fails nothing is counted.
            publish(KINESIS, "WriteProvisionedThroughputExceeded", stream, 0)
        return status, headers, body

    return handle


def _size(encoded: str) -> int:
    """Give the number of bytes that a text in base64 stands for."""
    return len(encoded) * 3 // 4 - encoded[-2:].count("=")


def _counting_reads(kinesis: Any, publish: Publish) -> Handler:  # noqa: ANN401 -- an untyped module
    get_records: Handler = kinesis._get_records  # noqa: SLF001

    def handle(data: Mapping[str, Any]) -> Answer:
        place: Mapping[str, Any] | None = kinesis._shard_iterators.get(data.get("ShardIterator"))  # noqa: SLF001
        status, headers, body = get_records(data)
        if status == OK and place:
            stream: Mapping[str, str] = {"StreamName": place["stream"]}
            shard = kinesis._streams[place["stream"]]["shards"][place["shard_id"]]  # noqa: SLF001
            limit = min(data.get("Limit", 10_000), 10_000)
            read = shard["records"][place["position"] : place["position"] + limit]
            # The age of the last record of a call; nothing is waiting where a call gives none.
            age = time.time() - read[-1]["ApproximateArrivalTimestamp"] if read else 0.0
            publish(KINESIS, "GetRecords.IteratorAgeMilliseconds", stream, round(age * 1000))
            publish(KINESIS, "GetRecords.Records", stream, len(read))
            publish(KINESIS, "ReadProvisionedThroughputExceeded", stream, 0)
        return status, headers, body

    return handle


def _counting_records(firehose: Any, publish: Publish) -> Callable[..., None]:  # noqa: ANN401 -- an untyped module
    deliver: Callable[..., None] = firehose._deliver_records_to_s3  # noqa: SLF001

    def deliver_records(
        stream: Mapping[str, Any], destination: object, records: Sequence[tuple[str, bytes]]
    ) -> None:
        name = {"DeliveryStreamName": str(stream["name"])}
        if stream.get("type") == "KinesisStreamAsSource":
            size = sum(len(data) for _, data in records)
            publish(FIREHOSE, "DataReadFromKinesisStream.Records", name, len(records))
            publish(FIREHOSE, "DataReadFromKinesisStream.Bytes", name, size)
        token = _delivery.set(Delivery(name["DeliveryStreamName"], time.time()))
        try:
            deliver(stream, destination, records)
        finally:
            _delivery.reset(token)

    return deliver_records


def _counting_objects(
    handle: Callable[..., Awaitable[Any]], publish: Publish
) -> Callable[..., Awaitable[Any]]:
    async def handle_request(*given: Any, **options: Any) -> Any:  # noqa: ANN401 -- as it comes
        answer = await handle(*given, **options)
        delivery = _delivery.get()  # that of the task which the delivery began
        if delivery and options.get("internal"):
            name = {"DeliveryStreamName": delivery.name}
            status, body = cast("int", answer[0]), cast("bytes", given[3])
            publish(FIREHOSE, "DeliveryToS3.Success", name, float(status == OK))
            publish(FIREHOSE, "DeliveryToS3.DataFreshness", name, time.time() - delivery.begun)
            if status == OK:
                publish(FIREHOSE, "DeliveryToS3.Records", name, 1)
                publish(FIREHOSE, "DeliveryToS3.Bytes", name, len(body))
        return answer

    return handle_request
