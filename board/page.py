"""The page: its landmarks, the job and the delivery."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from nicegui import ui

from board import head, palette, panels, tiles, wording
from board.announce import announcement
from board.choice import Choice, is_zone
from board.condition import condition, known_job
from board.elements import Repeated, Tag
from board.latest import latest
from board.monitor import Snapshot
from board.panels import Panel
from board.prices import prices
from board.shown import Shown, Update
from board.stack import Link, Stack

REFRESH_SECONDS: Final = 1.0


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
            figures = tiles.build()
        with Tag("div", classes="columns"):
            with Tag("div", classes="column"):
                parts = [prices(choice, choose), panels.letters()]
            with Tag("div", classes="column"):
                parts += [latest(choose, choice.search), _job(), _delivery()]
    ui.skip_link("Skip to the figures", target=board)
    updates = [*figures, *parts, _announce()]

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
        known, job, now = known_job(snapshot), snapshot.job, snapshot.view.now
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
