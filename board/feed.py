"""Sources that are asked at intervals, each by a thread of its own, however many pages are open."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from board.aws_errors import explain

BACKOFF_SECONDS: Final = 15.0
"""Longest pause between two attempts at a source that gives no answer."""


@dataclass(frozen=True, slots=True)
class Health:
    """How fresh a source's data is: what each panel says of itself."""

    age: float | None
    """Seconds since the last answer; None before the first."""
    error: str | None
    """Why the last attempt failed, in one line; None where it did not."""
    limit: float
    """Seconds after which data is old."""

    @property
    def fresh(self) -> bool:
        """Whether what is shown may be taken for the present."""
        return self.age is not None and self.age <= self.limit

    @property
    def waiting(self) -> bool:
        """Whether the first answer is still to come, and nothing has failed."""
        return self.age is None and self.error is None


class Feed:
    """Calls `poll` every `interval` seconds until `stop`; a failure is noted, and tried again."""

    def __init__(
        self,
        name: str,
        poll: Callable[[], None],
        *,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Describe the feed; `start` begins."""
        self._poll = poll
        self._interval = interval
        self._clock = clock
        self._answered: float | None = None
        self._error: str | None = None
        self._failures = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"board-{name}", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; a call that is under way is not waited for."""
        self._ended.set()

    def health(self) -> Health:
        """Tell how fresh the data is: old after three intervals, and a few seconds for the call."""
        age = None if self._answered is None else self._clock() - self._answered
        return Health(age, self._error, limit=3 * self._interval + 2)

    def step(self) -> float:
        """Ask once; give the seconds to wait until the next time."""
        try:
            self._poll()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it and goes on
            self._failures += 1
            self._error = explain(error)
            longest = max(BACKOFF_SECONDS, self._interval)
            return min(self._interval * 2 ** min(self._failures, 8), longest)
        self._answered, self._error, self._failures = self._clock(), None, 0
        return self._interval

    def _run(self) -> None:
        while not self._ended.wait(self.step()):
            pass
