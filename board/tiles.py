"""The key figures at the top of the page."""

from board import chart, numbers, wording
from board.condition import known_job
from board.elements import Tag
from board.feed import Health
from board.model import BUCKETS
from board.shown import Shown, Update

SPARK_WIDTH, SPARK_HEIGHT = 120, 28
"""The size of the small lines in SVG units. A small line stretches with its tile."""


class _Tile:
    """One key figure with a note below it, and optionally a small line of its last minutes."""

    def __init__(self, label: str, name: str, *, spark: bool = False) -> None:
        self.root = Tag("div", classes="tile", id=f"tile-{name}")
        with self.root:
            Tag("h2", label)
            with Tag("p", classes="figure"):
                self._figure = Tag("span")
                self._unit = Tag("span", classes="unit")
            self._note = Tag("p", classes="note")
            if spark:
                box = f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"
                with Tag(
                    "svg",
                    viewBox=box,
                    classes="spark",
                    aria_hidden="true",
                    preserveAspectRatio="none",
                ):
                    self._area = Tag("path", classes="spark-area")
                    self._line = Tag("path", classes="spark-line")

    def show(self, figure: str, unit: str = "", note: str = "", *, tone: str = "") -> None:
        self._figure.say(figure)
        self._unit.say(unit)
        self._note.say(note)
        self.root.attribute("data-tone", tone)

    def draw(self, values: list[float]) -> None:
        line, area = chart.spark(values, BUCKETS, SPARK_WIDTH, SPARK_HEIGHT)
        self._line.attribute("d", line)
        self._area.attribute("d", area)

    def freshen(self, health: Health, *, stalled: bool = False) -> None:
        """Fade the tile if the figure is old, and show the reason in place of the note."""
        problem = wording.freshness(health)
        self.root.mark_as("stale", on=bool(problem) or stalled)
        self.root.mark_as("waiting", on=health.waiting)
        if problem:
            self._note.say(problem)


def build() -> list[Update]:
    """Build the key figures, and give what updates each."""
    return [_job_tile(), _trades_tile(), _results_tile(), _behind_tile(), _letters_tile()]


def _job_tile() -> Update:
    tile = _Tile("Job", "job")

    def update(shown: Shown) -> None:
        snapshot = shown.snapshot
        job = known_job(snapshot)
        if job is None:
            tile.show("Unknown", tone="unknown")
        else:
            tile.show(
                wording.STATES[job.state],
                note=wording.job_note(job, snapshot.view.now),
                tone=job.state,
            )
        tile.freshen(snapshot.job_health)

    return update


def _trades_tile() -> Update:
    tile = _Tile("Trades a second", "trades", spark=True)

    def update(shown: Shown) -> None:
        snapshot = shown.snapshot
        rate = snapshot.trade_rate if snapshot.trades_health.fresh else None
        tile.show(numbers.rate(rate), note=snapshot.trade_note)
        tile.draw(list(snapshot.view.trade_history))
        tile.freshen(snapshot.trades_health)

    return update


def _results_tile() -> Update:
    tile = _Tile("Results a second", "results")

    def update(shown: Shown) -> None:
        snapshot, view = shown.snapshot, shown.view
        count = len(view.rows)
        note = f"over a minute, {count:,} ticker{'' if count == 1 else 's'}"
        if view.unreadable:
            note = f"{view.unreadable:,} records can't be read as results"
        rate = view.result_rate if snapshot.results_health.fresh else None
        tile.show(numbers.rate(rate), note=note)
        tile.freshen(snapshot.results_health)

    return update


def _behind_tile() -> Update:
    tile = _Tile("Results are behind", "behind")

    def update(shown: Shown) -> None:
        snapshot, view = shown.snapshot, shown.view
        if view.behind is None or not snapshot.results_health.fresh:
            tile.show(numbers.UNKNOWN, note="no result yet")
        else:
            figure, _, unit = wording.duration(view.behind / 1000).partition(" ")
            note = "the next window is overdue" if view.overdue else "after a window's end"
            tile.show(figure, unit, note, tone="warn" if view.stalled else "")
        tile.freshen(snapshot.results_health)

    return update


def _letters_tile() -> Update:
    tile = _Tile("Dead letters", "letters", spark=True)

    def update(shown: Shown) -> None:
        snapshot, view = shown.snapshot, shown.view
        known = snapshot.letters_health.age is not None
        figure = f"{view.letter_count:,}" if known else numbers.UNKNOWN
        tile.show(figure, note="in the last 15 min", tone="some" if view.letter_count else "")
        tile.draw(list(view.letter_history))
        tile.freshen(snapshot.letters_health)

    return update
