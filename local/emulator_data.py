"""What the emulator's data paths lack, added in the emulator's process.

Kinesis. Each call rebuilds the lists of all records of the stream to drop those past their
retention, which makes a stream of 200,000 records four times as slow as an empty one. Records are
in order of arrival: where a shard's first has not expired, none has. And Java's SDK 1, told to
speak JSON, gives the time to read from in milliseconds: taken for seconds it is far ahead, and
all that came before the first read would be skipped.

Firehose. Objects are written as they come in, whatever the compression: a `.gz` that is none.

Written for ministack 1.5.33, which has no public hook for any of this.
"""

import gzip
import importlib
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

_compression: ContextVar[str] = ContextVar("compression", default="UNCOMPRESSED")

SECONDS_AN_HOUR: Final = 3600
LEAST_MILLISECONDS: Final = 1e11
"""In seconds the year 5138, in milliseconds 1973: no stream holds what arrived at either."""


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    kinesis: Any = importlib.import_module("ministack.services.kinesis")
    firehose: Any = importlib.import_module("ministack.services.firehose")
    kinesis._expire_records = _only_when_due(kinesis._expire_records)  # noqa: SLF001
    kinesis._start_position = _in_seconds(kinesis._start_position)  # noqa: SLF001
    firehose._deliver_to_s3 = _noting_compression(firehose._deliver_to_s3)  # noqa: SLF001
    firehose._put_s3_object = _compressing(firehose._put_s3_object)  # noqa: SLF001


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


def _noting_compression(deliver: Callable[..., None]) -> Callable[..., None]:
    def deliver_to_s3(stream: object, destination: Mapping[str, Any], *rest: object) -> None:
        token = _compression.set(destination["config"].get("CompressionFormat", "UNCOMPRESSED"))
        try:
            deliver(stream, destination, *rest)
        finally:
            _compression.reset(token)

    return deliver_to_s3


def _compressing(put: Callable[[str, str, bytes], None]) -> Callable[[str, str, bytes], None]:
    def put_s3_object(bucket: str, key: str, body: bytes) -> None:
        # Level 1: one object a record here, so there is little to gain.
        put(bucket, key, gzip.compress(body, 1) if _compression.get() == "GZIP" else body)

    return put_s3_object
