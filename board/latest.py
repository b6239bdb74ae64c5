"""The table of the latest results: search, sort, pin, and choose what is drawn."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from board.choice import CHANGE, COLUMNS, TICKER, title
from board.condition import no_result
from board.controls import button
from board.elements import Repeated, Tag
from board.listing import ROWS, Listing, listing
from board.model import Row, View
from board.numbers import change, exact, measure
from board.palette import COLOURS, LINES
from board.panels import Panel, scroll
from board.shown import Choose, Shown, Update
from board.wording import clock, zoned
from job.fields import MEASURES

_FIELDS: Final = {field.name: field for field in MEASURES}
_TITLES: Final = {TICKER: "Ticker", CHANGE: "Change"} | {
    name: title(field) for name, field in _FIELDS.items()
}


@dataclass(frozen=True)
class _Line:
    """A row and all that its look depends on."""

    row: Row
    shown: Shown

    @property
    def ticker(self) -> str:
        return self.row.result.ticker


def latest(choose: Choose, search: str) -> Update:
    """Build the table of the latest results. `search` is in the field at first."""
    panel = Panel("Latest results", "latest")
    with panel.body:
        empty = Tag("p", classes="empty")
        field = Tag(
            "input",
            classes="search",
            type="search",
            placeholder="Search tickers",
            aria_label="Search tickers",
            value=search,
        )
        field.on(
            "input",
            lambda event: choose(lambda now: replace(now, search=str(event.args), page=0)),
            throttle=0.2,
            leading_events=False,
            js_handler="event => emit(event.target.value)",
        )
        with scroll("Table of the latest results") as box, Tag("table"):
            caption = Tag("caption", classes="unseen")
            with Tag("thead"), Tag("tr"):
                heads = {name: _head(name, choose) for name in COLUMNS}
            body = Tag("tbody")
        turn = _pager(choose)
    rows = Repeated[_Line](body, lambda line: line.ticker, lambda line: _row(line, choose))
    last: list[tuple[object, ...]] = []

    def update(shown: Shown) -> None:
        view, choice = shown.view, shown.choice
        panel.freshen(shown.snapshot.results_health, window(shown), stalled=view.stalled)
        empty.mark_as("unseen", on=bool(view.rows))
        empty.say(no_result(shown.snapshot))
        box.mark_as("unseen", on=not view.rows)
        current = (view.rows, shown.lines, choice)
        if last and last[0][0] is view.rows and last[0] == current:
            return
        last[:] = [current]
        found = listing(view.rows, choice)
        field.mark_as("unseen", on=found.total <= ROWS and not choice.search)
        rows.show([_Line(row, shown) for row in (*found.pinned, *found.rows)])
        turn(found)
        caption.say(f"The latest result of each ticker, {window(shown)}")
        order = "descending" if choice.descending else "ascending"
        for name, head in heads.items():
            head.attribute("aria-sort", order if name == choice.sort else "none")

    return update


def window(shown: Shown) -> str:
    """Say which window the newest results are of."""
    view, zone = shown.view, shown.choice.tz
    if view.newest is None:
        return ""
    start = _start(view, view.newest)
    begin = f"from {clock(start, zone)} " if start is not None else ""
    return f"{begin}to {zoned(view.newest, zone)}"


def _start(view: View, end: int) -> int | None:
    ofthem = (row.result.window_start for row in view.rows if row.result.window_end == end)
    return next(ofthem, None)


def _head(name: str, choose: Choose) -> Tag:
    classes = "" if name == TICKER else "number"
    with Tag("th", scope="col", classes=classes) as head:
        button(_TITLES[name], lambda: choose(lambda now: now.sorted_by(name)), classes="sort")
    return head


def _pager(choose: Choose) -> Callable[[Listing], None]:
    page = 0

    def move(by: int) -> None:
        choose(lambda now: replace(now, page=max(0, page + by)))

    with Tag("div", classes="pager") as root:
        told = Tag("span")
        back = button("Previous", lambda: move(-1))
        on = button("Next", lambda: move(1))

    def show(found: Listing) -> None:
        nonlocal page
        page = found.page
        told.say(of_all(found))
        root.mark_as("unseen", on=not told.text)
        for each, ends in ((back, page == 0), (on, page == found.pages - 1)):
            each.attribute("aria-disabled", str(ends).lower())
            each.mark_as("unseen", on=found.pages == 1)

    return show


def of_all(found: Listing) -> str:
    """Say which rows of how many are shown. Empty if all are."""
    pinned = len(found.pinned)
    if found.found + pinned == found.total <= ROWS + pinned:
        return ""
    if not found.found:
        return (
            f"No other of {found.total:,} tickers is found."
            if pinned
            else (f"None of {found.total:,} tickers is found.")
        )
    last = found.first + len(found.rows)
    also = f", {pinned} pinned" if pinned else ""
    searched = f" found, {found.total:,} in all" if found.found + pinned < found.total else ""
    return f"{found.first + 1:,} to {last:,} of {found.found:,}{searched}{also}"


def _row(first: _Line, choose: Choose) -> tuple[Tag, Callable[[_Line], None]]:
    ticker = first.ticker
    current = first

    def draw() -> None:
        lines = tuple(current.shown.lines)
        choose(lambda now: now.with_line(ticker, lines, LINES))

    with Tag("tr") as line:
        with Tag("th", scope="row"), Tag("div", classes="ticker"):
            with button("", draw, classes="draw", aria_label=f"Draw {ticker}") as drawn:
                swatch = Tag("span", classes="swatch", aria_hidden="true")
            with Tag("span", classes="names"):
                Tag("span", ticker, classes="name", title=ticker)
                since = Tag("span", classes="since")
            pin = button(
                "",
                lambda: choose(lambda now: now.with_pin(ticker)),
                classes="pin",
                aria_label=f"Pin {ticker} to the top",
            )
        cells = {name: Tag("td", classes="number") for name in COLUMNS[1:]}

    def update(now: _Line) -> None:
        nonlocal current
        current = now
        choice, result = now.shown.choice, now.row.result
        number = now.shown.lines.get(ticker)
        swatch.attribute("data-series", "0" if number is None else str(number % COLOURS + 1))
        swatch.mark_as("dashed", on=number is not None and number >= COLOURS)
        drawn.attribute("aria-pressed", str(number is not None).lower())
        pin.attribute("aria-pressed", str(ticker in choice.pinned).lower())
        line.mark_as("pinned", on=ticker in choice.pinned)
        old = result.window_end < (now.shown.view.newest or 0)
        since.say(clock(result.window_end, choice.tz) if old else "")
        line.mark_as("old", on=old)
        _fill(cells, now.row, percent=choice.percent)

    return line, update


def _fill(cells: dict[str, Tag], row: Row, *, percent: bool) -> None:
    for name, cell in cells.items():
        if name == CHANGE:
            moved, direction = change(row.change, row.before, percent=percent)
            cell.say(moved)
            cell.attribute("data-direction", direction)
            cell.attribute("title", exact(row.change))
        else:
            value = row.result.measures.get(name)
            cell.say(measure(_FIELDS[name].kind, value))
            cell.attribute("title", exact(value))
