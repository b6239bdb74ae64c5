"""What a person sees while the demo runs: a live table on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from common.loop import Loop
from local.watch import Seen

if TYPE_CHECKING:
    from rich.console import RenderableType

    from local.watch import Arrival
    from terminal.console import Terminal

ROWS: Final = 15
"""Results in the live table: three windows of five tickers."""

SILENCE_SECONDS: Final = 8
"""How long nothing may be shown before it is said what goes on."""

REFRESH: Final = 2
"""How often a second the table is drawn anew."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What there is to show at one moment."""

    seen: Seen
    sent: int = 0
    """Trades that the simulator has sent."""
    job: str = "STARTING"
    """State of the application's job."""
    restarts: int = 0
    """How often the job was restarted."""
    trouble: str | None = None
    """Why, the last time."""
    web_ui: str | None = None
    """Address of Flink's web UI."""


@dataclass
class View:
    """Shows moments on a console from `__enter__` to `__exit__`."""

    console: Terminal
    spoke: float = field(default_factory=time.monotonic, init=False)
    """When something was last shown."""
    _live: Live | None = field(default=None, init=False)
    _shown: int = field(default=0, init=False)

    def __enter__(self) -> Self:
        """Take over the lower part of a terminal."""
        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=REFRESH, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        if self._live:
            self._live.stop()

    def show(self, moment: Moment) -> None:
        """Show what is new."""
        if self._live:
            self.spoke = time.monotonic()
            self._live.update(draw(moment, time.time()))
            return
        for arrival in moment.seen.results[self._shown :]:
            self.say(describe(arrival))
        self._shown = len(moment.seen.results)

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.spoke = time.monotonic()
        self.console.message(text)


class Steps:
    """Says what took how long, since the beginning, and what goes on where nothing else is said."""

    def __init__(self, view: View, begun: float | None = None) -> None:
        """Begin now, or at a time in seconds since the epoch."""
        self._view = view
        self._begun = time.time() if begun is None else begun
        self._before = Moment(seen=Seen())
        self._loop = Loop("steps", self._break_silence)
        self.doing = "starting"
        """What goes on."""

    def __enter__(self) -> Self:
        """Begin to say what goes on."""
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Say it no more."""
        self._loop.stop()

    def _break_silence(self) -> None:
        silent = not self._loop.wait(1) and time.monotonic() - self._view.spoke > SILENCE_SECONDS
        if silent:
            self.done(f"still {self.doing}")

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.time() - self._begun

    def done(self, what: str) -> None:
        """Say that a step is done."""
        self._view.say(f"{self.seconds:6.1f} s  {what}")

    def follow(self, moment: Moment) -> None:
        """Say what has changed since the moment before."""
        before, self._before = self._before, moment
        if moment.web_ui and moment.web_ui != before.web_ui:
            self.done(f"Flink's web UI at {moment.web_ui}")
        if moment.job not in {before.job, "STOPPED"}:  # at first nothing is known of it
            self.done(f"the job is {moment.job}")
        if moment.restarts > before.restarts:
            self.done(f"the job was restarted: {moment.trouble}")
        if moment.seen.results and not before.seen.results:
            self.done(f"first result: {describe(moment.seen.results[0])}")


def describe(arrival: Arrival) -> str:
    """Write a result in one line."""
    result = arrival.result
    highest, trades = result.measures["max_price"], result.measures.get("trades", 0)
    return (
        f"{_window_end(result.key.end)}  {result.key.ticker:<8}  "
        f"highest {highest:>9.2f}  {trades:>6} trades  "
        f"{arrival.behind:5.1f} s behind"
    )


def draw(moment: Moment, now: float) -> RenderableType:
    """Draw the newest results, and the counts below them."""
    table = Table(title="Highest price of the last minute", title_justify="left")
    for name in ("window's end (UTC)", "ticker"):
        table.add_column(name)
    for name in ("highest", "trades", "behind", "ago"):
        table.add_column(name, justify="right")
    newest = sorted(moment.seen.results, key=lambda each: (-each.result.key.end, each.result.key))
    for arrival in newest[:ROWS]:
        result = arrival.result
        table.add_row(
            _window_end(result.key.end),
            Text(result.key.ticker),
            f"{result.measures['max_price']:.2f}",
            f"{result.measures.get('trades', 0):,}",
            f"{arrival.behind:.1f} s",
            f"{now - arrival.at:.0f} s",
        )
    return Group(table, *(Text(line) for line in count(moment)))


def count(moment: Moment) -> list[str]:
    """Write the counts of a moment in lines."""
    seen = moment.seen
    letters = sum(seen.dead_letters.values())
    return [
        (
            f"{moment.sent:,} trades sent, {len(seen.results):,} results, "
            f"{letters:,} dead letters, {seen.objects:,} objects in S3"
        ),
        f"dead letters: {by_name(seen.dead_letters)}",
        f"job {moment.job}; Flink's web UI: {moment.web_ui or 'not up yet'}",
    ]


def by_name(counts: Mapping[str, int]) -> str:
    """Write counts as `late 3, not_json 1`."""
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items())) or "none"


def _window_end(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S")
