"""What the faults of a round act on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.emulator import disturbance
from local.emulator.disturbance import Rule
from local.errors import LocalError

if TYPE_CHECKING:
    from local.chaos.load import Load
    from local.cloud import LocalCloud
    from local.emulator.child import Emulator
    from local.flink.job_status import JobStatus
    from local.flink.watcher import ManagedFlink

LOOK_SECONDS: Final = 0.5

PATIENCE_SECONDS: Final = 240.0
"""How long a fault waits for its chance, for example for the job to run again."""


@dataclass(kw_only=True)
class World:
    """The running local cloud with its job and its load."""

    cloud: LocalCloud
    flink: ManagedFlink
    load: Load
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the round ends early. No fault waits any longer."""
    _rules: list[Rule] = field(default_factory=list[Rule])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def application(self) -> str:
        """Name of the application."""
        return self.cloud.outputs["application_name"]

    @property
    def emulator(self) -> Emulator:
        """The emulator. Raises `LocalError` if it has ended by itself."""
        emulator = self.cloud.emulator
        if emulator is None or not emulator.alive():
            log = f"; log: {emulator.log}" if emulator else ""
            message = f"the AWS emulator ended by itself{log}"
            raise LocalError(message)
        return emulator

    def job(self) -> JobStatus:
        """Give the job's status."""
        return self.flink.status(self.application)

    def sleep(self, seconds: float) -> None:
        """Wait. Raises `LocalError` if the round ends meanwhile."""
        if self.ended.wait(seconds):
            message = "the round has ended"
            raise LocalError(message)

    @contextmanager
    def disturbed_by(self, rule: Rule) -> Generator[None]:
        """Apply a rule to the requests to Kinesis in a `with` block."""
        self._write([*self._rules, rule])
        try:
            yield
        finally:
            self._write([each for each in self._rules if each is not rule])

    def _write(self, rules: Sequence[Rule]) -> None:
        with self._lock:
            self._rules = list(rules)
            disturbance.write(self.emulator.disturbances, rules)

    def insist(self, act: Callable[[], None]) -> None:
        """Act, and try again while AWS refuses, because other faults are at work.

        Raises `LocalError` with the last refusal.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                act()
            except (ClientError, BotoCoreError, LocalError) as error:
                if time.monotonic() > deadline:
                    raise LocalError(str(error)) from error
                self.sleep(LOOK_SECONDS)
            else:
                return
