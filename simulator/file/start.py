"""The objects that `stocktrading send` makes from its options, and what it says before it sends."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from common.words import counted
from simulator.errors import OptionError
from simulator.file.check import Check, check
from simulator.file.errors import BadRow
from simulator.file.pace import Pace, paced, wall_clock
from simulator.file.times import TimeReader, write_time
from simulator.file.trades import FileTrade, TradeFile
from simulator.trades import Partition, Record
from terminal.console import stderr


@dataclass(kw_only=True)
class Source:
    """A file, and how it is sent. It is read twice: by `check`, then by `chunks`."""

    file: TradeFile
    pace: Pace
    sort: bool = False
    begin: int = field(default_factory=wall_clock)
    """Time of the check, in milliseconds since the epoch."""
    _sorted: list[FileTrade] = field(default_factory=list[FileTrade], init=False, repr=False)

    def check(self, show: int) -> Check:
        """Read the whole file. Keep at most `show` bad rows. Raises `FileError`."""
        rows = self._rows()
        if self.sort:
            rows = self._in_order(rows)
        return check(rows, self.pace, self.begin, show)

    def chunks(self, partition: Partition, stop: threading.Event) -> Iterator[list[Record]]:
        """Give the good trades as records, each chunk when it is due. Raises `FileError`."""
        if self.sort:
            return paced(self._sorted, self.pace, partition=partition, stop=stop)
        good = (row for row in self._rows() if isinstance(row, FileTrade))
        return paced(good, self.pace, partition=partition, stop=stop)

    def _rows(self) -> Iterator[FileTrade | BadRow]:
        return self.file.read(None if self.pace.shift else self.begin)

    def _in_order(self, rows: Iterator[FileTrade | BadRow]) -> Iterator[FileTrade | BadRow]:
        for row in rows:
            if isinstance(row, BadRow):
                yield row
            else:
                self._sorted.append(row)
        self._sorted.sort(key=lambda trade: trade.time)
        yield from self._sorted


def pace(speed: float | None, rate: float | None, *, shift: bool) -> Pace:
    """Give the pace that the options name. Raises `OptionError` if they name two."""
    if speed is not None and rate is not None:
        raise OptionError(option="--rate", given="both this and --speed", allowed="one of them")
    return Pace(speed=1.0 if speed is None else speed, rate=rate, shift=shift)


def times(form: str | None, zone: str) -> TimeReader:
    """Give the reader of the times. Raises `OptionError` for an unknown format or zone."""
    try:
        found = ZoneInfo(zone)
    except (OSError, ValueError, KeyError) as error:  # what ZoneInfo raises for various texts
        allowed = "a name such as Europe/London or America/New_York"
        raise OptionError(option="--time-zone", given=repr(zone), allowed=allowed) from error
    return TimeReader(form, found)


def examine(source: Source, show: int) -> Check:
    """Check a file, and say on standard error what is in it and what is wrong."""
    console, path = stderr(), source.file.path
    console.message(f"checking {path}")
    found = source.check(show)
    for line in found.bad_lines(path):
        console.message(line, style="red")
    if found.first is not None and found.last is not None:
        form = source.file.times.form
        read = f", read as {form}" if form else ""
        first, last = write_time(found.first), write_time(found.last)
        console.message(
            f"{counted(found.good, 'trade')} from {first} to {last}{read}; "
            f"sending takes about {timedelta(seconds=round(found.seconds))}"
        )
    for line in found.warnings():
        console.message(f"warning: {line}", style="yellow")
    return found
