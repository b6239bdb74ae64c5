"""CloudWatch: expressions, alarm states, and the speed of requests.

Expressions. AWS's GetMetricData evaluates metric math and searches. The emulator returns an error
for each expression: `test_expressions_are_not_evaluated`. Here `metric_math` evaluates the
expressions that it knows. The result of any other expression is an error with the reason.

Alarms. AWS evaluates an alarm in every period, over the metric with exactly the alarm's dimensions
or over the alarm's metric queries. It treats missing values as the alarm defines. The emulator
differs in three points:

- An alarm reacts to all metrics with the same name, whatever their dimensions:
  `test_an_alarm_reacts_to_a_metric_with_other_dimensions`.
- An alarm's metric queries are lost: `test_an_alarm_over_queries_forgets_them`.
- An alarm is evaluated only when a value is published, so missing values never raise an alarm:
  `test_missing_values_never_raise_an_alarm`.

Here `alarm_state` evaluates an alarm when a value is published and at each DescribeAlarms request.

Speed. AWS's response time doesn't depend on the number of stored values. The emulator searches all
values at each request, to delete those older than two weeks:
`test_every_call_looks_through_all_values`. Here this happens once a minute.
"""

import importlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from local.emulator.alarm_state import Condition, evaluate
from local.emulator.metric_math import (
    ExpressionError,
    Given,
    Search,
    Series,
    compute,
    merge,
    parse_search,
)
from local.emulator.patches import Module, seldom

Answer: TypeAlias = tuple[int, Mapping[str, str], bytes]
Handler: TypeAlias = Callable[..., Answer]
Query: TypeAlias = Mapping[str, Any]

PERIOD: Final = 60
"""Seconds of a period if a query gives none."""


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    service: Module = importlib.import_module("ministack.services.cloudwatch")
    cloudwatch = CloudWatch(service)
    service._evict_old_metrics = seldom(service._evict_old_metrics, PERIOD)
    service._get_metric_data = _with_expressions(service, cloudwatch)
    service._put_metric_alarm = _keeping_queries(service)
    service._describe_alarms = _judged_first(service)
    service._evaluate_alarm = _judging(service, cloudwatch)


