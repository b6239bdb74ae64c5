"""The metric math of our own widgets and alarms, over series of values. Pure functions.

The emulator evaluates no expressions. This module evaluates only the forms of expressions that
`components` writes. For any other expression it raises an error that names the expression. The
CloudWatch user guide defines the forms ("Using math expressions with CloudWatch metrics",
"CloudWatch search expression syntax", "CloudWatch Metrics Insights query components and syntax").
"""

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Final, TypeAlias

Series: TypeAlias = Mapping[int, float]
"""Values by the beginning of their period, in seconds since the epoch."""

ALLOWED: Final = (
    "m/PERIOD(m), m/4, RATE(m), IF(m > 0 AND FILL(r, 0) < 1, 1, 0), "
    "SEARCH('{Namespace,Dimension} MetricName=\"x\" Dimension=\"y\"', 'Stat', 60), "
    "SELECT MAX(x) FROM \"Namespace\" WHERE Dimension = 'y'"
)

_PER_SECOND: Final = re.compile(r"(\w+)\s*/\s*PERIOD\(\s*(\w+)\s*\)")
_DIVIDED: Final = re.compile(r"(\w+)\s*/\s*(\d+(?:\.\d+)?)")
_UNREAD: Final = re.compile(r"IF\((\w+) > 0 AND FILL\((\w+), 0\) < 1, 1, 0\)")
_RATE: Final = re.compile(r"RATE\(\s*(\w+)\s*\)")
_SEARCH: Final = re.compile(
    r"SEARCH\('\{([\w/]+)((?:,\w+)+)\} (\w+=\"[^\"']*\"(?: \w+=\"[^\"']*\")*)',"
    r" '(\w+)', (\d+)\)"
)
_TERM: Final = re.compile(r"(\w+)=\"([^\"']*)\"")
_SELECT: Final = re.compile(
    r"SELECT (MAX|MIN|SUM|AVG)\((\w+)\) FROM \"([\w/]+)\" WHERE (\w+) = '([^']*)'"
)
_STATISTICS: Final = {"MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum", "AVG": "Average"}

_TOGETHER: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
    "Average": fmean,
}


class ExpressionError(Exception):
    """An expression of an unknown form, or with the id of a metric that isn't given."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A metric that an expression names by its id."""

    values: Series
    period: int
    """Seconds."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search for all metrics with this name and these dimensions."""

    namespace: str
    metric: str
    statistic: str
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    """Required values of dimensions."""
    dimensions: AbstractSet[str] | None = None
    """The exact set of a metric's dimension names. None: a metric may have other dimensions too."""
    period: int | None = None
    """Seconds. None means the query's period."""
    together: bool = False
    """Whether to merge the found metrics into one series, instead of one series for each."""

    def finds(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> bool:
        """Return whether the search finds a metric."""
        return (
            (namespace, metric) == (self.namespace, self.metric)
            and self.where.items() <= dimensions.items()
            and (self.dimensions is None or dimensions.keys() == self.dimensions)
        )

    def label(self, dimensions: Mapping[str, str]) -> str:
        """Name a found metric by the dimensions in which found metrics differ."""
        return " ".join(value for key, value in dimensions.items() if key not in self.where)


def parse_search(expression: str) -> Search | None:
    """Read a SEARCH or a SELECT. None if an expression is neither."""
    if found := _SEARCH.fullmatch(expression.strip()):
        namespace, names, terms, statistic, period = found.groups()
        where = dict(_TERM.findall(terms))
        metric = where.pop("MetricName", "")
        return Search(
            namespace=namespace,
            metric=metric,
            statistic=statistic,
            where=where,
            dimensions=frozenset(names[1:].split(",")),
            period=int(period),
        )
    if found := _SELECT.fullmatch(expression.strip()):
        function, metric, namespace, dimension, value = found.groups()
        return Search(
            namespace=namespace,
            metric=metric,
            statistic=_STATISTICS[function],
            where={dimension: value},
            together=True,
        )
    return None


def compute(expression: str, given: Mapping[str, Given]) -> Series:
    """Evaluate arithmetic over metrics. Raises `ExpressionError` for an unknown form."""

    def get(name: str) -> Given:
        if name in given:
            return given[name]
        message = f"{expression}: no metric has the id {name}; given: {', '.join(given) or 'none'}"
        raise ExpressionError(message)

    text = expression.strip()
    if (found := _PER_SECOND.fullmatch(text)) and found[1] == found[2]:
        metric = get(found[1])
        return {at: value / metric.period for at, value in metric.values.items()}
    if (found := _DIVIDED.fullmatch(text)) and float(found[2]):
        return {at: value / float(found[2]) for at, value in get(found[1]).values.items()}
    if found := _RATE.fullmatch(text):
        points = sorted(get(found[1]).values.items())
        return {b: (value - before) / (b - a) for (a, before), (b, value) in pairwise(points)}
    if found := _UNREAD.fullmatch(text):
        read = get(found[2]).values
        return {
            at: float(came > 0 and read.get(at, 0) < 1) for at, came in get(found[1]).values.items()
        }
    message = f"{expression}: not evaluated on the local cloud; allowed: {ALLOWED}"
    raise ExpressionError(message)


def merge(series: Sequence[Series], statistic: str) -> Series:
    """Merge several series into one: the maximum, minimum, sum or mean of each period."""
    by_time: dict[int, list[float]] = {}
    for each in series:
        for at, value in each.items():
            by_time.setdefault(at, []).append(value)
    function = _TOGETHER[statistic]
    return {at: function(by_time[at]) for at in sorted(by_time)}
