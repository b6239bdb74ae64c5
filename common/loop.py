"""A thread that calls a function again and again until it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self


class Loop:
    """Calls a function on its own thread, from `start` to `stop` or in a `with` block."""

    def __init__(self, name: str, step: Callable[[], float | None], pause: float = 0.0) -> None:
        """Set the loop's options. This starts nothing.

        Args:
            name: Name of the thread.
            step: The function to call again and again. It may return the seconds until the next
                call. It must handle its own errors, because an error ends the loop.
            pause: Seconds between two calls if the step returns None.
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
        """Start the thread. The first call is made at once."""
        self._thread.start()

    def end(self) -> None:
        """Make no further call. Don't wait for a call in progress."""
        self._ended.set()

    def stop(self) -> None:
        """Make no further call, and wait for a call in progress."""
        self.end()
        self._thread.join()

    def join(self, seconds: float) -> bool:
        """Wait at most this long for the thread to end. Return whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait at most this long, for use in a step. Return whether the loop must end."""
        return self._ended.wait(seconds)

    def _run(self) -> None:
        while not self._ended.is_set():
            pause = self._step()
            self._ended.wait(self._pause if pause is None else pause)
