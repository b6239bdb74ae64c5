"""What the emulator's data paths lack, added in the emulator's process.

Kinesis. Each call rebuilds the lists of all records of the stream to drop those past their
retention, which makes a stream of 200,000 records four times as slow as an empty one. Records are
in order of arrival: where a shard's first has not expired, none has. And Java's SDK 1, told to
speak JSON, gives the time to read from in milliseconds: taken for seconds it is far ahead, and
all that came before the first read would be skipped.

Firehose. It writes to S3 alone, with nobody's rights, one object a record, and passes on what a
function marks as failed. `firehose.py` delivers instead, so nothing is delivered here; and a
description says all of a destination that was configured, but for its access key.

Managed Flink. It gives the id of each operation, and knows none by it; the provider asks.

Written for ministack 1.5.33, which has no public hook for any of this.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

SECONDS_AN_HOUR: Final = 3600
LEAST_MILLISECONDS: Final = 1e11
"""In seconds the year 5138, in milliseconds 1973: no stream holds what arrived at either."""


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    kinesis: Any = importlib.import_module("ministack.services.kinesis")
    firehose: Any = importlib.import_module("ministack.services.firehose")
    flink: Any = importlib.import_module("ministack.services.kinesisanalyticsv2")
    flink._HANDLERS["DescribeApplicationOperation"] = _operation(flink)  # noqa: SLF001
    kinesis._expire_records = _only_when_due(kinesis._expire_records)  # noqa: SLF001
    kinesis._start_position = _in_seconds(kinesis._start_position)  # noqa: SLF001
    firehose.ingest_from_kinesis_source = _delivers_nothing
    firehose._dest_description = _describing_all(firehose._dest_description)  # noqa: SLF001


def _operation(flink: Any) -> Callable[[Mapping[str, str]], Any]:  # noqa: ANN401 -- an untyped module
    """Answer DescribeApplicationOperation: an operation is over when the status is settled."""

    def describe_application_operation(asked: Mapping[str, str]) -> object:
        record = flink._get(asked.get("ApplicationName"))  # noqa: SLF001
        if record is None:
            return flink._not_found(asked.get("ApplicationName"))  # noqa: SLF001
        busy = record["ApplicationStatus"] in flink._TRANSITIONAL  # noqa: SLF001
        now = time.time()
        told = {"Operation": "UpdateApplication", "StartTime": now, "EndTime": now}
        told["OperationStatus"] = "IN_PROGRESS" if busy else "SUCCESSFUL"
        return flink.json_response({"ApplicationOperationInfoDetails": told})

    return describe_application_operation


def _only_when_due(expire: Callable[[Any], None]) -> Callable[[Any], None]:
    def expire_records(stream: Mapping[str, Any]) -> None:
        cutoff = time.time() - stream["RetentionPeriodHours"] * SECONDS_AN_HOUR
        firsts = (shard["records"][:1] for shard in stream["shards"].values())
        if any(
            record["ApproximateArrivalTimestamp"] < cutoff for first in firsts for record in first
        ):
            expire(stream)

    return expire_records


def _in_seconds(start: Callable[..., int | None]) -> Callable[..., int | None]:
    def start_position(
        records: object, kind: str, number: str, moment: float | str | None
    ) -> int | None:
        if moment is not None and float(moment) >= LEAST_MILLISECONDS:
            moment = float(moment) / 1000
        return start(records, kind, number, moment)

    return start_position


def _delivers_nothing(stream_arn: str, records: list[Any]) -> None:
    """Stand in for the hook that Kinesis calls for each record put."""


def _describing_all(describe: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def describe_destination(destination: Mapping[str, Any]) -> dict[str, Any]:
        described, config = describe(destination), destination["config"]
        behind = {**config.get("S3Configuration", {}), **config.get("S3Update", {})}
        for name, part in described.items():
            if isinstance(part, dict):
                told = {**config, **cast("dict[str, Any]", part)}
                if behind:
                    told["S3DestinationDescription"] = behind
                endpoint = dict(told.get("EndpointConfiguration", {}))
                endpoint.pop("AccessKey", None)
                described[name] = told | ({"EndpointConfiguration": endpoint} if endpoint else {})
        return described

    return describe_destination
