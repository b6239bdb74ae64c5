"""Ctrl-C and SIGTERM for a command that has something to finish before it ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final, Self, TypeAlias

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | signal.Handlers | None


class Stop:
    """While `orderly`, the first signal only asks for the end; any other is `KeyboardInterrupt`.

    After `deafen` none is heard: what is cleaned up then is not to be broken off halfway.
    """

    def __init__(self) -> None:
        """Nothing was asked for yet, and there is nothing to finish yet."""
        self._asked = threading.Event()
        self._before: list[_Handler] = []
        self.orderly = False

    def __enter__(self) -> Self:
        """Listen; only the main thread may."""
        self._before = [signal.signal(number, self._hear) for number in SIGNALS]
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signals to whom they were left before."""
        for number, handler in zip(SIGNALS, self._before, strict=True):
            signal.signal(number, handler)

    def deafen(self) -> None:
        """Hear no signal any more."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def asked(self, seconds: float) -> bool:
        """Wait so long at most, and tell whether the end was asked for."""
        return self._asked.wait(seconds)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if not self.orderly or self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
