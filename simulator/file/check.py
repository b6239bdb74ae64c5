"""The check of a whole file before the first trade is sent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from common.words import counted
from oracle.verdict import Rules
from simulator.file.errors import BadRow
from simulator.file.pace import Pace, Schedule
from simulator.file.times import write_time
from simulator.file.trades import FileTrade

DELAY_MS: Final = Rules().watermark_delay_seconds * 1000
"""The job's `WatermarkDelaySeconds` by default. A trade that is further behind is late."""

GUIDE: Final = "see docs/how-to/count-historic-trades.md"


@dataclass(kw_only=True)
class Check:
    """What a file holds."""

    good: int = 0
    """Number of trades that can be sent."""
    bad: Counter[str] = field(default_factory=Counter[str])
    """Number of bad rows by reason."""
    shown: list[BadRow] = field(default_factory=list[BadRow])
    """The first bad rows."""
    first: int | None = None
    last: int | None = None
    """Lowest and highest time in the file, in milliseconds since the epoch."""
    old: int = 0
    """Number of trades that are dated too long before they are sent to count in a live stream."""
    disordered: int = 0
    """Number of trades that are too far behind a trade above them in the file."""
    seconds: float = 0
    """How long sending takes at the chosen pace, if the stream takes everything at once."""

    @property
    def rows(self) -> int:
        """Number of rows in the file."""
        return self.good + self.bad.total()

    def warnings(self) -> Iterator[str]:
        """Give a line for each reason why trades would be late, with what to do."""
        if self.disordered:
            yield (
                f"{self.disordered:,} of {self.good:,} trades are more than {DELAY_MS // 1000} s "
                "older than a trade above them in the file: they can be late, and late trades "
                "count in no window. Add --sort"
            )
        if 2 * self.old > self.good:
            yield (
                f"{self.old:,} of {self.good:,} trades are dated more than {DELAY_MS // 1000} s "
                "before they are sent. On a stream that has newer trades they are all late: dead "
                "letters that count in no window. To date them when they are sent, add "
                "--shift-to-now. To count them at their own times, use stocktrading history count; "
                f"{GUIDE}"
            )

    def bad_lines(self, path: Path) -> Iterator[str]:
        """Give a line for each bad row that is shown, and one with the number of the others."""
        for row in self.shown:
            yield f"{path}:{row.line}: {row.reason}: {row.detail}"
        if more := self.bad.total() - len(self.shown):
            yield f"{path}: {counted(more, 'more bad row')}; --show-bad shows more of them"

    def refusal(self, bad_rows: Literal["stop", "report"]) -> str | None:
        """Say why nothing is sent. None if the trades can be sent."""
        if self.bad and bad_rows == "stop":
            remedy = "mend them, or send the other rows with --bad-rows report"
            return f"nothing was sent, because of {counted(self.bad.total(), 'bad row')}: {remedy}"
        return None if self.good else "nothing was sent, because there are no trades"

    def as_rows(self) -> dict[str, int]:
        """Give the counts by their name in the summary."""
        bad = {f"bad row: {reason}": count for reason, count in sorted(self.bad.items())}
        return {"rows in the file": self.rows, "trades in the file": self.good, **bad}

    def as_json(self) -> dict[str, Any]:
        """Give everything but the shown rows, as plain values."""
        return {
            "rows": self.rows,
            "good": self.good,
            "bad": dict(self.bad),
            "first": None if self.first is None else write_time(self.first),
            "last": None if self.last is None else write_time(self.last),
            "old": self.old,
            "disordered": self.disordered,
            "seconds": round(self.seconds, 3),
        }


def check(rows: Iterable[FileTrade | BadRow], pace: Pace, begin: int, show: int) -> Check:
    """Go through a file as if it were sent from `begin` on, in milliseconds since the epoch.

    At most `show` bad rows are kept.
    """
    found, schedule = Check(), Schedule(pace)
    newest: float | None = None
    for row in rows:
        if isinstance(row, BadRow):
            found.bad[row.reason] += 1
            if len(found.shown) < show:
                found.shown.append(row)
            continue
        due, date = schedule.place(row.time)
        dated = begin + date if pace.shift else date
        found.good += 1
        found.old += begin + due - dated > DELAY_MS
        found.disordered += newest is not None and newest - dated > DELAY_MS
        found.first = row.time if found.first is None else min(found.first, row.time)
        found.last = row.time if found.last is None else max(found.last, row.time)
        found.seconds = due / 1000
        newest = dated if newest is None else max(newest, dated)
    return found
