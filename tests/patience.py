"""A limit on waiting that a slow test does not reach while it makes progress."""

import os
import time
from collections.abc import Callable
from typing import Final, TypeVar

from common.progress import Progress

T = TypeVar("T")

SECONDS: Final = 120
"""Seconds without a change after which a test gives up. An idle machine needs a few."""


def wait_for(
    found: Callable[[], T],
    *,
    seconds: float = SECONDS,
    progress: Callable[[], object] = lambda: None,
) -> T:
    """Call a function until it returns a true value, and return that value.

    Fails if there is none and `progress` returns the same value for too long. Without `progress`,
    it fails after `seconds`.
    """
    patience = Patience(seconds)
    while not (value := found()):
        patience.look(progress())
        time.sleep(0.05)
    return value


class Patience:
    """Counts the seconds in which nothing has changed."""

    def __init__(self, seconds: float) -> None:
        """Set the seconds without a change after which to give up."""
        self._seconds = seconds
        self._seen: object = None
        self._progress = Progress(lambda: self._seen, patience=seconds)

    def over(self, progress: object) -> bool:
        """Take the progress of a waiting test. Return whether it was the same for too long."""
        self._seen = progress
        return self._progress.stuck

    def look(self, progress: object) -> None:
        """Take the progress of a waiting test. Fail if it was the same for too long."""
        if self.over(progress):
            message = (
                f"nothing has changed for {self._seconds:g} s, at load {os.getloadavg()[0]:.0f} "
                f"on {os.cpu_count()} cores: {progress}"
            )
            raise AssertionError(message)
