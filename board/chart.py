"""The chart of one measure by ticker as options of ECharts, and its text alternative. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from board.choice import SPANS, Choice, title
from board.model import View
from board.numbers import measure
from board.palette import COLOURS, Lines
from board.wording import clock, zoned
from job.fields import Kind

LEAST_SPAN: Final = 5 * 60_000
"""The shortest time that the chart shows, in milliseconds of event time."""

DOTTED: Final = 40
"""Up to this number of windows each point is marked. A single point has no line."""

LABEL: Final = 96
"""The largest width of a ticker's name beside its line, in pixels. A longer name is cut."""

_CHARACTER: Final = 8
"""The approximate width of a letter, in pixels."""

_NUMBER: Final = (
    "value => value !== 0 && (Math.abs(value) < 1e-6 || Math.abs(value) >= 1e15)"
    " ? value.toPrecision(4)"
    " : new Intl.NumberFormat('en', Math.abs(value) >= 1e6"
    " ? {notation: 'compact', minimumSignificantDigits: 5, maximumSignificantDigits: 5}"
    " : {minimumFractionDigits: 2, maximumFractionDigits: 2, maximumSignificantDigits: 4,"
    " roundingPriority: 'morePrecision'}).format(value)"
)
"""As `board.numbers.price`. NiceGUI evaluates an option whose name begins with a colon."""

_COUNT: Final = "value => value.toLocaleString('en')"
_PERCENT: Final = "value => `${value > 0 ? '+' : ''}${value.toFixed(2)} %`"
_TICK: Final = (
    "value => new Intl.NumberFormat('en', {maximumSignificantDigits: 6,"
    " notation: Math.abs(value) >= 1e6 ? 'compact' : 'standard'}).format(value)"
)
_PERCENT_TICK: Final = (
    "value => `${value > 0 ? '+' : ''}"
    "${value.toLocaleString('en', {maximumSignificantDigits: 4})} %`"
)

Points = Sequence[tuple[int, float]]
"""Window ends, and the measure's value in that window or its change in per cent."""


def begin(view: View, lines: Lines, choice: Choice) -> int:
    """Give the time at which the chart begins."""
    end = view.newest or view.now
    start = min((view.series[ticker][0].window_end for ticker in lines), default=end)
    return max(end - SPANS[choice.span], min(start, end - LEAST_SPAN))


def values(view: View, lines: Lines, choice: Choice) -> Mapping[str, Points]:
    """Give the measure's values of each ticker. A result of an older version may lack it."""
    first, name = begin(view, lines, choice), choice.measure.name
    return {
        ticker: [
            (result.window_end, result.measures[name])
            for result in view.series[ticker]
            if result.window_end >= first and name in result.measures
        ]
        for ticker in lines
    }


def percent(points: Points) -> Points:
    """Give each value's change since the first one, in per cent."""
    if not points or not points[0][1]:
        return []
    base = points[0][1]
    return [(at, round(100 * (value / base - 1), 4)) for at, value in points]


def options(view: View, lines: Lines, choice: Choice) -> dict[str, Any]:
    """Draw a measure of each window and ticker.

    The colours are custom properties of the page. So the SVG changes with the page between light
    and dark. ECharts fits the axis to the values that the zoom shows.
    """
    series = values(view, lines, choice)
    label = {"color": "var(--muted)", "fontSize": 12}
    number = _PERCENT if choice.percent else _COUNT if _counts(choice) else _NUMBER
    right = 18 + min(LABEL, max((_CHARACTER * len(ticker) for ticker in lines), default=0))
    return {
        "animation": False,  # an animated line would look as if its past had changed
        "useUTC": True,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 4, "right": right, "top": 12, "bottom": 40, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "className": "chart-tooltip",
            "confine": True,
            "axisPointer": {"lineStyle": {"color": "var(--line-strong)", "type": "solid"}},
            "order": "valueDesc",
            ":valueFormatter": number,
        },
        "dataZoom": _zoom(right),
        "xAxis": {
            "type": "time",
            "min": begin(view, lines, choice),
            "max": view.newest or view.now,
            "axisLine": {"show": True, "lineStyle": {"color": "var(--line-strong)", "width": 1}},
            "axisTick": {"show": False},
            "splitNumber": 5,
            "axisLabel": label | {"hideOverlap": True, ":formatter": _time(choice, "value")},
            "axisPointer": {"label": {":formatter": _time(choice, "value.value", seconds=True)}},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "scale": True,  # prices are compared with each other, not with nothing
            "splitNumber": 6,
            "axisLabel": label | {":formatter": _PERCENT_TICK if choice.percent else _TICK},
            "splitLine": {"lineStyle": {"color": "var(--line)"}},
        },
        "series": [
            _line(lines[ticker], ticker, percent(points) if choice.percent else points)
            for ticker, points in series.items()
        ],
    }


