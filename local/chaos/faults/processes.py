"""Faults of processes: Flink's and the emulator's."""

from __future__ import annotations

import os
import signal

from local.chaos.plan import Fault
from local.chaos.world import World
from local.flink.distribution import FlinkError


def kill_task_manager(world: World, _fault: Fault) -> str:
    """Kill the TaskManager, as a machine fails."""
    return _kill(world, "TaskManager-1")


def kill_job_manager(world: World, _fault: Fault) -> str:
    """Kill the JobManager. The service then starts the job again from its last checkpoint."""
    return _kill(world, "JobManager")


def freeze_task_manager(world: World, fault: Fault) -> str:
    """Freeze the TaskManager for longer than its heartbeat, then let it continue.

    It then works for a moment on a job that was given to others, as after a long pause.
    """
    _signal(world, "TaskManager-1", signal.SIGSTOP)
    try:
        world.sleep(fault.seconds)
    finally:
        try:
            world.flink.disturb(world.application, "TaskManager-1", signal.SIGCONT)
        except FlinkError:  # another fault has ended it meanwhile, so nothing is frozen
            continued = "ended by another fault"
        else:
            continued = "continued"
    return f"stopped, then {continued}"


def pause_emulator(world: World, fault: Fault) -> str:
    """Stop all of AWS for a while. No request is answered, and none is refused."""
    process = world.emulator.pid
    os.kill(process, signal.SIGSTOP)
    try:
        world.sleep(fault.seconds)
    finally:
        os.kill(process, signal.SIGCONT)
    return "no request answered"


def _kill(world: World, name: str) -> str:
    _signal(world, name, signal.SIGKILL)
    return f"{name} got SIGKILL"


def _signal(world: World, name: str, number: signal.Signals) -> None:
    world.insist(lambda: world.flink.disturb(world.application, name, number))
