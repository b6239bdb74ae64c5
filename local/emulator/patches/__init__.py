"""What is added to the emulator in its own process, a module a service.

Each module's docstring says, for each thing that it adds, what AWS does, what the emulator
(ministack 1.5.33) does, and which test of `tests/local/emulator/test_gaps.py` notices that a newer
emulator does it itself. That test asks an emulator without any of this.

ministack has no public hook for most of it, so these modules replace functions whose names begin
with an underscore. What can be done in front of the emulator needs none: `local/emulator/front.py`.
"""

from typing import Any, TypeAlias

Module: TypeAlias = Any
"""A module of the emulator; none has types."""
