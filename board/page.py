"""The page: its landmarks, the key figures, the job and the delivery."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from nicegui import ui

from board import chart, head, numbers, palette, panels, wording
from board.announce import announcement
from board.choice import Choice, is_zone
from board.condition import condition
from board.elements import Repeated, Tag
from board.feed import Health
from board.latest import latest
from board.model import BUCKETS
from board.monitor import Snapshot
from board.panels import Panel
from board.prices import prices
from board.shown import Shown, Update
from board.stack import Link, Stack
from board.status import Job

REFRESH_SECONDS: Final = 1.0

SPARK_WIDTH, SPARK_HEIGHT = 120, 28
"""The size of the small lines in SVG units. A small line stretches with its tile."""


def build(stack: Stack, snapshot: Callable[[], Snapshot], query: Mapping[str, str]) -> None:
    """Build the page for one browser. It updates itself every second.

    `query` is that of its address, which holds a person's choice.
    """
    choice = Choice.of_query(query)
    lines: palette.Lines = {}

    def choose(change: Callable[[Choice], Choice]) -> None:
        nonlocal choice, lines
        before, choice = choice, change(choice)
        if choice.drawn is None and before.drawn is not None:
            lines = {}  # the page chooses anew
        ui.navigate.history.replace(f"/{choice.query()}")
        update()

    def set_zone(zone: str) -> None:
        if is_zone(zone):
            choose(lambda now: replace(now, zone=zone))

    tell = head.build(stack, "/", set_zone)
    with Tag("div", classes="board") as board:
        banner = Tag("p", classes="banner")
        with Tag("section", classes="tiles", aria_label="Key figures"):
            tiles = _tiles()
        with Tag("div", classes="columns"):
            with Tag("div", classes="column"):
                parts = [prices(choice, choose), panels.letters()]
            with Tag("div", classes="column"):
                parts += [latest(choose, choice.search), _job(), _delivery()]
    ui.skip_link("Skip to the figures", target=board)
    updates = [*tiles, *parts, _announce()]

    def update() -> None:
        nonlocal lines
        now = snapshot()
        lines = palette.lines(lines, now.view, choice)
        judged = condition(now)
        tell(now.view.now, choice.query(), judged, choice.tz)
        banner.say(judged.text)
        banner.attribute("data-tone", judged.tone)
        shown = Shown(snapshot=now, choice=choice, lines=lines)
        for each in updates:
            each(shown)

    update()
    ui.timer(REFRESH_SECONDS, update, immediate=False)


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


def _tiles() -> list[Update]:
    return [_job_tile(), _trades_tile(), _results_tile(), _behind_tile(), _letters_tile()]


def _job_tile() -> Update:
    tile = _Tile("Job", "job")

    def update(shown: Shown) -> None:
        snapshot = shown.snapshot
        job = _known(snapshot)
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


def _known(snapshot: Snapshot) -> Job | None:
    """Give the job if its state is that of now."""
    return snapshot.job if snapshot.job_health.fresh else None


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


class _Facts:
    """A list of names and values."""

    def __init__(self, *names: str) -> None:
        with Tag("dl", classes="facts"):
            self._values: dict[str, tuple[Tag, Tag]] = {}
            for name in names:
                with Tag("div") as line:
                    Tag("dt", name)
                    self._values[name] = (line, Tag("dd"))

    def show(self, name: str, value: str | None) -> None:
        """Show a value. If it is None, its name is not shown."""
        line, cell = self._values[name]
        line.mark_as("unseen", on=value is None)
        cell.say(value or "")


def _job() -> Update:
    panel = Panel("Job", "job")
    with panel.body:
        state = Tag("p", classes="state")
        facts = _Facts(
            "Was", "Version", "Last checkpoint", "Failed checkpoints", "Restarts", "Reason"
        )
        with Tag("nav", aria_label="Where to look further"):
            links = Repeated[Link](Tag("ul", classes="links"), lambda link: link.label, _link)

    def update(shown: Shown) -> None:
        snapshot = shown.snapshot
        panel.freshen(snapshot.job_health)
        links.show(snapshot.links)
        known, job, now = _known(snapshot), snapshot.job, snapshot.view.now
        state.say("Unknown" if known is None else wording.STATES[known.state])
        state.attribute("data-tone", "unknown" if known is None else known.state)
        if job is None:
            return
        was = None if known else wording.STATES[job.state].lower()
        facts.show("Was", was)
        revision = f" (revision {job.revision})" if job.revision else ""
        facts.show("Version", wording.short(job.version) + revision)
        facts.show("Last checkpoint", wording.checkpoint(job, now))
        failed = job.failed_checkpoints
        facts.show("Failed checkpoints", None if failed is None else f"{failed:,}")
        facts.show("Restarts", wording.restarts(job, now))
        facts.show("Reason", job.reason)

    return update


def _link(link: Link) -> tuple[Tag, Callable[[Link], None]]:
    with Tag("li") as item:
        anchor = Tag("a", link.label, target="_blank", rel="noopener noreferrer")

    def update(now: Link) -> None:
        anchor.attribute("href", now.url)

    return item, update


def _delivery() -> Update:
    panel = Panel("Stored in S3", "delivery")
    with panel.body:
        facts = _Facts("Results", "Dead letters", "Not delivered")

    def update(shown: Shown) -> None:
        snapshot = shown.snapshot
        health, delivered, now = snapshot.delivery_health, snapshot.delivered, snapshot.view.now
        panel.root.mark_as("unseen", on=health is None)
        if health is None:
            return
        panel.freshen(health, "this hour and the previous one")
        if delivered:
            facts.show("Results", wording.stored(delivered.results, now))
            facts.show("Dead letters", wording.stored(delivered.letters, now))
            facts.show("Not delivered", wording.stored(delivered.failed, now))

    return update


def _announce() -> Update:
    """Announce changes of a state to a screen reader, but not the figures of every second."""
    live = Tag("p", classes="unseen", role="status", aria_live="polite")

    def update(shown: Shown) -> None:
        snapshot = shown.snapshot
        live.say(announcement(snapshot))

    return update
