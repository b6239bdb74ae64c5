"""When each trade of a file is sent, and how it is dated then."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from simulator.clock import CHUNK_MAX, LAG_MAX_MS, SPAN_MS, TICK_MS
from simulator.errors import OptionError
from simulator.file.trades import FileTrade
from simulator.trades import Partition, Record


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a file is sent. Raises `OptionError` for a value out of its range."""

    speed: float = 1.0
    """How many times faster than the file's own times. Used if there is no rate."""
    rate: float | None = None
    """Trades a second, whatever their times are. 0: as many as the stream takes."""
    shift: bool = False
    """Whether each trade is dated when it is sent, instead of by its time in the file."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 < self.speed < float("inf"):
            raise OptionError(option="--speed", given=self.speed, allowed="above 0")
        if self.rate is not None and not 0 <= self.rate < float("inf"):
            raise OptionError(option="--rate", given=self.rate, allowed="0 or more")


class Schedule:
    """Gives the place of each trade in a run, one after the other in the order of the file."""

    def __init__(self, pace: Pace) -> None:
        """Begin a run."""
        self._pace = pace
        self._first: int | None = None
        self._number = 0
        self._due = 0.0

    def place(self, time: int) -> tuple[float, float]:
        """Give when the next trade is sent, and its date: milliseconds after the run's begin.

        Without shift, the date is the trade's own time, in milliseconds since the epoch. A trade is
        never sent before the trades above it in the file. With shift it keeps its distance in time
        from them, divided by the speed, also if it is out of order.
        """
        if self._first is None:
            self._first = time
        if self._pace.rate is None:
            own = (time - self._first) / self._pace.speed
            self._due = max(self._due, own)
        else:
            own = self._number * 1000 / self._pace.rate if self._pace.rate else 0.0
            self._due = own
        self._number += 1
        return self._due, own if self._pace.shift else time


def wall_clock() -> int:
    """Give the time now, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def paced(  # noqa: PLR0913 -- keywords, each with a default
    trades: Iterable[FileTrade],
    pace: Pace,
    *,
    partition: Partition,
    stop: threading.Event,
    span_ms: int = SPAN_MS,
    now_ms: Callable[[], int] = wall_clock,
) -> Iterator[list[Record]]:
    """Give the records of a run in chunks, each when it is due, until `stop` is set.

    If the stream holds the run up for more than `LAG_MAX_MS`, what is left comes that much later:
    it isn't sent faster. A chunk spans at most a quarter of `span_ms` of event time.
    """
    schedule, begin = Schedule(pace), now_ms()
    chunk: list[Record] = []
    newest: int | None = None
    for trade in trades:
        due, date = schedule.place(trade.time)
        if begin + due > now_ms():
            if chunk:
                yield chunk
                chunk = []
            _wait(lambda at=begin + due: at - now_ms(), stop)
        if stop.is_set():
            break
        behind = now_ms() - begin - due
        if behind > LAG_MAX_MS:
            begin += int(behind)
        dated = int(begin + date) if pace.shift else trade.time
        newest = dated if newest is None else max(newest, dated)
        if chunk and (len(chunk) == CHUNK_MAX or newest - chunk[0].time > span_ms / 4):
            yield chunk
            chunk = []
        key = trade.ticker if partition == "ticker" else f"{trade.line:x}"
        chunk.append(Record(trade.dated(dated), key, newest))
    if chunk:
        yield chunk


def _wait(left_ms: Callable[[], float], stop: threading.Event) -> None:
    """Wait for at least a tick, so that a chunk holds more than one trade."""
    while (left := left_ms()) > 0 and not stop.is_set():
        stop.wait(max(left, TICK_MS) / 1000)