class CloudWatch:
    """Series of the metrics that the emulator stores for the calling account."""

    def __init__(self, service: Module) -> None:
        """Use the emulator's CloudWatch module."""
        self._service = service

    def evaluate(self, queries: Sequence[Query], query: Query) -> list[tuple[str, Series]]:
        """Give the series of one of the queries, each with a suffix for the query's label.

        Raises `ExpressionError` for an expression of an unknown form.
        """
        expression = query.get("Expression")
        if not expression:
            return [("", self._series_of(query))]
        if search := parse_search(expression):
            period = search.period or int(query.get("Period") or PERIOD)
            found = list(self._found(search, period))
            if search.together:
                return [("", merge([series for _, series in found], search.statistic))]
            return found
        given = {
            str(each["Id"]): Given(values=self._series_of(each), period=period_of(each))
            for each in queries
            if "MetricStat" in each
        }
        return [("", compute(expression, given))]

    def series(
        self, namespace: str, metric: str, dimensions: Mapping[str, str], stat: str, period: int
    ) -> Series:
        """Give one metric's values, by the beginning of each period."""
        key = (namespace, metric, self._service._dims_key(dimensions))
        return self._by_period(self._service._metrics.get(key) or [], stat, period)

    def _series_of(self, query: Query) -> Series:
        asked = query["MetricStat"]
        metric = asked["Metric"]
        dimensions = self._service._dims_from_list(metric.get("Dimensions") or [])
        name = str(metric["MetricName"])
        return self.series(
            str(metric["Namespace"]), name, dimensions, str(asked["Stat"]), period_of(query)
        )

    def _found(self, search: Search, period: int) -> Iterator[tuple[str, Series]]:
        for (namespace, metric, _), points in sorted(self._service._metrics.items()):
            dimensions: Mapping[str, str] = points[0]["Dimensions"] if points else {}
            if points and search.finds(namespace, metric, dimensions):
                yield search.label(dimensions), self._by_period(points, search.statistic, period)

    def _by_period(self, points: Sequence[Query], stat: str, period: int) -> Series:
        by_start: dict[int, list[Query]] = {}
        for point in points:
            by_start.setdefault(int(point["Timestamp"] // period) * period, []).append(point)
        values = {
            start: self._service._stat_value(self._service._calc_stats(held), stat, held)
            for start, held in sorted(by_start.items())
        }
        return {start: value for start, value in values.items() if value is not None}


def period_of(query: Query) -> int:
    """Give a query's period in seconds."""
    return int(query.get("MetricStat", query).get("Period") or PERIOD)


def _with_expressions(service: Module, cloudwatch: CloudWatch) -> Handler:
    original: Handler = service._get_metric_data

    def get_metric_data(*given: Any) -> Answer:  # noqa: ANN401 -- its parameters
        _, data, is_cbor, _ = given
        queries: Sequence[Query] = data.get("MetricDataQueries", [])
        if not any(query.get("Expression") for query in queries):
            return original(*given)
        begin, end = (service._parse_ts(data.get(each)) for each in ("StartTime", "EndTime"))
        results: list[dict[str, Any]] = []
        for query in queries:
            if query.get("ReturnData", True):
                results += _results(cloudwatch, queries, query, begin or 0.0, end or time.time())
        if is_cbor:
            shaped = [service._cbor_metric_data_result(each) for each in results]
            return service._cbor_ok({"MetricDataResults": shaped})
        return service._json_ok({"MetricDataResults": results})

    return get_metric_data


def _results(
    cloudwatch: CloudWatch, queries: Sequence[Query], query: Query, begin: float, end: float
) -> Iterator[dict[str, Any]]:
    result = {"Id": query["Id"], "Label": query.get("Label", query["Id"]), "StatusCode": "Complete"}
    try:
        found = cloudwatch.evaluate(queries, query)
    except ExpressionError as error:
        messages = [{"Code": "Unsupported", "Value": str(error)}]
        yield {
            **result,
            "StatusCode": "InternalError",
            "Messages": messages,
            "Timestamps": [],
            "Values": [],
        }
        return
    for label, series in found:
        inside = {at: value for at, value in series.items() if begin <= at < end}
        yield {
            **result,
            "Label": f"{result['Label']}{label}",
            "Timestamps": [_iso(at) for at in inside],
            "Values": list(inside.values()),
        }


def _iso(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _keeping_queries(service: Module) -> Handler:
    original: Handler = service._put_metric_alarm

    def put_metric_alarm(*given: Any) -> Answer:  # noqa: ANN401 -- its parameters
        data: Query = given[1]
        answer = original(*given)
        alarm = service._alarms.get(data.get("AlarmName"))
        if alarm and data.get("Metrics"):
            alarm["Metrics"] = json.loads(json.dumps(data["Metrics"]))
        return answer

    return put_metric_alarm


def _judged_first(service: Module) -> Handler:
    original: Handler = service._describe_alarms

    def describe_alarms(*given: object) -> Answer:
        service._evaluate_all_alarms()
        return original(*given)

    return describe_alarms


def _judging(service: Module, cloudwatch: CloudWatch) -> Callable[[dict[str, Any]], None]:
    def evaluate_alarm(alarm: dict[str, Any]) -> None:
        queries: Sequence[Query] = alarm.get("Metrics") or []
        if queries:
            shown = next(each for each in queries if each.get("ReturnData", True))
            period = max(period_of(each) for each in queries)
            values = merge([s for _, s in cloudwatch.evaluate(queries, shown)], "Maximum")
        elif alarm.get("MetricName"):
            period = int(alarm["Period"])
            stat = alarm.get("ExtendedStatistic") or alarm["Statistic"]
            dimensions = service._dims_from_list(alarm.get("Dimensions") or [])
            name = alarm["MetricName"]
            values = cloudwatch.series(alarm["Namespace"], name, dimensions, stat, period)
        else:
            return
        judged = evaluate(values, Condition.of(alarm, period), time.time())
        if judged and judged[0] != alarm["StateValue"]:
            old, (alarm["StateValue"], alarm["StateReason"]) = alarm["StateValue"], judged
            alarm["StateUpdatedTimestamp"] = int(time.time())
            service._record_history(alarm["AlarmName"], old, *judged)
            service._dispatch_alarm_actions(alarm, old, *judged)
            service._evaluate_parent_alarms(alarm)

    return evaluate_alarm
