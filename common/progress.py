"""Whether something that takes its time still gets on, and how busy the machine is."""

import os
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Final

BUSY: Final = 2
"""Processes that wait for each core, from which on a machine is called busy."""


class Progress:
    """Watches a mark of how far something is; it is stuck if the mark stays the same for too long.

    A limit on the time itself would end work on a busy machine that is only slow.
    """

    def __init__(self, mark: Callable[[], Hashable], *, patience: float) -> None:
        """Begin to watch; `patience` is in seconds."""
        self._mark = mark
        self._patience = patience
        self._last = mark()
        self._since = time.monotonic()

    @property
    def stuck(self) -> bool:
        """Whether nothing has changed for longer than the patience."""
        found = self._mark()
        if found != self._last:
            self._last, self._since = found, time.monotonic()
        return time.monotonic() - self._since > self._patience


def written(directory: Path, pattern: str = "*") -> Callable[[], int]:
    """Give a mark: the bytes of the files of a directory, such as one of logs."""

    def count() -> int:
        total = 0
        for file in directory.glob(pattern):
            try:
                total += file.stat().st_size
            except FileNotFoundError:  # a log that was rolled meanwhile
                continue
        return total

    return count


def load() -> str:
    """Give `; the machine is busy: load 25 on 2 cores` where it is, else nothing."""
    cores = os.cpu_count() or 1
    waiting = os.getloadavg()[0]
    return f"; the machine is busy: load {waiting:.0f} on {cores} cores" * (waiting > BUSY * cores)
