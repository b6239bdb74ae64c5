"""The dashboard's page: its grid, and how fresh it is."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from nicegui import ui

from board import head, wording
from board.choice import Choice
from board.dashboard import widgets
from board.dashboard.body import Dashboard
from board.dashboard.chart import span
from board.dashboard.monitor import View
from board.dashboard.reader import Picture
from board.elements import Tag
from board.stack import Stack

REFRESH_SECONDS: Final = 1.0


def build(stack: Stack, view: Callable[[], View], query: Mapping[str, str]) -> None:
    """Build the page for one browser. It updates itself every second.

    `query` holds what a person has chosen on the first page.
    """
    chosen = Choice.of_query(query).query()
    tell_time = head.build(stack, "/dashboard")
    with Tag("div", classes="board dashboard") as board:
        note = Tag("p", classes="panel-note dashboard-note")
        grid = Tag("div", classes="grid")
    ui.skip_link("Skip to the widgets", target=board)
    live = Tag("p", classes="unseen", role="status", aria_live="polite")
    shown = _Grid(grid, local=bool(stack.endpoint))

    def update() -> None:
        now = view()
        tell_time(round(time.time() * 1000), chosen)
        problem = wording.freshness(now.health)
        note.say(problem or _read(now.picture))
        note.mark_as("warn", on=bool(problem) and not now.health.waiting)
        board.mark_as("stale", on=not now.health.fresh and now.picture is not None)
        live.say("The dashboard is not up to date." if problem and now.picture else "")
        if now.picture:
            shown.show(now.picture)

    update()
    ui.timer(REFRESH_SECONDS, update, immediate=False)


def _read(picture: Picture | None) -> str:
    if picture is None:
        return ""
    begin, end = (wording.clock(at)[:5] for at in span(picture))
    return f"{begin} to {end} UTC, read at {wording.clock(picture.at)}"


class _Grid:
    """The widgets of a dashboard. They are made again if the dashboard itself has changed."""

    def __init__(self, root: Tag, *, local: bool) -> None:
        self._root = root
        self._local = local
        self._dashboard: Dashboard | None = None
        self._updates: list[widgets.Update] = []
        self._at = 0

    def show(self, picture: Picture) -> None:
        """Show a picture. The same picture is not sent again."""
        if picture.dashboard != self._dashboard:
            self._root.clear()
            with self._root:
                self._updates = [
                    widgets.build(number, widget, local=self._local)
                    for number, widget in enumerate(picture.dashboard.widgets)
                ]
            self._dashboard = picture.dashboard
        elif picture.at == self._at:
            return
        self._at = picture.at
        begin, end = span(picture)
        for update, data in zip(self._updates, picture.data, strict=True):
            update(data, begin, end)
