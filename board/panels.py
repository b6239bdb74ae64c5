"""The large parts of the page. Each updates itself from a snapshot."""

from collections.abc import Callable
from typing import Final

from nicegui import ui

from board import chart, wording
from board.elements import Repeated, Tag
from board.feed import Health
from board.model import Row, View
from board.monitor import Snapshot
from board.records import DeadLetter
from job.fields import MEASURES, REASONS, Kind

ROWS: Final = 100
"""The largest number of tickers in the table of latest results.

It shows how many more there are.
"""

Update = Callable[[Snapshot], None]


class Panel:
    """A part of the page with a title.

    It shows how fresh its data is, and fades if the data is old.
    """

    def __init__(self, title: str, name: str) -> None:
        self.root = Tag("section", classes="panel", id=name, aria_labelledby=f"{name}-title")
        with self.root:
            with Tag("div", classes="panel-head"):
                Tag("h2", title, id=f"{name}-title")
                self._note = Tag("p", classes="panel-note")
            self.body = Tag("div", classes="panel-body")

    def freshen(self, health: Health, note: str = "", *, stalled: bool = False) -> None:
        """Show `note`, or the problem with the data if there is one."""
        old = stalled or not health.fresh
        self._note.say(wording.freshness(health) or note)
        self._note.mark_as("warn", on=old)
        self.root.mark_as("stale", on=old)


def prices() -> Update:
    """Build the chart, its text alternative, and a table of the same prices."""
    panel = Panel("Highest price by ticker", "prices")
    with panel.body:
        empty = Tag(
            "p", "No result yet. The first result comes when a window has ended.", classes="empty"
        )
        figure = Tag("div", classes="chart", role="img")
        with figure:
            drawing = ui.echart({"series": []}, renderer="svg").classes("chart-canvas")
        with Tag("details", classes="more"):
            Tag("summary", "Show as a table")
            with _scroll("Table of prices"):
                table = Tag("table")
    drawn: list[View] = []

    def update(snapshot: Snapshot) -> None:
        view = snapshot.view
        panel.freshen(snapshot.results_health, _newest(view), stalled=view.stalled)
        empty.mark_as("unseen", on=bool(view.rows))
        figure.mark_as("unseen", on=not view.rows)
        if drawn and (drawn[0].series, drawn[0].rows) == (view.series, view.rows):
            return
        drawn[:] = [view]
        drawing.options.update(chart.options(view))  # pyright: ignore[reportUnknownMemberType]
        drawing.update()
        figure.attribute("aria-label", chart.describe(view))
        table.clear()
        with table:
            _fill_table(view)

    return update


def _scroll(name: str) -> Tag:
    """Make a part that scrolls, also by keyboard. For that it needs a name."""
    return Tag("div", classes="scroll", tabindex="0", role="group", aria_label=name)


def _newest(view: View) -> str:
    return f"newest window ended {wording.clock(view.newest)} UTC" if view.newest else ""


def _fill_table(view: View) -> None:
    series = chart.choose(view)
    by_end = {name: dict(points) for name, points in series.items()}
    Tag("caption", "Highest price of each window, the newest first", classes="unseen")
    with Tag("thead"), Tag("tr"):
        Tag("th", "Window end (UTC)", scope="col")
        for ticker in series:
            Tag("th", ticker, scope="col", classes="number")
    with Tag("tbody"):
        for end in sorted({end for points in by_end.values() for end in points}, reverse=True):
            with Tag("tr"):
                Tag("th", wording.clock(end), scope="row")
                for points in by_end.values():
                    Tag("td", wording.price(points.get(end)), classes="number")


def latest() -> Update:
    """Build the table of the latest results."""
    panel = Panel("Latest results", "latest")
    with panel.body:
        with (
            _scroll("Table of the latest results"),
            Tag("table"),
        ):
            caption = Tag("caption", classes="unseen")
            with Tag("thead"), Tag("tr"):
                Tag("th", "Ticker", scope="col")
                for name, classes in _COLUMNS:
                    Tag("th", name, scope="col", classes=f"number {classes}")
            body = Tag("tbody")
        rest = Tag("p", classes="rest")
    rows = Repeated[_Shown](body, lambda shown: shown[0].result.ticker, _result_row)

    def update(snapshot: Snapshot) -> None:
        view = snapshot.view
        panel.freshen(snapshot.results_health, _window(view), stalled=view.stalled)
        colours = {ticker: number + 1 for number, ticker in enumerate(chart.choose(view))}
        newest = view.newest or 0
        rows.show(
            [
                (row, colours.get(row.result.ticker, 0), row.result.window_end < newest)
                for row in view.rows[:ROWS]
            ]
        )
        caption.say(f"The latest result of each ticker, {_window(view)}")
        more = len(view.rows) - ROWS
        rest.say(f"and {more:,} more" if more > 0 else "")

    return update


