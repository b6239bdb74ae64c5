"""Faults of the requests to Kinesis: limits, errors of the server, lost connections, slowness."""

from __future__ import annotations

import time
from typing import Final

from local.chaos.plan import Fault
from local.chaos.world import World
from local.emulator.disturbance import LIMIT, Effect, Rule

READS: Final = ("GetRecords", "GetShardIterator", "ListShards", "DescribeStreamSummary")
WRITES: Final = ("PutRecords",)

CODES: Final = {
    LIMIT: ("GetRecords", "GetShardIterator"),
    "LimitExceededException": ("ListShards", "DescribeStreamSummary"),
    "KMSThrottlingException": ("GetRecords",),
}
"""Error codes of throttled reads, with the operations that give each."""

SHARES: Final = (0.2, 0.8)
"""Smallest and largest share of the requests that a fault hits."""

SLOW_SECONDS: Final = (0.3, 3.0)


def throttle_writes(world: World, fault: Fault) -> str:
    """Refuse entries of PutRecords, of producers and of the job's sinks."""
    return _disturb(world, fault, "throttled", WRITES)


def throttle_reads(world: World, fault: Fault) -> str:
    """Refuse reads with one of the codes of the service."""
    code = list(CODES)[int(fault.draw * len(CODES)) % len(CODES)]
    return _disturb(world, fault, "throttled", CODES[code], code=code)


def fail(world: World, fault: Fault) -> str:
    """Answer reads and writes with 500."""
    return _disturb(world, fault, "failed", (*READS, *WRITES))


def cut(world: World, fault: Fault) -> str:
    """Close connections without executing the request."""
    return _disturb(world, fault, "cut", (*READS, *WRITES))


def lose_answers(world: World, fault: Fault) -> str:
    """Execute the request, then close the connection. The client sends the same records again."""
    return _disturb(world, fault, "answer lost", (*READS, *WRITES))


def slow_down(world: World, fault: Fault) -> str:
    """Let requests wait."""
    return _disturb(world, fault, "slow", (*READS, *WRITES))


def _disturb(
    world: World, fault: Fault, effect: Effect, operations: tuple[str, ...], code: str = LIMIT
) -> str:
    rule = Rule(
        effect=effect,
        operations=operations,
        share=_between(SHARES, fault.draw),
        until=time.time() + fault.seconds,
        seconds=_between(SLOW_SECONDS, fault.draw),
        code=code,
    )
    with world.disturbed_by(rule):
        world.sleep(fault.seconds)
    told = f"{rule.share:.0%} of {'requests' if len(operations) > 2 else ', '.join(operations)}"  # noqa: PLR2004 -- more are too long for the table
    return {"throttled": f"{told}: {code}", "slow": f"{told}: {rule.seconds} s"}.get(effect, told)


def _between(ends: tuple[float, float], draw: float) -> float:
    return round(ends[0] + draw * (ends[1] - ends[0]), 2)
