"""Prints a command's result for a program. Every `--json` goes through this module."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

Checks = Callable[[str, Mapping[str, Any]], None]

CHECKS: list[Checks] = []
"""Called with each answer before it is printed. The tests add a check against the schemas."""


def answer(command: str, value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line of stdout. `command` is a key of `ANSWERS`."""
    for check in CHECKS:
        check(command, value)
    sys.stdout.write(f"{as_line(value)}\n")


def as_line(value: object) -> str:
    """Write JSON that is safe on a terminal: control characters are escapes, also DEL."""
    return json.dumps(value).replace("\x7f", "\\u007f")
