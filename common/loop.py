"""One thread that does the same thing again and again until it is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self


class Loop:
    """Calls a function from `start` to `stop`, or in a `with` block, on a thread of its own."""

    def __init__(self, name: str, step: Callable[[], float | None], pause: float = 0.0) -> None:
        """Describe the loop.

        Args:
            name: Name of the thread.
            step: Is called again and again. It may give the seconds until the next call, and must
                handle its own errors: one that it raises ends the loop.
            pause: Seconds between two calls where the step gives none.
        """
        self._step = step
        self._pause = pause
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Make the first call at once."""
        self._thread.start()

    def end(self) -> None:
        """Make no further call; a call that is under way is not waited for."""
        self._ended.set()

    def stop(self) -> None:
        """Make no further call, and wait for one that is under way."""
        self.end()
        self._thread.join()

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end, at most so long; tell whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait in a step, at most so long; tell whether the loop is to end."""
        return self._ended.wait(seconds)

    def _run(self) -> None:
        while not self._ended.is_set():
            pause = self._step()
            self._ended.wait(self._pause if pause is None else pause)
