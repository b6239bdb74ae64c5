"""The figures that the page shows of the streams, computed from the records. Pure.

Times are milliseconds since the epoch. The caller passes the current time.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from board.records import DeadLetter, Result

KEPT: Final = 15 * 60_000
"""The arrival time that is kept of trades and dead letters."""

RESULTS_KEPT: Final = 3_600_000
"""The event time that is kept of results."""

POINTS: Final = 50_000
"""The largest number of results that are kept. The oldest windows are dropped first."""

STALLED: Final = 60_000
"""If a window is overdue for longer than this, the results are reported as stalled."""

LETTERS: Final = 20
"""The number of last dead letters that are kept for the list."""

BUCKETS, BUCKET_SECONDS = 60, 5
"""The number and length of a history's buckets, which cover five minutes."""

RATE_SECONDS: Final = 10
"""A rate is over this number of whole seconds."""


class Meter:
    """Counts events by the second of their arrival."""

    def __init__(self) -> None:
        """Start without events."""
        self._seconds: Counter[int] = Counter()

    def add(self, at: int, count: int = 1) -> None:
        """Count `count` events that arrived at `at`."""
        self._seconds[at // 1000] += count

    def rate(self, until: int, seconds: int = RATE_SECONDS) -> float:
        """Give events a second over the last `seconds` whole seconds before `until`."""
        last = until // 1000
        return sum(self._seconds[second] for second in range(last - seconds, last)) / seconds

    def history(self, until: int) -> list[float]:
        """Give events a second in each of the last `BUCKETS` spans, the oldest first.

        Spans are aligned to the epoch, so that a bucket's figure doesn't change as time passes.
        Spans before the first event are left out, because the board did not read then.
        """
        last = until // 1000 // BUCKET_SECONDS
        first = min(self._seconds, default=until // 1000) // BUCKET_SECONDS
        return [
            sum(self._seconds[span * BUCKET_SECONDS + each] for each in range(BUCKET_SECONDS))
            / BUCKET_SECONDS
            for span in range(max(first, last - BUCKETS), last)
        ]

    def forget(self, before: int) -> None:
        """Drop the events that arrived before a time."""
        for second in [second for second in self._seconds if second < before // 1000]:
            del self._seconds[second]

    def total(self) -> int:
        """Give the number of kept events."""
        return self._seconds.total()


@dataclass(frozen=True, slots=True)
class Row:
    """The latest result of one ticker."""

    result: Result
    before: float | None = None
    """The highest price of the previous window, if that is known."""

    @property
    def change(self) -> float | None:
        """Its highest price minus the one before."""
        return None if self.before is None else self.result.max_price - self.before


@dataclass(frozen=True, slots=True)
class View:
    """The figures of the streams at one moment."""

    now: int
    rows: Sequence[Row]
    """One row for each ticker, in alphabetical order."""
    series: Mapping[str, Sequence[Result]]
    """The results of each ticker in the order of their windows.

    `rows` and `series` stay the same objects until a result comes.
    """
    newest: int | None
    """End of the newest window."""
    behind: int | None
    """The delay of the results after a window's end, in milliseconds. See `Model.behind`."""
    overdue: bool
    """Whether the next window's results are overdue, so that the delay grows."""
    stalled: bool
    """Whether it is overdue for so long that the newest results are no longer current."""
    result_rate: float
    """Results a second over the last minute. They come in one burst for each slide."""
    trade_rate: float
    trade_history: Sequence[float]
    letter_history: Sequence[float]
    reasons: Sequence[tuple[str, int]]
    """Dead letters of the last `KEPT` by reason, the most frequent first."""
    letters: Sequence[DeadLetter]
    """The last dead letters, the newest first."""
    letter_count: int
    unreadable: int
    """Records on the two streams that are neither a result nor a dead letter."""


@dataclass
class Model:
    """Collects records in any order. After a restart a record may come twice."""

    _windows: dict[int, dict[str, Result]] = field(
        default_factory=dict[int, dict[str, Result]], repr=False
    )
    _arrivals: dict[int, int] = field(default_factory=dict[int, int], repr=False)
    _results: Meter = field(default_factory=Meter, repr=False)
    _trades: Meter = field(default_factory=Meter, repr=False)
    _letter_meter: Meter = field(default_factory=Meter, repr=False)
    _reasons: dict[str, Meter] = field(default_factory=dict[str, Meter], repr=False)
    _letters: deque[DeadLetter] = field(
        default_factory=lambda: deque[DeadLetter](maxlen=LETTERS), repr=False
    )
    _unreadable: int = 0
    _shown: tuple[list[Row], dict[str, list[Result]]] | None = field(default=None, repr=False)
    """The rows and the series, until a result comes."""
    _length: int | None = None
    """Length of the shown windows. None before the first result, and for results without it."""
    results_read: int | None = None
    """The time up to which each stream has been read. A rate is over the time before it.

    None means the current time.
    """
    letters_read: int | None = None
    trades_read: int | None = None

    def add_results(self, results: Iterable[Result | None], arrived: int) -> None:
        """Add the results of one record. A repeated result replaces the first.

        If the job has windows of several lengths, only those of the shortest are shown.
        """
        for result in results:
            if result is None:
                self._unreadable += 1
                continue
            self._results.add(arrived)
            if not self._is_shown(result):
                continue
            self._windows.setdefault(result.window_end, {})[result.ticker] = result
            first = self._arrivals.setdefault(result.window_end, arrived)
            self._arrivals[result.window_end] = min(first, arrived)
            self._shown = None
        self._evict()

    def _is_shown(self, result: Result) -> bool:
        if result.window_start is None:
            return True
        length = result.window_end - result.window_start
        if self._length is None or length < self._length:
            self._length = length
            self._windows.clear()
            self._arrivals.clear()
        return length == self._length

    def add_letters(self, letters: Iterable[DeadLetter | None], arrived: int) -> None:
        """Add the dead letters of one record. `arrived` is its time on the dead-letter stream."""
        for letter in letters:
            if letter is None:
                self._unreadable += 1
                continue
            self._letter_meter.add(arrived, letter.records)
            self._reasons.setdefault(letter.reason, Meter()).add(arrived, letter.records)
            self._letters.append(letter)

    def add_trades(self, count: int, arrived: int) -> None:
        """Count trades on the ingest stream."""
        self._trades.add(arrived, count)

    def behind(self, now: int) -> tuple[int | None, bool]:
        """Return the delay of the results in milliseconds, and whether the next one is overdue.

        The delay is the time from the newest window's end to its first result. If the time since
        the end of the next window is longer, the delay is that time. So the figure is steady while
        results come in time, and grows as soon as they don't.
        """
        if not self._windows:
            return None, False
        newest = max(self._windows)
        took = max(0, self._arrivals[newest] - newest)
        slide = self._slide()
        waited = now - newest - slide if slide else 0
        return max(took, waited), waited > took

    def view(self, now: int) -> View:
        """Give the figures to show at `now`."""
        meters = (self._results, self._trades, self._letter_meter, *self._reasons.values())
        for meter in meters:
            meter.forget(now - KEPT)
        behind, overdue = self.behind(now)
        counts = {reason: meter.total() for reason, meter in self._reasons.items()}
        if self._shown is None:
            series = self._series()
            self._shown = (_rows(series), series)
        rows, series = self._shown
        return View(
            now=now,
            rows=rows,
            series=series,
            newest=max(self._windows, default=None),
            behind=behind,
            overdue=overdue,
            stalled=overdue and behind is not None and behind > STALLED,
            result_rate=self._results.rate(self.results_read or now, 60),
            trade_rate=self._trades.rate(self.trades_read or now),
            trade_history=self._trades.history(self.trades_read or now),
            letter_history=self._letter_meter.history(self.letters_read or now),
            reasons=sorted(
                ((reason, count) for reason, count in counts.items() if count),
                key=lambda pair: (-pair[1], pair[0]),
            ),
            letters=list(reversed(self._letters)),
            letter_count=self._letter_meter.total(),
            unreadable=self._unreadable,
        )

    def _slide(self) -> int | None:
        ends = sorted(self._windows)
        return min((later - end for end, later in pairwise(ends)), default=None)

    def _series(self) -> dict[str, list[Result]]:
        series: dict[str, list[Result]] = {}
        for end in sorted(self._windows):
            for ticker, result in self._windows[end].items():
                series.setdefault(ticker, []).append(result)
        return series

    def _evict(self) -> None:
        ends = sorted(self._windows)
        points = sum(map(len, self._windows.values()))
        for end in ends[:-1]:
            if end > ends[-1] - RESULTS_KEPT and points <= POINTS:
                return
            points -= len(self._windows.pop(end))
            del self._arrivals[end]


def _rows(series: Mapping[str, Sequence[Result]]) -> list[Row]:
    """Give the latest result of each ticker, and the highest price of the one before."""
    return [
        Row(results[-1], results[-2].max_price if len(results) > 1 else None)
        for _, results in sorted(series.items())
    ]
