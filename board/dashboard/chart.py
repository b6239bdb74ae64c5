"""A widget's lines as options of ECharts, and their text alternative. Pure.

Times are milliseconds since the epoch, UTC.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from board.dashboard.body import Graph
from board.dashboard.reader import Picture, Points, Shown
from board.wording import clock

COLOURS: Final = 6
"""The number of colours for lines. Further lines are dashed and use the same colours."""

LEAST_SPAN: Final = 10 * 60_000
"""The shortest time range of a graph in milliseconds, also for a new stack."""

OLD_PERIODS: Final = 3
"""The number of periods without a value after which a line's newest value is old."""

DOTTED: Final = 40
"""Up to this number each point is marked, because a single point has no line."""

_COMPACT: Final = (
    "value => Math.abs(value) >= 1e4"
    " ? Intl.NumberFormat('en', {notation: 'compact', maximumFractionDigits: 1}).format(value)"
    " : value.toLocaleString('en', {maximumFractionDigits: 3})"
)
"""This is JavaScript. NiceGUI evaluates an option whose name begins with a colon."""


def span(picture: Picture) -> tuple[int, int]:
    """Give the time range of all graphs: since the oldest value, at most the dashboard's range."""
    begin = picture.at - picture.dashboard.look_back * 1000
    firsts = [line.points[0][0] for data in picture.data for line in data.lines if line.points]
    first = min(firsts, default=picture.at) - 60_000
    return max(begin, min(first, picture.at - LEAST_SPAN)), picture.at


def options(graph: Graph, lines: Sequence[Shown], begin: int, end: int) -> dict[str, Any]:
    """Draw lines over time on the left and the right axis, with the limits near the values."""
    label = {"color": "var(--muted)", "fontSize": 11}
    axis = {
        "type": "value",
        "min": 0,
        "splitNumber": 3,
        "axisLabel": label | {":formatter": _COMPACT},
    }
    grid_line = {"lineStyle": {"color": "var(--line)"}}
    limits = reachable(graph, lines)
    top = max((value for _, value in limits), default=None)
    highest = _highest(lines)
    left: dict[str, Any] = axis | {"splitLine": grid_line}
    if top is not None and top > highest:
        left["max"] = top
    return {
        "animation": False,  # an animated line would look as if its past had changed
        "useUTC": True,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 4, "right": 8, "top": 10, "bottom": 2, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "className": "chart-tooltip",
            "confine": True,
            "axisPointer": {"lineStyle": {"color": "var(--line-strong)", "type": "solid"}},
            ":valueFormatter": _COMPACT,
        },
        "xAxis": {
            "type": "time",
            "min": begin,
            "max": end,
            "axisLine": {"lineStyle": {"color": "var(--line-strong)"}},
            "axisTick": {"show": False},
            "splitNumber": 4,
            "axisLabel": label | {"hideOverlap": True, "formatter": "{HH}:{mm}"},
            "splitLine": {"show": False},
        },
        "yAxis": [left, axis | {"splitLine": {"show": False}}],
        "series": [_line(number, line, end) for number, line in enumerate(lines)]
        + [_limit(name, value, begin, end) for name, value in limits],
    }


def reachable(graph: Graph, lines: Sequence[Shown]) -> list[tuple[str, float]]:
    """Give the limits near the values. A limit far above them would flatten the lines."""
    highest = _highest(lines)
    return [(name, value) for name, value in graph.limits if value <= 2 * highest]


def newest(line: Shown, end: int) -> float | None:
    """Give a line's current value. None if it has no value, or only an old one."""
    if not line.points or is_old(line.points, line.period, end):
        return None
    return line.points[-1][1]


def is_old(points: Points, period: int, end: int) -> bool:
    """Return whether the newest value is too old to be the current one."""
    return end - points[-1][0] > (OLD_PERIODS + 1) * period * 1000


def colour(number: int) -> str:
    """Give a line's colour: a custom property of the page, which differs for light and dark."""
    return f"var(--series-{number % COLOURS + 1})"


def is_dashed(number: int) -> bool:
    """Return whether a line is dashed because another line has the same colour."""
    return number >= COLOURS


def figure(value: float | None) -> str:
    """Give a number with three significant digits and separated thousands."""
    if value is None:
        return "\N{EN DASH}"
    size = abs(value)
    for unit, above in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e5)):
        if size >= above:
            scaled = value / (1e3 if unit == "k" else above)
            return f"{scaled:,.0f} {unit}" if abs(scaled) >= 100 else f"{scaled:,.1f} {unit}"  # noqa: PLR2004 -- three digits
    if size >= 100 or value == round(value):  # noqa: PLR2004 -- three digits
        return f"{value:,.0f}"
    return f"{value:,.1f}" if size >= 10 else f"{value:,.2g}" if size < 1 else f"{value:,.2f}"  # noqa: PLR2004 -- three digits


def describe(title: str, lines: Sequence[Shown], end: int) -> str:
    """Return the text alternative of a graph."""
    told = [
        f"{line.label} {figure(value)}"
        if (value := newest(line, end)) is not None
        else f"{line.label} no present value"
        for line in lines
    ]
    return f"{title}: {'; '.join(told) or 'no data'}."


def since(lines: Sequence[Shown], end: int) -> str:
    """Return since when a widget has no newer value. Empty if its values are current."""
    with_points = [line for line in lines if line.points]
    if not with_points:
        return "no data yet"
    if all(is_old(line.points, line.period, end) for line in with_points):
        last = max(line.points[-1][0] for line in with_points)
        return f"nothing since {clock(last)} UTC"
    return ""


def _highest(lines: Sequence[Shown]) -> float:
    return max((value for line in lines if not line.right for _, value in line.points), default=0.0)


def _line(number: int, line: Shown, end: int) -> dict[str, Any]:
    style = {
        "width": 2,
        "color": colour(number),
        "type": "dashed" if is_dashed(number) else "solid",
    }
    return {
        "name": line.label,
        "type": "line",
        "yAxisIndex": 1 if line.right else 0,
        "data": with_gaps([point for point in line.points if point[0] <= end], line.period),
        "color": colour(number),
        "lineStyle": style,
        "itemStyle": {"color": colour(number)},
        "symbol": "circle",
        "symbolSize": 4,
        "showSymbol": len(line.points) <= DOTTED,
        "emphasis": {"disabled": True},  # a hover colour can't be computed from a custom property
    }


def with_gaps(points: Points, period: int) -> list[list[float | None]]:
    """Break the line at a period without a value, because nothing was measured then."""
    drawn: list[list[float | None]] = [list(point) for point in points[:1]]
    for before, after in pairwise(points):
        if after[0] - before[0] > 1.5 * period * 1000:
            drawn.append([before[0] + period * 1000, None])
        drawn.append(list(after))
    return drawn


def _limit(name: str, value: float, begin: int, end: int) -> dict[str, Any]:
    style = {"width": 1.5, "color": "var(--bad)", "type": "dotted"}
    return {
        "name": name,
        "type": "line",
        "data": [[begin, value], [end, value]],
        "color": "var(--bad)",
        "lineStyle": style,
        "symbol": "none",
        "silent": True,
        "tooltip": {"show": False},
        "emphasis": {"disabled": True},
    }
