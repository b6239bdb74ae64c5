"""The output of the running demo: a live table on a terminal, else plain lines."""

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
from local.live_recount import Seen

if TYPE_CHECKING:
    from rich.console import RenderableType

    from local.live_recount import Arrival
    from terminal.console import Terminal

ROWS: Final = 15
"""Results in the live table: three windows of five tickers."""

SILENCE_SECONDS: Final = 8
"""After this many seconds without output, the current step is printed."""

REFRESH: Final = 2
"""How many times a second the table is drawn."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The state to show at one moment."""

    seen: Seen
    sent: int = 0
    """Trades that the simulator has sent."""
    job: str = "STARTING"
    """State of the application's job."""
    restarts: int = 0
    """Number of the job's restarts."""
    trouble: str | None = None
    """Reason of the last restart."""
    web_ui: str | None = None
    """Address of Flink's web UI."""


@dataclass
class View:
    """Shows moments on a console from `__enter__` to `__exit__`."""

    console: Terminal
    spoke: float = field(default_factory=time.monotonic, init=False)
    """Time of the last output."""
    _live: Live | None = field(default=None, init=False)
    _shown: int = field(default=0, init=False)

    def __enter__(self) -> Self:
        """Start the live table."""
        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=REFRESH, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the live table."""
        if self._live:
            self._live.stop()

    def show(self, moment: Moment) -> None:
        """Show a new state."""
        if self._live:
            self.spoke = time.monotonic()
            self._live.update(draw(moment, time.time()))
            return
        for arrival in moment.seen.results[self._shown :]:
            self.say(describe(arrival))
        self._shown = len(moment.seen.results)

    def say(self, text: str) -> None:
        """Print a line above the live table."""
        self.spoke = time.monotonic()
        self.console.message(text)


class Steps:
    """Prints each finished step with its time, and the current step if there is no other output."""

    def __init__(self, view: View, begun: float | None = None) -> None:
        """Count from now, or from a time in seconds since the epoch."""
        self._view = view
        self._begun = time.time() if begun is None else begun
        self._before = Moment(seen=Seen())
        self._loop = Loop("steps", self._break_silence)
        self.doing = "starting"
        """The current step."""

    def __enter__(self) -> Self:
        """Start printing the current step."""
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop printing the current step."""
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
        """Print that a step is done."""
        self._view.say(f"{self.seconds:6.1f} s  {what}")

    def follow(self, moment: Moment) -> None:
        """Print the changes since the previous state."""
        before, self._before = self._before, moment
        if moment.web_ui and moment.web_ui != before.web_ui:
            self.done(f"Flink's web UI at {moment.web_ui}")
        if moment.job not in {before.job, "STOPPED"}:  # STOPPED also means that it isn't known yet
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
    """Draw the newest results with the counts below them."""
    table = Table(title="Highest price of the last minute", title_justify="left")
    for name in ("window's end (UTC)", "ticker"):
        table.add_column(name)
    for name in ("highest", "trades", "behind", "ago"):
        table.add_column(name, justify="right")
    results = moment.seen.results
    shortest = min((each.result.key.length for each in results), default=0)
    shown = [each for each in results if each.result.key.length == shortest]
    newest = sorted(shown, key=lambda each: (-each.result.key.end, each.result.key))
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
    """Write the counts as lines."""
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
