"""Each kind of widget as elements of the page, and the function that updates it."""

from collections.abc import Callable, Sequence
from os.path import commonprefix
from typing import Final, TypeAlias

from nicegui import ui

from board import chart as sparks
from board import wording
from board.dashboard import chart
from board.dashboard.body import Alarms, Content, Figure, Graph, Log, Text, Unknown, Widget
from board.dashboard.markdown import Piece, blocks, linked
from board.dashboard.reader import Alarm, Data, Shown
from board.elements import Repeated, Tag

Update: TypeAlias = Callable[[Data, int, int], None]
"""A function that takes the data, and the start and end of the time range."""

CONSOLE: Final = "These links open AWS's console, which can't show a local cloud."
STATES: Final = {"ALARM": "rings", "INSUFFICIENT_DATA": "no data", "OK": "quiet"}
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
ROWS: Final = 50
"""The largest number of rows of a log that are shown."""


def build(number: int, widget: Widget, *, local: bool) -> Update:
    """Build a widget at its place. `local` says that links to the console are of no use."""
    place, content = widget.place, widget.content
    name = f"widget-{number}"
    kind = type(content).__name__.lower()
    tag = "div" if isinstance(content, Text) else "section"  # a text has its own heading
    root = Tag(tag, classes=f"panel widget as-{kind}", id=name)
    spans = {"x": place.x + 1, "y": place.y + 1, "w": place.width, "h": place.height}
    root.attribute("style", "; ".join(f"--{key}: {value}" for key, value in spans.items()))
    with root:
        with Tag("div", classes="panel-head"):
            if not isinstance(content, Text):
                Tag("h2", content.title, id=f"{name}-title")
                root.attribute("aria-labelledby", f"{name}-title")
            note = Tag("p", classes="panel-note")
        with Tag("div", classes="panel-body"):
            inner = _inner(content, local=local)

    def update(data: Data, begin: int, end: int) -> None:
        quiet = ""
        if isinstance(content, Graph | Figure) and not data.error:
            quiet = chart.since(data.lines, end)
        note.say(data.error or data.note or quiet)
        note.mark_as("warn", on=bool(data.error))
        root.mark_as("quiet", on=bool(quiet))
        inner(data, begin, end)

    return update


def _inner(content: Content, *, local: bool) -> Update:
    match content:
        case Text():
            return _text(content, local=local)
        case Graph():
            return _graph(content)
        case Figure():
            return _figure()
        case Alarms():
            return _alarms()
        case Log():
            return _log(content, local=local)
        case Unknown():
            Tag("p", content.why, classes="empty")
            return _keep


def _text(content: Text, *, local: bool) -> Update:
    for block in blocks(content.markdown):
        if block.heading:
            Tag("h2", "".join(piece.text for piece in block.pieces))
        elif links := [piece for piece in block.pieces if piece.url]:
            with Tag("ul", classes="links"):
                for link in links:
                    with Tag("li"):
                        _link(link)
        else:
            Tag("p", "".join(piece.text for piece in block.pieces))
    if local:
        Tag("p", CONSOLE, classes="rest")
    return _keep


def _keep(_data: Data, _begin: int, _end: int) -> None:
    """Change nothing, for a widget without data."""


def _link(link: Piece) -> None:
    Tag("a", link.text, href=link.url, target="_blank", rel="noopener noreferrer")


_Legend: TypeAlias = tuple[str, str, str, str]
"""A line's name, its current value, its colour, and its kind: a line, a dashed line or a limit."""


def _graph(content: Graph) -> Update:
    figure = Tag("div", classes="plot", role="img")
    with figure:
        drawing = ui.echart({"series": []}, renderer="svg").classes("plot-canvas")
    legend = Repeated[_Legend](Tag("ul", classes="legend"), lambda each: each[0], _entry)
    drawn: list[object] = []

    def update(data: Data, begin: int, end: int) -> None:
        legend.show(_legend(content, data.lines, end))
        figure.attribute("aria-label", chart.describe(content.title, data.lines, end))
        made = chart.options(content, data.lines, begin, end)
        if drawn != [made]:
            drawn[:] = [made]
            drawing.options.clear()  # pyright: ignore[reportUnknownMemberType]
            drawing.options.update(made)  # pyright: ignore[reportUnknownMemberType]
            drawing.update()

    return update


