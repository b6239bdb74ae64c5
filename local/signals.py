"""Ctrl-C and SIGTERM for a command that must finish some work before it exits."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final, Self, TypeAlias

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | signal.Handlers | None


class Stop:
    """Handles the signals of a command.

    While `orderly` is true, the first signal only requests the end. Any other signal raises
    `KeyboardInterrupt`. After `deafen` signals are ignored, so that they can't interrupt the
    cleanup.
    """

    def __init__(self) -> None:
        """Begin with no request, and with `orderly` false."""
        self._asked = threading.Event()
        self._before: list[_Handler] = []
        self.orderly = False

    def __enter__(self) -> Self:
        """Install the signal handlers. Only the main thread may do this."""
        self._before = [signal.signal(number, self._hear) for number in SIGNALS]
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the earlier signal handlers."""
        for number, handler in zip(SIGNALS, self._before, strict=True):
            signal.signal(number, handler)

    def deafen(self) -> None:
        """Ignore signals from now on."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def asked(self, seconds: float) -> bool:
        """Wait for at most this long. Return whether the end was requested."""
        return self._asked.wait(seconds)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if not self.orderly or self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
