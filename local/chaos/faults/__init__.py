"""The kinds of faults, one function each. A function returns when the fault is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from local.chaos.faults import application, processes, producers, shards, wire
from local.chaos.plan import Fault, Kind
from local.chaos.world import World

Inject: TypeAlias = Callable[[World, Fault], str]
"""Lets a fault happen, and gives what it did in a few words.

Raises `LocalError` if the fault did not happen.
"""

FAULTS: Final[Mapping[Kind, Inject]] = {
    "TaskManager killed": processes.kill_task_manager,
    "TaskManager frozen": processes.freeze_task_manager,
    "JobManager killed": processes.kill_job_manager,
    "emulator paused": processes.pause_emulator,
    "writes throttled": wire.throttle_writes,
    "reads throttled": wire.throttle_reads,
    "server errors": wire.fail,
    "connections cut": wire.cut,
    "answers lost": wire.lose_answers,
    "slow answers": wire.slow_down,
    "shard split": shards.split,
    "shards merged": shards.merge,
    "rescaled": application.rescale,
    "updated": application.update,
    "rolled back": application.roll_back,
    "clock ahead": producers.set_clock_ahead,
    "clock behind": producers.set_clock_behind,
    "poison": producers.pour_poison,
    "flood of poison": producers.flood_with_poison,
    "malformed packs": producers.send_malformed_packs,
    "shard silent": producers.silence_shard,
    "shard of pings": producers.ping_shard,
}
