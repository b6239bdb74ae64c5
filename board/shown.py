"""What the parts of the page are given: the figures, a person's choice, and a way to change it.

Data flows one way. A snapshot and a choice go to each part, which shows them. A part that a person
uses asks for another choice, and all parts are shown again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from board.choice import Choice
from board.model import View
from board.monitor import Snapshot
from board.palette import Lines

Choose: TypeAlias = Callable[[Callable[[Choice], Choice]], None]
"""Asks for another choice, made from the current one."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Everything that the page shows at one moment."""

    snapshot: Snapshot
    choice: Choice
    lines: Lines
    """The tickers that the chart draws."""

    @property
    def view(self) -> View:
        """The figures of the streams."""
        return self.snapshot.view


Update: TypeAlias = Callable[[Shown], None]
"""Shows something in a part of the page."""
