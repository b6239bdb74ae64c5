"""Patches that are installed in the emulator's process, with one module for each service.

The docstring of a module describes each patch: what AWS does, what the emulator (ministack 1.5.33)
does, and which test of `tests/local/emulator/test_gaps.py` fails when a newer emulator no longer
needs the patch. The tests run against an emulator without patches.

ministack has no public hook for most patches, so the modules replace functions whose names begin
with an underscore. `local/emulator/front.py` changes what can be changed in front of the emulator,
and needs no patch.
"""

from typing import Any, TypeAlias

Module: TypeAlias = Any
"""A module of the emulator. The emulator's modules have no types."""
