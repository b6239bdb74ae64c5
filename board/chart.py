"""The chart of highest prices as options of ECharts, and its text alternative. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, floor, log10
from typing import Any, Final

from board.model import View
from board.wording import clock, price

LINES: Final = 6
"""The largest number of tickers that are drawn. There is one colour for each."""

SPAN: Final = 5 * 60_000
"""The shortest time that the chart shows, in milliseconds of event time."""

HEIGHT: Final = 280.0
"""The approximate height of the plot, in pixels."""

LABEL: Final = 15.0
"""The smallest distance at which two labels can be read, in pixels."""

Series = Mapping[str, Sequence[tuple[int, float]]]


def choose(view: View) -> Series:
    """Choose the tickers with the most trades in their latest window, and sort them by name.

    A ticker keeps its colour as long as the choice is the same.
    """
    results = [row.result for row in view.rows]
    ranked = sorted(results, key=lambda each: (-each.measures.get("trades", 0), each.ticker))
    chosen = sorted(each.ticker for each in ranked[:LINES])
    return {ticker: view.series[ticker] for ticker in chosen}


def options(view: View) -> dict[str, Any]:
    """Draw the highest price of each window and ticker.

    The colours are custom properties of the page. So the SVG changes with the page between light
    and dark.
    """
    series = choose(view)
    end = view.newest or view.now
    start = min((points[0][0] for points in series.values()), default=end)
    low, high, step = bounds([value for points in series.values() for _, value in points])
    label = {"color": "var(--muted)", "fontSize": 12}
    lasts = [points[-1][1] for points in series.values()]
    shifts = spread([HEIGHT * (high - last) / (high - low) for last in lasts])
    return {
        "animation": False,  # an animated line would look as if its past had changed
        "useUTC": True,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 44, "right": 58, "top": 12, "bottom": 26, "containLabel": False},
        "tooltip": {
            "trigger": "axis",
            "className": "chart-tooltip",
            "axisPointer": {"lineStyle": {"color": "var(--line-strong)", "type": "solid"}},
            "order": "valueDesc",
        },
        "xAxis": {
            "type": "time",
            "min": min(start, end - SPAN),
            "max": end,
            "axisLine": {"show": True, "lineStyle": {"color": "var(--line-strong)", "width": 1}},
            "axisTick": {"show": False},
            "splitNumber": 5,
            "axisLabel": label | {"hideOverlap": True, "formatter": "{HH}:{mm}"},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            # Prices are compared with each other, not with nothing.
            "min": low,
            "max": high,
            "interval": step,
            "axisLabel": label,
            "splitLine": {"lineStyle": {"color": "var(--line)"}},
        },
        "series": [
            _line(number, ticker, points, shift)
            for number, ((ticker, points), shift) in enumerate(
                zip(series.items(), shifts, strict=True)
            )
        ],
    }


def bounds(values: Sequence[float]) -> tuple[float, float, float]:
    """Give round bounds around the values, and the step for four to eight parts."""
    low, high = min(values, default=0.0), max(values, default=100.0)
    span = max(high - low, abs(high) * 0.01, 0.05)
    power = 10 ** floor(log10(span / 5))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= span / 7)
    first, last = floor(low / step), ceil(high / step)
    return round(first * step, 6), round(max(last, first + 1) * step, 6), round(step, 6)


def spread(places: Sequence[float]) -> list[float]:
    """Return the shift of each label at these heights so that no label covers another."""
    order = sorted(range(len(places)), key=places.__getitem__)
    shifted = list(places)
    for above, below in pairwise(order):
        shifted[below] = max(shifted[below], shifted[above] + LABEL)
    over = max(0.0, max(shifted, default=0.0) - max([HEIGHT, *places]))
    for below in reversed(order):  # move labels up from the bottom edge as far as needed
        if over <= 0:
            break
        shifted[below] -= over
        higher = order[order.index(below) - 1] if below != order[0] else None
        over = 0.0 if higher is None else max(0.0, shifted[higher] + LABEL - shifted[below])
    return [round(new - old, 1) for new, old in zip(shifted, places, strict=True)]


def describe(view: View) -> str:
    """Return the text alternative of the chart."""
    series = choose(view)
    if not series or view.newest is None:
        return "Highest price by ticker: no result yet."
    first = min(points[0][0] for points in series.values())
    lines = [
        f"{ticker} {price(points[-1][1])}, from {price(min(value for _, value in points))} "
        f"to {price(max(value for _, value in points))}"
        for ticker, points in series.items()
    ]
    span = f"windows ending from {clock(first)} to {clock(view.newest)} UTC"
    return f"Highest price by ticker, {span}: {'; '.join(lines)}."


def _line(
    number: int, ticker: str, points: Sequence[tuple[int, float]], shift: float
) -> dict[str, Any]:
    colour = f"var(--series-{number + 1})"
    return {
        "name": ticker,
        "type": "line",
        "data": [list(point) for point in points],
        "color": colour,
        "lineStyle": {"width": 2, "color": colour},
        "itemStyle": {"color": colour},
        "symbol": "circle",
        "symbolSize": 5,
        "showSymbol": True,
        "emphasis": {"disabled": True},  # a hover colour can't be computed from a custom property
        "endLabel": {
            "show": True,
            "formatter": "{a}",
            "color": colour,
            "fontWeight": 600,
            "fontSize": 12,
            "distance": 8,
            "offset": [0, shift],
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
