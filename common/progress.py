"""Whether a slow task still makes progress, and how busy the machine is."""

import os
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Final

BUSY: Final = 2
"""A machine counts as busy if its load is above this number for each core."""


class Progress:
    """Watches a value that changes with progress. A task is stuck if it stays the same too long.

    A limit on the whole time would also end a task that is only slow on a busy machine.
    """

    def __init__(self, mark: Callable[[], Hashable], *, patience: float) -> None:
        """Start watching. `mark` gives the value. `patience` is in seconds."""
        self._mark = mark
        self._patience = patience
        self._last = mark()
        self._since = time.monotonic()

    @property
    def stuck(self) -> bool:
        """Whether the value has been the same for longer than the patience."""
        found = self._mark()
        if found != self._last:
            self._last, self._since = found, time.monotonic()
        return time.monotonic() - self._since > self._patience


def written(directory: Path, pattern: str = "*") -> Callable[[], int]:
    """Give a mark for `Progress`: the total size of a directory's files, in bytes."""

    def count() -> int:
        total = 0
        for file in directory.glob(pattern):
            try:
                total += file.stat().st_size
            except FileNotFoundError:  # a log that was rotated meanwhile
                continue
        return total

    return count


def load() -> str:
    """Give `; the machine is busy: load 25 on 2 cores` if it is busy, else an empty text."""
    cores = os.cpu_count() or 1
    waiting = os.getloadavg()[0]
    return f"; the machine is busy: load {waiting:.0f} on {cores} cores" * (waiting > BUSY * cores)
