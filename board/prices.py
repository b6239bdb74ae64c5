"""The chart of results over time, with its controls, its text and a table of the same values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from nicegui import ui

from board import chart, palette
from board.choice import SPANS, Axis, Choice, title
from board.condition import no_result
from board.controls import Group, button, select
from board.elements import Tag
from board.model import View
from board.numbers import measure
from board.palette import Lines
from board.panels import Panel, scroll
from board.shown import Choose, Shown, Update
from board.wording import clock, zoned
from job.fields import MEASURES

AXES: Mapping[Axis, str] = {"price": "Value", "percent": "Percent"}


def prices(choice: Choice, choose: Choose) -> Update:
    """Build the chart, its text alternative, and a table of the same values."""
    panel = Panel("Results over time", "prices")
    with panel.body:
        with Tag("div", classes="controls") as controls:
            axis, span = _controls(choice, choose)
        empty = Tag("p", classes="empty")
        figure = Tag("div", classes="chart", role="img")
        with figure:
            drawing = ui.echart({"series": []}, renderer="svg").classes("chart-canvas")
        with Tag("p", classes="rest") as rest:
            told = Tag("span")
            automatic = button(
                "Let the page choose",
                lambda: choose(lambda now: replace(now, drawn=None)),
                classes="as-link",
            )
        fill = _table()
    drawn: list[tuple[object, ...]] = []

    def update(shown: Shown) -> None:
        view, lines = shown.view, shown.lines
        panel.freshen(shown.snapshot.results_health, _newest(shown), stalled=view.stalled)
        axis.show(shown.choice.axis)
        span.show(shown.choice.span)
        controls.mark_as("unseen", on=not view.rows)
        rest.mark_as("unseen", on=not view.rows)
        figure.mark_as("unseen", on=not lines)
        empty.mark_as("unseen", on=bool(lines))
        empty.say(
            "No ticker is drawn. Choose some in the table."
            if view.rows
            else no_result(shown.snapshot)
        )
        told.say(drawn_of(view, shown.choice, lines))
        automatic.mark_as("unseen", on=shown.choice.drawn is None)
        fill(shown)
        current = (view.series, lines, shown.choice)
        if drawn and drawn[0][0] is view.series and drawn[0] == current:
            return
        drawn[:] = [current]
        options = chart.options(view, lines, shown.choice)
        drawing.options.update(options)  # pyright: ignore[reportUnknownMemberType]
        drawing.update()
        figure.attribute("aria-label", chart.describe(view, lines, shown.choice))

    return update


def drawn_of(view: View, choice: Choice, lines: Lines) -> str:
    """Say which tickers of how many are drawn."""
    total = len(view.rows)
    if choice.drawn is None and len(lines) == total:
        return ""
    count = f"{len(lines)} of {total:,} tickers {'is' if len(lines) == 1 else 'are'} drawn"
    if choice.drawn is None:
        return f"{count}, those with the most trades. Choose others in the table."
    missing = [ticker for ticker in choice.drawn if ticker not in view.series]
    without = f" No results: {', '.join(missing)}." if missing else ""
    most = " More can't be told apart." if len(lines) == palette.LINES else ""
    return f"{count}.{most}{without}"


def _controls(choice: Choice, choose: Choose) -> tuple[Group, Group]:
    def chart_measure(name: str) -> None:
        found = next(field for field in MEASURES if field.name == name)
        choose(lambda now: replace(now, measure=found))

    select(
        "Value to draw",
        {field.name: title(field) for field in MEASURES},
        choice.measure.name,
        chart_measure,
    )
    axis = Group(
        "Axis",
        cast("Mapping[str, str]", AXES),
        lambda key: choose(lambda now: replace(now, axis=cast("Axis", key))),
    )
    span = Group(
        "Time range",
        {name: name for name in SPANS},
        lambda key: choose(lambda now: replace(now, span=key)),
    )
    return axis, span


def _newest(shown: Shown) -> str:
    newest = shown.view.newest
    return f"newest window ended {zoned(newest, shown.choice.tz)}" if newest else ""


def _table() -> Update:
    """Build the table of the drawn values. It is filled only while it is open."""
    is_open = False
    filled: list[tuple[object, ...]] = []
    last: list[Shown] = []

    def toggled(*, now: bool) -> None:
        nonlocal is_open
        is_open = now
        for shown in last:
            update(shown)

    with Tag("details", classes="more") as details:
        Tag("summary", "Show as a table")
        with scroll("Table of values"):
            table = Tag("table")
    details.on(
        "toggle",
        lambda event: toggled(now=bool(event.args)),
        js_handler="event => emit(event.target.open)",
    )

    def update(shown: Shown) -> None:
        last[:] = [shown]
        details.mark_as("unseen", on=not shown.lines)
        current = (shown.view.series, shown.lines, shown.choice)
        same = filled and filled[0][0] is shown.view.series and filled[0] == current
        if is_open and not same:
            filled[:] = [current]
            table.clear()
            with table:
                _fill(shown)

    return update


def _fill(shown: Shown) -> None:
    choice = shown.choice
    series = chart.values(shown.view, shown.lines, choice)
    by_end = {name: dict(points) for name, points in series.items()}
    Tag("caption", f"{title(choice.measure)} of each window, the newest first", classes="unseen")
    with Tag("thead"), Tag("tr"):
        Tag("th", "Window end", scope="col")
        for ticker in series:
            Tag("th", ticker, scope="col", classes="number")
    with Tag("tbody"):
        for end in sorted({end for points in by_end.values() for end in points}, reverse=True):
            with Tag("tr"):
                Tag("th", clock(end, choice.tz), scope="row")
                for points in by_end.values():
                    Tag("td", measure(choice.measure.kind, points.get(end)), classes="number")
