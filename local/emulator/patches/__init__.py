"""Patches that are installed in the emulator's process, with one module for each service.

The docstring of a module describes each patch: what AWS does, what the emulator (ministack 1.5.33)
does, and which test of `tests/local/emulator/test_gaps.py` fails when a newer emulator no longer
needs the patch. The tests run against an emulator without patches.

ministack has no public hook for most patches, so the modules replace functions whose names begin
with an underscore. `local/emulator/front.py` changes what can be changed in front of the emulator,
and needs no patch.
"""

import time
from collections.abc import Callable
from typing import Any, TypeAlias

Module: TypeAlias = Any
"""A module of the emulator. The emulator's modules have no types."""


def seldom(clean: Callable[[], None], seconds: float) -> Callable[[], None]:
    """Call a function that removes old entries at most once in so many seconds."""
    due = 0.0

    def clean_seldom() -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + seconds
            clean()

    return clean_seldom
