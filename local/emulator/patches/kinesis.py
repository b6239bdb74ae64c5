"""Kinesis: streams that stay fast, and times in milliseconds.

Speed. AWS's PutRecord takes as long on a full stream as on an empty one. The emulator rebuilds the
lists of all records of the stream at each call, to drop those past their retention, which makes a
stream of 200,000 records four times as slow: `test_a_full_stream_is_slow`. Records are in order of
arrival, so where a shard's first has not expired, none has.

Times. AWS's SDK 1 for Java, told to speak JSON, gives the time to read from in milliseconds, and
AWS takes it. The emulator takes it for seconds, far ahead, and skips what came before the first
read: `test_a_time_in_milliseconds_is_far_ahead`.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.emulator.patches import Module

SECONDS_AN_HOUR: Final = 3600
LEAST_MILLISECONDS: Final = 1e11
"""In seconds the year 5138, in milliseconds 1973: no stream holds what arrived at either."""


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    kinesis._expire_records = _only_when_due(kinesis._expire_records)
    kinesis._start_position = _in_seconds(kinesis._start_position)


def _only_when_due(expire: Callable[[Any], None]) -> Callable[[Any], None]:
    def expire_records(stream: Mapping[str, Any]) -> None:
        cutoff = time.time() - stream["RetentionPeriodHours"] * SECONDS_AN_HOUR
        firsts = (shard["records"][:1] for shard in stream["shards"].values())
        if any(
            record["ApproximateArrivalTimestamp"] < cutoff for first in firsts for record in first
        ):
            expire(stream)

    return expire_records


def in_seconds(moment: float) -> float:
    """Give a time since the epoch in seconds, which may be in milliseconds."""
    return moment / 1000 if moment >= LEAST_MILLISECONDS else moment


def _in_seconds(start: Callable[..., int | None]) -> Callable[..., int | None]:
    def start_position(
        records: object, kind: str, number: str, moment: float | str | None
    ) -> int | None:
        at = None if moment is None else in_seconds(float(moment))
        return start(records, kind, number, at)

    return start_position