_HIGHEST, *_OTHERS = MEASURES
_COLUMNS: Final = (
    (_HIGHEST.title, ""),
    ("Change", ""),
    *((field.title, "" if field.kind is Kind.COUNT else "wide") for field in _OTHERS),
)
"""Heading and classes of each column after the ticker's.

A narrow screen doesn't show `wide` ones.
"""

_Shown = tuple[Row, int, bool]
"""A row, its line's colour number (0: not drawn), and whether there is a newer window."""


def _window(view: View) -> str:
    if view.newest is None:
        return ""
    ends = {row.result.window_end: row.result.window_start for row in view.rows}
    start = ends.get(view.newest)
    begin = f"from {wording.clock(start)} " if start is not None else ""
    return f"{begin}to {wording.clock(view.newest)} UTC"


def _result_row(_: _Shown) -> tuple[Tag, Callable[[_Shown], None]]:
    with Tag("tr") as line:
        with Tag("th", scope="row", classes="ticker"):
            swatch = Tag("span", classes="swatch", aria_hidden="true")
            name = Tag("span")
            since = Tag("span", classes="since")
        cells = [Tag("td", classes=f"number {classes}") for _, classes in _COLUMNS]

    def update(shown: _Shown) -> None:
        row, colour, old = shown
        result, (moved, direction) = row.result, wording.change(row.change)
        swatch.attribute("data-series", str(colour))
        name.say(result.ticker)
        since.say(wording.clock(result.window_end) if old else "")
        line.mark_as("old", on=old)
        texts = (
            wording.price(result.max_price),
            moved,
            *(wording.measure(each.kind, result.measures.get(each.name)) for each in _OTHERS),
        )
        for cell, text in zip(cells, texts, strict=True):
            cell.say(text)
        cells[1].attribute("data-direction", direction)

    return line, update


def letters() -> Update:
    """Build the table of dead letters by reason, and the list of the last ones."""
    panel = Panel("Dead letters", "letters")
    with panel.body:
        empty = Tag("p", classes="empty")
        with Tag("div", classes="letters"):
            with Tag("div", classes="reasons"), Tag("table"):
                Tag("caption", "Dead letters of the last 15 minutes, by reason", classes="unseen")
                with Tag("thead", classes="unseen"), Tag("tr"):
                    Tag("th", "Reason", scope="col")
                    Tag("th", "Dead letters", scope="col")
                reasons = Repeated[_Reason](Tag("tbody"), lambda each: each[0], _reason_row)
            last = Tag("ol", classes="last", aria_label="The last dead letters, newest first")
            items = Repeated[DeadLetter](last, lambda letter: letter.key, _letter_item)

    def update(snapshot: Snapshot) -> None:
        view = snapshot.view
        note = "last 15 min, newest first" if view.letters else ""
        panel.freshen(snapshot.letters_health, note)
        empty.mark_as("unseen", on=bool(view.letters) or not snapshot.letters_health.fresh)
        empty.say("No dead letters in the last 15 minutes.")
        most = max((count for _, count in view.reasons), default=1)
        reasons.show([(reason, count, count / most) for reason, count in view.reasons])
        items.show(view.letters)

    return update


_Reason = tuple[str, int, float]
"""A reason, its number of dead letters, and that number divided by the largest number."""


def _reason_row(each: _Reason) -> tuple[Tag, Callable[[_Reason], None]]:
    with Tag("tr") as line:
        with Tag("th", scope="row"):
            Tag("code", each[0])
            Tag("span", REASONS.get(each[0], ""), classes="meaning")
        with Tag("td", classes="number"):
            count = Tag("span")
            bar = Tag("span", classes="bar", aria_hidden="true")

    def update(now: _Reason) -> None:
        count.say(f"{now[1]:,}")
        bar.attribute("style", f"--share: {now[2]:.3f}")

    return line, update


def _letter_item(letter: DeadLetter) -> tuple[Tag, Callable[[DeadLetter], None]]:
    with Tag("li") as item, Tag("details"):
        with Tag("summary"):
            Tag("time", wording.clock(letter.arrived))
            Tag("code", letter.reason, classes="reason")
            Tag("span", wording.excerpt(letter), classes="excerpt")
        Tag("pre", wording.payload(letter), tabindex="0", aria_label="The record as received")
        where = wording.place(letter)
        Tag("p", f"{letter.size:,} bytes, as {letter.encoding}; {where}", classes="where")
    return item, lambda _: None  # a dead letter doesn't change