def describe(view: View, lines: Lines, choice: Choice) -> str:
    """Return the text alternative of the chart."""
    what = f"{title(choice.measure)} by ticker"
    series = {name: points for name, points in values(view, lines, choice).items() if points}
    if not series or view.newest is None:
        return f"{what}: no result yet."

    def text(value: float) -> str:
        return measure(choice.measure.kind, value)

    told = [
        f"{ticker} {text(points[-1][1])}, from {text(min(value for _, value in points))} "
        f"to {text(max(value for _, value in points))}"
        for ticker, points in series.items()
    ]
    first = min(points[0][0] for points in series.values())
    span = f"from {clock(first, choice.tz)} to {zoned(view.newest, choice.tz)}"
    return f"{what}, windows ending {span}: {'; '.join(told)}."


def _counts(choice: Choice) -> bool:
    return choice.measure.kind is Kind.COUNT


def _time(choice: Choice, value: str, *, seconds: bool = False) -> str:
    """Write a function of JavaScript that gives a time of day in the chosen zone."""
    form = "hour: '2-digit', minute: '2-digit'" + ", second: '2-digit'" * seconds
    zone = f"timeZone: '{choice.zone}'"  # a name of the database has no quotation mark
    return f"value => new Intl.DateTimeFormat('en-GB', {{{form}, {zone}}}).format({value})"


def _zoom(right: int) -> list[dict[str, Any]]:
    """Zoom by the slider below the chart, by two fingers, or by the wheel with Ctrl.

    The wheel alone scrolls the page.
    """
    return [
        {"type": "inside", "zoomOnMouseWheel": "ctrl", "moveOnMouseMove": True},
        {
            "type": "slider",
            "height": 16,
            "bottom": 2,
            "left": 12,
            "right": right,
            "showDetail": False,
            "showDataShadow": False,
            "brushSelect": False,
            "borderColor": "var(--line)",
            "backgroundColor": "var(--raised)",
            "fillerColor": "var(--accent-soft)",
            "handleSize": "100%",
            "handleStyle": {"color": "var(--surface)", "borderColor": "var(--muted)"},
            "moveHandleSize": 0,
            "emphasis": {"handleStyle": {"color": "var(--surface)", "borderColor": "var(--ink)"}},
        },
    ]


def _line(number: int, ticker: str, points: Points) -> dict[str, Any]:
    colour = f"var(--series-{number % COLOURS + 1})"
    return {
        "name": ticker,
        "type": "line",
        "data": [list(point) for point in points],
        "color": colour,
        "lineStyle": {
            "width": 2,
            "color": colour,
            "type": "dashed" if number >= COLOURS else "solid",
        },
        "itemStyle": {"color": colour},
        "symbol": "circle",
        "symbolSize": 5,
        "showSymbol": len(points) <= DOTTED,
        "emphasis": {"disabled": True},  # a hover colour can't be computed from a custom property
        "labelLayout": {"moveOverlap": "shiftY"},
        "endLabel": {
            "show": True,
            "formatter": "{a}",
            "color": colour,
            "fontWeight": 600,
            "fontSize": 12,
            "lineHeight": 15,
            "distance": 8,
            "width": LABEL,
            "overflow": "truncate",
        },
    }


def spark(values: Sequence[float], most: int, width: int, height: int) -> tuple[str, str]:
    """Return the SVG paths of a small line of at most `most` values, and of the area below it."""
    if len(values) < 2:  # noqa: PLR2004 -- a line has two ends
        return "", ""
    top = max(*values, 1e-9)
    step = width / (most - 1)
    left = width - step * (len(values) - 1)
    points = " L".join(
        f"{left + number * step:.1f},{height - 1 - value / top * (height - 2):.1f}"
        for number, value in enumerate(values)
    )
    return f"M{points}", f"M{left:.1f},{height} L{points} L{width},{height} Z"
