"""The metric math that our own widgets and alarms use, over series of values. Pure.

The emulator evaluates no expression at all. These are the forms that `components` writes, and no
others: what isn't listed here is refused by name, not guessed at. What each one means is said in
the CloudWatch user guide ("Using math expressions with CloudWatch metrics", "CloudWatch search
expression syntax", "CloudWatch Metrics Insights query components and syntax").
"""

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Final, TypeAlias

Series: TypeAlias = Mapping[int, float]
"""A value for the beginning of each period that has one, in seconds since the epoch."""

ALLOWED: Final = (
    "m/PERIOD(m), m/4, RATE(m), "
    "SEARCH('{Namespace,Dimension} MetricName=\"x\" Dimension=\"y\"', 'Stat', 60), "
    "SELECT MAX(x) FROM \"Namespace\" WHERE Dimension = 'y'"
)

_PER_SECOND: Final = re.compile(r"(\w+)\s*/\s*PERIOD\(\s*(\w+)\s*\)")
_DIVIDED: Final = re.compile(r"(\w+)\s*/\s*(\d+(?:\.\d+)?)")
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
    """An expression that isn't one of ours, or names what isn't there."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A metric that an expression names by its id."""

    values: Series
    period: int
    """Seconds."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """All metrics of a name that have these dimensions."""

    namespace: str
    metric: str
    statistic: str
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values of dimensions that must be met."""
    dimensions: AbstractSet[str] | None = None
    """Names of all dimensions that a metric must have, no more and no less; None: any beside."""
    period: int | None = None
    """Seconds; None: the query's."""
    together: bool = False
    """Whether what is found is one series, not one each."""

    def finds(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> bool:
        """Tell whether a metric is meant."""
        return (
            (namespace, metric) == (self.namespace, self.metric)
            and self.where.items() <= dimensions.items()
            and (self.dimensions is None or dimensions.keys() == self.dimensions)
        )

    def label(self, dimensions: Mapping[str, str]) -> str:
        """Name a found metric by what tells it from the others."""
        return " ".join(value for key, value in dimensions.items() if key not in self.where)


def parse_search(expression: str) -> Search | None:
    """Read a SEARCH or a SELECT; None where an expression is neither."""
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
    """Evaluate arithmetic over metrics; `ExpressionError` where it is none of the known forms."""

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
    message = f"{expression}: not evaluated on the local cloud; allowed: {ALLOWED}"
    raise ExpressionError(message)


def merge(series: Sequence[Series], statistic: str) -> Series:
    """Make one series of several: of each period the largest, smallest, sum or mean."""
    by_time: dict[int, list[float]] = {}
    for each in series:
        for at, value in each.items():
            by_time.setdefault(at, []).append(value)
    function = _TOGETHER[statistic]
    return {at: function(by_time[at]) for at in sorted(by_time)}
