"""The result of one check, and the table of all. It needs only the standard library."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

Outcome = Literal["ok", "missing", "advice", "not told"]
"""`missing`: a command would fail. `advice`: it would not. `not told`: it can't be checked."""

COLOURS: Final = {"ok": 32, "missing": 31, "advice": 33, "not told": 2}
WIDTH: Final = 100
"""Columns of the table, if the terminal isn't narrower."""


@dataclass(frozen=True)
class Check:
    """What was checked, what was found, and what a person does about it."""

    what: str
    state: Outcome
    found: str
    do: str = ""


def ready(checks: Iterable[Check]) -> bool:
    """Whether nothing is missing."""
    return all(check.state != "missing" for check in checks)


def as_json(checks: Sequence[Check]) -> dict[str, object]:
    """Give the result for programs."""
    return {"ready": ready(checks), "checks": [asdict(check) for check in checks]}


def table(checks: Sequence[Check], *, colours: bool) -> str:
    """Give a line for each check, and below it what to do, if anything."""
    columns = min(WIDTH, shutil.get_terminal_size((WIDTH, 1)).columns)
    wide = max((len(check.what) for check in checks), default=0)
    marks = max(map(len, COLOURS))
    lines: list[str] = []
    for check in checks:
        mark = f"{check.state:{marks}}"
        shown = f"\033[{COLOURS[check.state]}m{mark}\033[0m" if colours else mark
        indent = " " * (wide + marks + 4)
        first, *rest = textwrap.wrap(check.found, columns - len(indent)) or [""]
        lines += [f"{check.what:{wide}}  {shown}  {first}", *(indent + line for line in rest)]
        lines += [
            (indent + ("-> " if at == 0 else "   ") + line)
            for at, line in enumerate(
                textwrap.wrap(
                    check.do,
                    columns - len(indent) - 3,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
            )
        ]
    return "\n".join(lines)
