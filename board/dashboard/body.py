"""Read a dashboard's body, as CloudWatch stores it, into widgets on a grid. Pure.

The shapes are those of "Dashboard body structure and syntax" in the CloudWatch reference, as far as
the stack's dashboard uses them. An unknown widget is kept as one that shows the reason.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from board.errors import BoardError

COLUMNS: Final = 24
"""The width of a dashboard in units."""

LOOK_BACK: Final = 3 * 3600
"""The time range in seconds if the body has none (CloudWatch's default)."""

PERIOD: Final = 300
"""The period in seconds if a widget has none (CloudWatch's default)."""

_DURATION: Final = re.compile(r"-P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_SOURCE: Final = re.compile(r"SOURCE '([^']+)'(?: START=\S+ END=\S+)?\s*\|\s*(.*)", re.DOTALL)


class UnknownFormError(Exception):
    """A widget contains something that isn't drawn here."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A widget's place in units of the grid."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Line:
    """One metric or expression of a widget."""

    id: str
    label: str
    query: Mapping[str, Any]
    """The query for GetMetricData."""
    period: int
    """Seconds."""
    shown: bool = True
    """Whether it is drawn. A line that isn't is only used in an expression."""
    right: bool = False
    """Whether it belongs to the right axis."""
    counts: bool = False
    """Whether a value grows until its period is over, so that the newest value is incomplete."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Lines over time."""

    title: str
    lines: Sequence[Line]
    unit: str = ""
    limits: Sequence[tuple[str, float]] = ()
    """Horizontal lines and their names."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The newest value of each line as a number."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Text:
    """Markdown."""

    markdown: str


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """The state of some alarms."""

    title: str
    names: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Log:
    """The result of a Logs Insights query."""

    title: str
    group: str
    query: str


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A widget that isn't drawn here, with the reason."""

    title: str
    why: str


Content: TypeAlias = Graph | Figure | Text | Alarms | Log | Unknown


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A widget at its place."""

    place: Place
    content: Content


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A whole dashboard."""

    widgets: Sequence[Widget]
    """In reading order: by row, then from left to right."""
    look_back: int
    """The time range of its graphs in seconds."""


def parse(body: str, region: str) -> Dashboard:
    """Read a body. Raises `BoardError` if it is malformed.

    A widget of another region than `region` is kept as one that isn't drawn, because its metrics
    are in that region.
    """
    try:
        given = cast("Mapping[str, Any]", json.loads(body))
        widgets = [_widget(each, region) for each in given["widgets"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"the dashboard's body can't be read: {type(error).__name__}: {error}"
        raise BoardError(message) from error
    widgets.sort(key=lambda widget: (widget.place.y, widget.place.x))
    return Dashboard(widgets=widgets, look_back=_seconds(given.get("start", "")))


def _seconds(start: str) -> int:
    found = _DURATION.fullmatch(start)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return (days * 24 + hours) * 3600 + minutes * 60 or LOOK_BACK


def _widget(given: Mapping[str, Any], region: str) -> Widget:
    place = Place(
        x=int(given.get("x", 0)),
        y=int(given.get("y", 0)),
        width=int(given.get("width", 6)),
        height=int(given.get("height", 6)),
    )
    kind, properties = str(given["type"]), cast("Mapping[str, Any]", given["properties"])
    title = str(properties.get("title", kind))
    try:
        content = _content(kind, title, properties, region)
    except UnknownFormError as error:
        content = Unknown(title=title, why=str(error))
    return Widget(place=place, content=content)


def _content(kind: str, title: str, properties: Mapping[str, Any], region: str) -> Content:
    if kind == "text":
        return Text(markdown=str(properties["markdown"]))
    if kind == "alarm":
        arns = cast("Sequence[str]", properties["alarms"])
        return Alarms(title=title, names=[arn.partition(":alarm:")[2] for arn in arns])
    if kind == "log":
        found = _SOURCE.fullmatch(str(properties["query"]))
        if not found:
            raise UnknownFormError(_not_drawn("a query that names no log group"))
        return Log(title=title, group=found[1], query=found[2])
    view = properties.get("view", "timeSeries")
    if kind != "metric" or view not in {"timeSeries", "singleValue"}:
        raise UnknownFormError(_not_drawn(f"{kind} {view}" if kind == "metric" else kind))
    lines = _lines(properties, region)
    if view == "singleValue":
        return Figure(title=title, lines=lines)
    left = properties.get("yAxis", {}).get("left", {})
    limits = properties.get("annotations", {}).get("horizontal", [])
    return Graph(
        title=title,
        lines=lines,
        unit=str(left.get("label", "")),
        limits=[(str(each.get("label", "")), float(each["value"])) for each in limits],
    )


def _lines(properties: Mapping[str, Any], region: str) -> Sequence[Line]:
    period, stat = properties.get("period", PERIOD), properties.get("stat", "Average")
    here = properties.get("region", region)
    lines: list[Line] = []
    for number, entry in enumerate(cast("Sequence[Sequence[object]]", properties["metrics"])):
        named = [part for part in entry if isinstance(part, str)]
        shape: dict[str, Any] = {"period": period, "stat": stat, "region": here}
        shape["id"] = f"line{number}"
        if isinstance(entry[-1], dict):
            shape |= cast("Mapping[str, Any]", entry[-1])
        if shape["region"] != region:
            raise UnknownFormError(_not_drawn(f"a metric of {shape['region']}"))
        lines.append(_metric(named, shape) if named else _expression(shape, lines))
    return lines


def _metric(named: Sequence[str], shape: Mapping[str, Any]) -> Line:
    if any(part.startswith(".") for part in named):  # it means "as in the previous line"
        raise UnknownFormError(_not_drawn("the shorthand of dots"))
    namespace, name, *pairs = named
    dimensions = [
        {"Name": key, "Value": value} for key, value in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    label = str(shape.get("label", name))
    return Line(
        id=str(shape["id"]),
        label=label,
        query={
            "Id": shape["id"],
            "Label": label,
            "MetricStat": {
                "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
                "Period": shape["period"],
                "Stat": shape["stat"],
            },
            "ReturnData": shape.get("visible", True),
        },
        period=int(shape["period"]),
        shown=bool(shape.get("visible", True)),
        right=shape.get("yAxis") == "right",
        counts=shape["stat"] in {"Sum", "SampleCount"},
    )


def _expression(shape: Mapping[str, Any], before: Sequence[Line]) -> Line:
    """Read an expression. It has the period of the metrics that it uses."""
    expression, label = str(shape["expression"]), str(shape.get("label", shape["expression"]))
    names = set(re.findall(r"\w+", expression))
    named = [line for line in before if line.id in names]
    query = {"Id": shape["id"], "Label": label, "Expression": expression}
    if expression.startswith("SELECT"):
        query["Period"] = shape["period"]  # all others have the period of their metrics
    return Line(
        id=str(shape["id"]),
        label=label,
        query=query | {"ReturnData": shape.get("visible", True)},
        period=max((line.period for line in named), default=int(shape["period"])),
        shown=bool(shape.get("visible", True)),
        right=shape.get("yAxis") == "right",
        counts=any(line.counts for line in named) or "'Sum'" in expression,
    )


def _not_drawn(what: str) -> str:
    return f"{what}: not drawn here; see it in the console"
