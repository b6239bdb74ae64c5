"""The output of a running rehearsal: finished steps, and below them the current line."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from rich.live import Live
from rich.text import Text

from local.demo.view import REFRESH
from local.pipeline.buildspec import ENTERING, MARK, RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from terminal.console import Terminal

WIDTH: Final = 110
"""Number of characters of a build's line that are shown."""


@dataclass
class RehearsalView:
    """Shows steps and builds on a console from `__enter__` to `__exit__`."""

    console: Terminal
    job: Callable[[], str] = lambda: "not there yet"
    """Gives the job's state."""
    _begun: float = field(default_factory=time.monotonic)
    _line: str = ""
    _live: Live | None = None

    def __enter__(self) -> Self:
        """Start the live lines."""
        if self.console.is_terminal:
            self._live = Live(
                console=self.console,
                get_renderable=self._draw,
                refresh_per_second=REFRESH,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the live lines."""
        if self._live:
            self._live.stop()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begun

    def done(self, what: str, style: str = "") -> None:
        """Print a finished step."""
        text = Text.assemble((f"{self.seconds:6.1f} s  ", "dim"), (what, style))
        self.console.message(text)

    def hear(self, line: str) -> None:
        """Show a line of a build. Commands are printed; any other line is shown until the next."""
        if line.startswith(RUNNING):
            self.done(f"  $ {line.removeprefix(RUNNING)}")
        elif line.startswith(ENTERING):
            self._line = line.removeprefix(MARK)
        elif line.startswith(("release ", MARK)) or not line.startswith("["):
            self._line = line

    def _draw(self) -> RenderableType:
        return Text.assemble(
            (f"{self.seconds:6.1f} s  the job is {self.job()}\n", "bold"),
            (f"          {self._line[:WIDTH]}", "dim"),
        )