def _legend(content: Graph, lines: Sequence[Shown], end: int) -> list[_Legend]:
    unit = f" {content.unit}" if content.unit == "%" else ""  # the unit is that of the left axis
    entries = [
        (
            line.label,
            chart.figure(chart.newest(line, end)) + ("" if line.right else unit),
            chart.colour(number),
            "dashed" if chart.is_dashed(number) else "solid",
        )
        for number, line in enumerate(lines)
    ]
    limits = [
        (name, chart.figure(value) + unit, "var(--bad)", "dotted") for name, value in content.limits
    ]
    return list({entry[0]: entry for entry in entries + limits}.values())


def _entry(_: _Legend) -> tuple[Tag, Callable[[_Legend], None]]:
    with Tag("li") as item:
        stroke = Tag("span", classes="stroke", aria_hidden="true")
        name, value = Tag("span", classes="name"), Tag("span", classes="value")

    def update(now: _Legend) -> None:
        label, shown, colour, kind = now
        stroke.attribute("style", f"border-top: 2px {kind} {colour}")
        name.say(label)
        name.attribute("title", label)
        value.say(shown)

    return item, update


def _figure() -> Update:
    with Tag("p", classes="figure"):
        value, unit = Tag("span"), Tag("span", classes="unit")
    box = f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"
    with Tag("svg", viewBox=box, classes="spark", aria_hidden="true", preserveAspectRatio="none"):
        area, line = Tag("path", classes="spark-area"), Tag("path", classes="spark-line")

    def update(data: Data, _: int, end: int) -> None:
        shown = data.lines[0] if data.lines else None
        value.say(chart.figure(chart.newest(shown, end) if shown else None))
        unit.say(shown.label if shown else "")
        values = [point for _, point in shown.points[-60:]] if shown else []
        path, below = sparks.spark(values, max(len(values), 2), SPARK_WIDTH, SPARK_HEIGHT)
        line.attribute("d", path)
        area.attribute("d", below)

    return update


def _alarms() -> Update:
    summary = Tag("p", classes="alarm-summary")
    scroll = Tag("div", classes="scroll", tabindex="0", role="group", aria_label="Alarms")
    with scroll:
        chips = Repeated[_Chip](Tag("ul", classes="alarms"), lambda chip: chip[1].name, _alarm)
    order = list(STATES)

    def update(data: Data, *_: int) -> None:
        alarms = sorted(data.alarms, key=lambda alarm: order.index(alarm.state))
        # What all have in common, the stack's name, tells none from another.
        names = [alarm.name for alarm in alarms]
        shared = commonprefix(names).rpartition("-")[0]  # noqa: RUF071 -- the comparison by characters is intended
        chips.show([(alarm.name.removeprefix(f"{shared}-"), alarm) for alarm in alarms])
        counts = {state: sum(alarm.state == state for alarm in alarms) for state in order}
        parts = [f"{count} {STATES[state]}" for state, count in counts.items() if count]
        summary.say(", ".join(parts))

    return update


_Chip: TypeAlias = tuple[str, Alarm]
"""An alarm's short name, and its state."""


def _alarm(_: _Chip) -> tuple[Tag, Callable[[_Chip], None]]:
    with Tag("li") as item, Tag("details"):
        with Tag("summary"):
            name, state = Tag("span", classes="name"), Tag("span", classes="state")
        meaning, reason = Tag("p"), Tag("p", classes="rest")
    told: list[str] = []

    def update(chip: _Chip) -> None:
        short, now = chip
        item.attribute("data-state", now.state)
        name.say(short)
        name.attribute("title", now.name)
        since = f" since {wording.clock(now.since)[:5]}" if now.since else ""
        state.say(f"{STATES[now.state]}{since}")
        if told != [now.meaning]:
            told[:] = [now.meaning]
            meaning.clear()
            with meaning:
                for piece in linked(now.meaning):
                    _link(piece) if piece.url else Tag("span", piece.text)
        reason.say(now.reason)

    return item, update


def _log(content: Log, *, local: bool) -> Update:
    with Tag("details", classes="more", **{"open": ""} if local else {}):
        Tag("summary", "The query")
        Tag("pre", f"{content.group}\n{content.query.replace(' | ', chr(10) + '| ')}", tabindex="0")
    with Tag("div", classes="scroll", tabindex="0", role="group", aria_label=content.title):
        lines = Tag("ol", classes="log")
    shown: list[Sequence[object]] = []

    def update(data: Data, *_: int) -> None:
        if shown == [data.rows]:
            return
        shown[:] = [data.rows]
        lines.clear()
        with lines:
            for row in data.rows[:ROWS]:
                told = [value for key, value in row.items() if key not in {"@timestamp", "@ptr"}]
                with Tag("li"):
                    Tag("time", row.get("@timestamp", "")[11:19])
                    Tag("span", " ".join(filter(None, told)))

    return update
