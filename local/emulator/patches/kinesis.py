"""Kinesis: the speed of a full stream, and times in milliseconds.

Speed. AWS's PutRecord takes as long on a full stream as on an empty one. The emulator rebuilds the
lists of all records of the stream at each request, to drop expired records. This makes a stream of
200,000 records four times as slow: `test_a_full_stream_is_slow`. Records are in order of arrival.
So if the first record of a shard has not expired, no record of the shard has. The emulator also
looks at all iterators of the last five minutes at each request: `test_many_iterators_are_slow`.
GetRecords checks the age of its own iterator, so the others can be removed later.

Times. With JSON, AWS's SDK 1 for Java sends the time to read from in milliseconds, and AWS accepts
it. The emulator reads the number as seconds. This time is far in the future, so the emulator skips
all records from before the first read: `test_a_time_in_milliseconds_is_far_ahead`.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.emulator.patches import Module, seldom

SECONDS_AN_HOUR: Final = 3600
ITERATORS_SECONDS: Final = 10
LEAST_MILLISECONDS: Final = 1e11
"""As seconds the year 5138, as milliseconds 1973. No stream contains records of either year."""


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    kinesis._expire_records = _only_when_due(kinesis._expire_records)
    kinesis._expire_iterators = seldom(kinesis._expire_iterators, ITERATORS_SECONDS)
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
    """Give a time since the epoch in seconds. The given time may be in milliseconds."""
    return moment / 1000 if moment >= LEAST_MILLISECONDS else moment


def _in_seconds(start: Callable[..., int | None]) -> Callable[..., int | None]:
    def start_position(
        records: object, kind: str, number: str, moment: float | str | None
    ) -> int | None:
        at = None if moment is None else in_seconds(float(moment))
        return start(records, kind, number, at)

    return start_position
