"""Sources that are polled at intervals. Each has one thread, whatever the number of open pages."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from board.aws_errors import explain
from common.loop import Loop

BACKOFF_SECONDS: Final = 15.0
"""The longest pause between two polls of a source that gives no answer."""

CALL_SECONDS: Final = 2.0
"""How long a call may take before the data is old."""


@dataclass(frozen=True, slots=True)
class Health:
    """How fresh a source's data is. Each panel shows this."""

    age: float | None
    """Seconds since the last answer. None before the first."""
    error: str | None
    """The reason in one line if the last poll failed, else None."""
    limit: float
    """Seconds after which the data is old."""

    @property
    def fresh(self) -> bool:
        """Whether the data shows the current state."""
        return self.age is not None and self.age <= self.limit

    @property
    def waiting(self) -> bool:
        """Whether there is no answer yet, and no poll has failed."""
        return self.age is None and self.error is None


class Feed:
    """Calls `poll` every `interval` seconds until `stop`.

    A failure is recorded, and the call repeated.
    """

    def __init__(
        self,
        name: str,
        poll: Callable[[], None],
        *,
        interval: float,
        pace: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set the feed's source. `start` begins to poll.

        `pace` below 1 polls more often, and sooner again after a failure.
        """
        self._poll = poll
        self._interval = interval * pace
        self._longest = max(BACKOFF_SECONDS, interval) * pace
        self._clock = clock
        self._answered: float | None = None
        self._error: str | None = None
        self._failures = 0
        self._loop = Loop(f"board-{name}", self.step)

    def start(self) -> None:
        """Begin to poll."""
        self._loop.start()

    def stop(self) -> None:
        """Stop polling. A running call is not waited for."""
        self._loop.end()

    def health(self) -> Health:
        """Return how fresh the data is.

        It is old after three intervals and a few seconds for the call.
        """
        age = None if self._answered is None else self._clock() - self._answered
        return Health(age, self._error, limit=3 * self._interval + CALL_SECONDS)

    def step(self) -> float:
        """Poll once, and return the seconds until the next poll."""
        try:
            self._poll()
        except Exception as error:  # noqa: BLE001 -- the page shows any error and goes on
            self._failures += 1
            self._error = explain(error)
            return min(self._interval * 2 ** min(self._failures, 8), self._longest)
        self._answered, self._error, self._failures = self._clock(), None, 0
        return self._interval
