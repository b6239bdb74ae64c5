"""Widgets of a CloudWatch dashboard: pure functions from keywords to plain data.

The format is that of "Dashboard body structure and syntax" in the CloudWatch reference.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from components.monitoring.metrics import Metric

Widget: TypeAlias = dict[str, Any]
Line: TypeAlias = list[Any]

WIDTH: Final = 24
"""Width of a dashboard, in units of its grid."""

HEIGHT: Final = 6


def line(
    *, metric: Metric, label: str, region: str, hidden_as: str | None = None, right: bool = False
) -> Line:
    """Show one metric, or hide it under the id `hidden_as` for use in an expression."""
    options: dict[str, Any] = {
        "label": label,
        "stat": metric.stat,
        "period": metric.period,
        "region": region,
    }
    if hidden_as:
        options |= {"id": hidden_as, "visible": False}
    if right:
        options["yAxis"] = "right"
    pairs = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *pairs, options]


def computed(*, expression: str, label: str, region: str, period: int = 60) -> Line:
    """Show the value of an expression."""
    return [{"expression": expression, "label": label, "region": region, "period": period}]


def rate(*, metric: Metric, label: str, region: str, name: str) -> list[Line]:
    """Show a metric of sums as a rate a second.

    CloudWatch uses longer periods when one zooms out. This changes a sum, but not a rate. `name` is
    an id that is unique in the widget.
    """
    return [
        line(metric=metric, label=label, region=region, hidden_as=name),
        computed(expression=f"{name}/PERIOD({name})", label=label, region=region),
    ]


def over_tasks(*, metric: Metric, label: str, region: str) -> Line:
    """Show a metric of each task.

    A sum over tasks would hide a bottleneck: a single task that waits all the time, while the
    others are idle.
    """
    application = metric.dimensions["Application"]
    search = (
        f'SEARCH(\'{{{metric.namespace},Application,Task}} MetricName="{metric.name}" '
        f"Application=\"{application}\"', '{metric.stat}', {metric.period})"
    )
    return computed(expression=search, label=label, region=region, period=metric.period)


def graph(
    *,
    title: str,
    lines: Sequence[Line],
    region: str,
    limit: tuple[str, float] | None = None,
    unit: str | None = None,
) -> Widget:
    """Show a graph of lines over time; `limit` is a horizontal line with a name."""
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "region": region,
        "metrics": list(lines),
        "yAxis": {"left": {"min": 0} | ({"label": unit, "showUnits": False} if unit else {})},
    }
    if limit:
        label, value = limit
        properties["annotations"] = {"horizontal": [{"label": label, "value": value}]}
    return {"type": "metric", "height": HEIGHT, "properties": properties}


def number(*, title: str, lines: Sequence[Line], region: str) -> Widget:
    """Show the newest values as numbers."""
    return {
        "type": "metric",
        "height": 3,
        "properties": {
            "title": title,
            "view": "singleValue",
            "region": region,
            "metrics": list(lines),
            "sparkline": True,
        },
    }


def text(*, markdown: str, height: int = 2) -> Widget:
    """Show text with links."""
    return {"type": "text", "height": height, "properties": {"markdown": markdown}}


def alarm_states(*, title: str, arns: Sequence[str], height: int = 4) -> Widget:
    """Show the states of alarms."""
    return {
        "type": "alarm",
        "height": height,
        "properties": {"title": title, "alarms": list(arns), "sortBy": "stateUpdatedTimestamp"},
    }


def log_lines(*, title: str, log_group: str, query: str, region: str) -> Widget:
    """Show the log lines that a Logs Insights query finds."""
    return {
        "type": "log",
        "height": HEIGHT,
        "properties": {
            "title": title,
            "view": "table",
            "region": region,
            "query": f"SOURCE '{log_group}' | {query}",
        },
    }


def rows(*content: Sequence[Widget]) -> list[Widget]:
    """Place rows below each other. The widgets of a row have equal width and height."""
    placed: list[Widget] = []
    y = 0
    for row in content:
        width, height = WIDTH // len(row), max(widget["height"] for widget in row)
        placed += [
            widget | {"x": at * width, "y": y, "width": width, "height": height}
            for at, widget in enumerate(row)
        ]
        y += height
    return placed
