"""The output of a run: progress while it runs, and at its end a table or one JSON object."""

import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.live import Live
from rich.table import Table
from rich.text import Text

from simulator.stats import Summary
from terminal.console import Terminal, stderr

PLAIN_SECONDS: Final = 5
"""Seconds between two lines of progress if the output is not a terminal."""


@contextmanager
def progress(snapshot: Callable[[], Summary], console: Terminal | None = None) -> Generator[None]:
    """Show the counts on standard error while the body runs. On a terminal, one line is updated."""
    console = console or stderr()
    if console.is_terminal:
        meter = _Meter(snapshot)
        with Live(get_renderable=meter.line, console=console, refresh_per_second=4, transient=True):
            yield
        return
    meter = _Meter(snapshot)
    ended = threading.Event()

    def lines() -> None:
        while not ended.wait(PLAIN_SECONDS):
            sys.stderr.write(f"{meter.line().plain}\n")

    thread = threading.Thread(target=lines, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _Meter:
    """A line of progress, with the rate since the previous line."""

    def __init__(self, snapshot: Callable[[], Summary]) -> None:
        self._snapshot = snapshot
        self._before = snapshot()
        self._rate = 0.0

    def line(self) -> Text:
        now = self._snapshot()
        elapsed = now.seconds - self._before.seconds
        if elapsed >= 1:
            self._rate = (now.accepted - self._before.accepted) / elapsed
            self._before = now
        text = Text(f"{now.seconds:6.0f} s  sent {now.sent:,}  accepted {now.accepted:,}  ")
        text.append(f"failed {now.failed:,}", style="bold red" if now.failed else "")
        text.append(f"  retried {now.retried:,}  throttled {now.throttled:,}  {self._rate:,.0f}/s")
        return text


def as_table(summary: Summary, more: Mapping[str, int]) -> Table:
    """Give a run's counts as a table. `more` are counts of the trades' source, by name."""
    table = _table()
    for name in ("sent", "accepted", "failed", "retried", "throttled", "records", "requests"):
        count: int = getattr(summary, name)
        table.add_row(name, f"{count:,}", style="bold red" if name == "failed" and count else "")
    table.add_row("seconds", f"{summary.seconds:,.1f}")
    table.add_row("accepted a second", f"{summary.rate:,.0f}")
    _add_counts(table, more)
    for code, count in sorted(summary.errors.items()):
        table.add_row(f"refused: {code}", f"{count:,}")
    return table


def counts_table(counts: Mapping[str, int]) -> Table:
    """Give counts as a table of the same form."""
    table = _table()
    _add_counts(table, counts)
    return table


def _table() -> Table:
    table = Table(title="Trades", show_header=False, title_justify="left")
    table.add_column(justify="left")
    table.add_column(justify="right")
    return table


def _add_counts(table: Table, counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")


def as_json(summary: Summary, stream: str, **more: object) -> dict[str, object]:
    """Give a run's counts for programs. `more` are added to them."""
    counts = {
        **vars(summary),  # asdict would copy a Counter wrongly
        "seconds": round(summary.seconds, 3),
        "rate": round(summary.rate, 1),
    }
    return {"stream": stream, **counts, **more}
