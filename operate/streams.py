"""The number of a stream's shards and its retention, changed while everything runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from release.errors import ReleaseError

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kinesis.type_defs import StreamDescriptionSummaryTypeDef

    from stack.outputs import Outputs

SETTINGS: Final[Mapping[str, str]] = {
    "ingest": "ingest",
    "results": "results",
    "dead-letter": "dead_letter",
}
"""The setting below `streams` of the stack's file, by the stream's noun."""

FACTOR: Final = 2
"""One call at most doubles or halves the number (UpdateShardCount's limits)."""

WAIT_SECONDS: Final = 900.0
"""The longest wait for one change. AWS needs about half a minute for each new shard."""

PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Streams:
    """The streams of a stack."""

    kinesis: KinesisClient
    outputs: Outputs
    say: Callable[[str], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep

    def all(self) -> list[Mapping[str, object]]:
        """Give each stream's noun, number of open shards, and retention in hours."""
        found = {noun: self._look(noun) for noun in SETTINGS}
        return [
            {
                "stream": noun,
                "shards": one["OpenShardCount"],
                "retention_hours": one["RetentionPeriodHours"],
            }
            for noun, one in found.items()
        ]

    def keep(self, noun: str, hours: int) -> str:
        """Raise a stream's retention to a number of hours. It covers the records of before too.

        Returns a line with what has to be done so that it stays. Raises `ReleaseError` for a
        shorter time, because records would be deleted.
        """
        found = self._look(noun)
        name, before = found["StreamName"], found["RetentionPeriodHours"]
        if hours < before:
            message = (
                f"{name} keeps records for {before} h, and {hours} h would delete some. Nothing "
                f"was changed. To shorten it, set streams.{SETTINGS[noun]}.retention_hours in the "
                "stack's file and run pulumi up"
            )
            raise ReleaseError(message)
        if hours == before:
            return f"{name} keeps records for {hours} h: nothing to change"
        self.kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=hours)
        self._await(noun, found["OpenShardCount"])
        return (
            f"{name} keeps records for {hours} h, before it was {before} h. Set "
            f"streams.{SETTINGS[noun]}.retention_hours to {hours} in the stack's file too: until "
            "then a roll-out fails, because the pipeline may not shorten it again"
        )

    def change(self, noun: str, wanted: int) -> str:
        """Change a stream's number of shards, in steps if it needs some, and wait for each.

        Returns a line with what has to be done so that it stays. Raises `ReleaseError`.
        """
        found = self._look(noun)
        if found.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND":
            message = f"{found['StreamName']} is on demand: AWS decides the number of its shards"
            raise ReleaseError(message)
        before = now = found["OpenShardCount"]
        if now == wanted:
            return f"{found['StreamName']} has {now} shards: nothing to change"
        while now != wanted:
            step = min(max(wanted, -(-now // FACTOR)), now * FACTOR)
            self.say(f"{found['StreamName']}: from {now} to {step} shards")
            self.kinesis.update_shard_count(
                StreamName=found["StreamName"],
                TargetShardCount=step,
                ScalingType="UNIFORM_SCALING",
            )
            self._await(noun, step)
            now = step
        return (
            f"{found['StreamName']} has {wanted} shards, before it had {before}. Set "
            f"streams.{SETTINGS[noun]}.shards to {wanted} in the stack's file too: the next "
            "roll-out sets what the file says, and the thresholds of the alarms for full shards"
        )

    def _await(self, noun: str, wanted: int) -> None:
        waited = 0.0
        while True:
            found = self._look(noun)
            if found["StreamStatus"] == "ACTIVE" and found["OpenShardCount"] == wanted:
                return
            if waited >= WAIT_SECONDS:
                message = (
                    f"{found['StreamName']} is {found['StreamStatus']} with "
                    f"{found['OpenShardCount']} shards after {waited:g} s, not {wanted}"
                )
                raise ReleaseError(message)
            self.sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS

    def _look(self, noun: str) -> StreamDescriptionSummaryTypeDef:
        names = {
            "ingest": self.outputs.ingest_stream,
            "results": self.outputs.results_stream,
            "dead-letter": self.outputs.dead_letter_stream,
        }
        answer = self.kinesis.describe_stream_summary(StreamName=names[noun])
        return answer["StreamDescriptionSummary"]
