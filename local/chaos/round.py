"""One round: faults under load, then quiet, then the recount."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from common.errors import UserError
from common.progress import Progress, written
from local.chaos.faults import FAULTS
from local.chaos.settings import QUIET_SECONDS
from local.errors import LocalError
from release.errors import ReleaseError

if TYPE_CHECKING:
    from local.chaos.plan import Fault
    from local.chaos.recount import Counts, Recount
    from local.chaos.world import World

STUCK_SECONDS: Final = 180
"""How long the job may show no progress on its way to running."""

DRAIN_SECONDS: Final = 60
"""If no further record comes out for this long, the records that lack count as missing."""

LOOK_SECONDS: Final = 1.0


@dataclass(kw_only=True)
class Injected:
    """A fault that was planned, and what became of it."""

    fault: Fault
    done: str = ""
    """What the fault did."""
    failed: str = ""
    """Why it did not happen. Empty if it did."""
    seconds: float = 0.0
    """How long it took."""


@dataclass(kw_only=True)
class Round:
    """Runs one round. `say` prints a line."""

    world: World
    recount: Recount
    plan: Sequence[Fault]
    say: Callable[[str], None]
    injected: list[Injected] = field(default_factory=list[Injected])

    def run(self) -> Counts:
        """Let all faults happen, wait until the job has caught up, and recount.

        Raises `LocalError` if the emulator ends, or the job doesn't run again.
        """
        world = self.world
        await_running(world)
        with world.load:
            self._inject_all()
            await_running(world)
            self.say("no more faults; trades continue until event time has passed them")
            self._watch_for(QUIET_SECONDS)
        world.load.check()
        self.say("no more trades; recounting")
        counts = self._drain()
        self.recount.end_round()
        return counts

    def _inject_all(self) -> None:
        begun, running = time.monotonic(), list[Future[None]]()
        with ExitStack() as held:
            pool = held.enter_context(ThreadPoolExecutor(len(self.plan) or 1))
            held.callback(self.world.ended.set)  # before the pool waits for its threads
            for fault in self.plan:
                self._watch_for(begun + fault.at - time.monotonic())
                injected = Injected(fault=fault)
                self.injected.append(injected)
                running.append(pool.submit(self._inject, injected))
            while not all(each.done() for each in running):
                self._watch_for(LOOK_SECONDS)
            for each in running:
                each.result()

    def _inject(self, injected: Injected) -> None:
        fault, begun = injected.fault, time.monotonic()
        self.say(f"{fault.kind} begins")
        try:
            injected.done = FAULTS[fault.kind](self.world, fault)
        except (UserError, ReleaseError, ClientError, BotoCoreError) as error:
            injected.failed = str(error)
        injected.seconds = time.monotonic() - begun
        self.say(f"{fault.kind} ends: {injected.done or injected.failed}")

    def _watch_for(self, seconds: float) -> None:
        """Wait. Raises `LocalError` if the emulator or the load can't go on."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.world.emulator.alive()
            self.world.load.check()
            time.sleep(min(left, LOOK_SECONDS))

    def _drain(self) -> Counts:
        """Recount until everything is right, or nothing further comes."""
        accepted = self.world.load.accepted
        found: object = None
        progress = Progress(lambda: str(found), patience=DRAIN_SECONDS)
        while True:
            counts = self.recount.check(accepted)
            self.world.emulator.alive()
            found = (counts.records, counts.findings, counts.undelivered, counts.repeated)
            if counts.right or progress.stuck:
                return counts
            time.sleep(LOOK_SECONDS)


def await_running(world: World) -> None:
    """Wait until the job runs and has completed a checkpoint, as long as it shows progress.

    Raises `LocalError` with the job's last failure.
    """
    logs = written(world.cloud.directory / "flink" / world.application / "cluster" / "log")
    progress = Progress(lambda: (logs(), world.job().state), patience=STUCK_SECONDS)
    while True:
        world.emulator.alive()
        status = world.job()
        if status.state == "RUNNING" and status.checkpoints_completed:
            return
        if progress.stuck:
            message = f"the job is {status.state} and doesn't run: {status.exception}"
            raise LocalError(message)
        time.sleep(LOOK_SECONDS)
