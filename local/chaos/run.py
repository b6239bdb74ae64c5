"""Runs a campaign: one local cloud, and on it one round after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.accounts import WORKLOAD
from local.chaos.load import Load
from local.chaos.outcome import Outcome
from local.chaos.plan import plan
from local.chaos.recount import Counts, Recount
from local.chaos.round import Round
from local.chaos.settings import OVERRIDES
from local.chaos.world import World
from local.cloud import LocalCloud
from local.demo.parts import read_rules
from local.errors import LocalError
from local.flink.distribution import Distribution, check_java
from local.flink.watcher import ManagedFlink
from local.signals import Stop

KINDS: Final = 6
"""Kinds of faults in a round."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a campaign."""

    directory: Path
    seed: int
    """Seed of the first round. Each later round has the next number."""
    rounds: int = 1
    seconds: float = 60.0
    """Seconds in which the faults of a round begin."""
    kinds: int = KINDS
    """Faults in a round."""
    rate: float = 100.0
    """Trades a second."""


class Campaign:
    """One campaign. `say` prints a line, `told` takes the outcome of each round."""

    def __init__(
        self, options: Options, say: Callable[[str], None], told: Callable[[Outcome], None]
    ) -> None:
        """Set the options. This starts nothing."""
        self._options = options
        self._say = say
        self._told = told
        self.outcomes: list[Outcome] = []

    def run(self) -> list[Outcome]:
        """Start the local cloud, run all rounds, stop everything.

        A round that can't reach its recount is the last one. Raises `LocalError` in one line if the
        cloud doesn't start. Raises `KeyboardInterrupt` if the user interrupts.
        """
        # Report missing programs before anything starts.
        Distribution.find()
        check_java(os.environ)
        with Stop() as stop, ExitStack() as held:
            try:
                self._run_rounds(held)
            finally:
                stop.deafen()
                self._say("stopping everything")
        return self.outcomes

    def _run_rounds(self, held: ExitStack) -> None:
        options = self._options
        cloud = held.enter_context(LocalCloud(directory=options.directory, overrides=OVERRIDES))
        name: str = cloud.outputs["application_name"]
        self._say(f"emulator at {cloud.endpoint}, stacks deployed; starting the job")
        flink = ManagedFlink(cloud.clients, WORKLOAD, lambda: [name], cloud.directory / "flink")
        held.enter_context(flink)
        recount = Recount(cloud.client, cloud.outputs_file, read_rules(cloud, name))
        for seed in range(options.seed, options.seed + options.rounds):
            load = Load(cloud.outputs_file, rate=options.rate, seed=seed)
            world = World(cloud=cloud, flink=flink, load=load)
            outcome = self._run_round(world, recount, seed)
            self.outcomes.append(outcome)
            self._told(outcome)
            if outcome.counts is None:
                return

    def _run_round(self, world: World, recount: Recount, seed: int) -> Outcome:
        options, begun = self._options, time.monotonic()
        faults = plan(seed, seconds=options.seconds, kinds=options.kinds)
        self._say(f"round of seed {seed}: {', '.join(fault.kind for fault in faults)}")
        one = Round(world=world, recount=recount, plan=faults, say=self._say)
        counts: Counts | None = None
        error = ""
        try:
            counts = one.run()
        except LocalError as broken:
            error = str(broken)
        return Outcome(
            seed=seed,
            injected=one.injected,
            counts=counts,
            error=error,
            seconds=time.monotonic() - begun,
            restarts=world.job().restarts,
        )
