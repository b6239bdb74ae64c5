"""Stop a running application, with its state in a snapshot or by force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from common.application_status import meaning
from release.errors import ReleaseError
from release.figures import read_until
from release.snapshots import listed

if TYPE_CHECKING:
    from release.waiting import Waiting
    from release.workload import Workload

DRAIN_SECONDS: Final = 900.0
"""The longest wait until the job has read what was in the stream. Metrics come once a minute."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A stop that was asked for."""

    workload: Workload
    waiting: Waiting
    drain: bool = False
    """Wait first until the job has read what was in the ingest stream."""
    force: bool = False
    """Take no snapshot."""
    say: Callable[[str], None] = lambda _: None
    clock: Callable[[], datetime] = _now

    def run(self) -> str:
        """Stop the application, wait until it is stopped, and say from what it can start again.

        Raises `ReleaseError` if it doesn't stop, or isn't drained in time.
        """
        waiting = self.waiting
        found = waiting.until_stoppable() if self.force else waiting.until_settled()
        version = found.version or found.code_key
        if meaning(found.status).phase == "stopped":
            return f"{found.name} is {found.status} with {version}: nothing to stop"
        if self.drain:
            self._drain()
        self.say(f"stopping {version} {'by force' if self.force else 'with a snapshot'}")
        waiting.stop(force=self.force)
        waiting.until_ended()
        return f"stopped {version}. {self._state()}"

    def _state(self) -> str:
        ready = [
            each.name
            for each in listed(self.waiting.flink, self.waiting.application)
            if each.status == "READY"
        ]
        if not ready:
            return "No snapshot exists: stocktrading release start starts it without state"
        again = "" if not self.force else ", and trades since then are read again"
        return f"stocktrading release start continues from {ready[-1]}{again}"

    def _drain(self) -> None:
        began = self.clock()
        self.say(f"waiting until the trades that arrived before {began:%H:%M:%S} are read")
        waited = 0.0
        while (read := read_until(self.workload, began, self.clock())) is None or read < began:
            if waited >= DRAIN_SECONDS:
                known = f"read until {read:%H:%M:%S}" if read else "no metric of a read"
                message = (
                    f"{self.waiting.application} has not read the trades from before "
                    f"{began:%H:%M:%S} after {waited:g} s ({known}). Nothing was stopped"
                )
                raise ReleaseError(message)
            self.waiting.sleep(self.waiting.poll_seconds)
            waited += self.waiting.poll_seconds
