"""CloudWatch: alarms and dashboards."""

from collections.abc import Mapping
from typing import Any, Final

from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.reading import mirror, now
from local.deploy.resources.shapes import request

METRIC_NAMES: Final = {
    "name": "AlarmName",
    "metricQueries": "Metrics",
    "thresholdMetricId": "ThresholdMetricId",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
}
"""Inputs of a metric alarm that have other names in the API."""


def _metric_alarm(inputs: Properties) -> Properties:
    wanted = {METRIC_NAMES.get(key, key): value for key, value in _untagged(inputs).items()}
    if "dimensions" in wanted:
        wanted["dimensions"] = _dimensions(wanted["dimensions"])
    if "Metrics" in wanted:
        wanted["Metrics"] = [_query(query) for query in wanted["Metrics"]]
    return request("cloudwatch", "PutMetricAlarm", wanted)


def _put_metric_alarm(cloud: Cloud, inputs: Properties) -> Made:
    cloud.client("cloudwatch").put_metric_alarm(**_metric_alarm(inputs))
    return Made(inputs["name"], {"arn": _alarm_arn(cloud, inputs["name"])})


def _query(query: Mapping[str, Any]) -> Properties:
    """Nest a metric query for the API. The provider's `metric` is flat."""
    shaped = {key: value for key, value in query.items() if key != "metric"}
    metric = query.get("metric")
    if metric:
        outside = {"period", "stat", "unit"}
        inner = {key: value for key, value in metric.items() if key not in outside}
        if "dimensions" in inner:
            inner["dimensions"] = _dimensions(inner["dimensions"])
        around = {key: value for key, value in metric.items() if key in outside}
        shaped["metricStat"] = {"metric": inner, **around}
    return shaped


def _dimensions(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": key, "Value": value} for key, value in dimensions.items()]


def _composite_alarm(inputs: Properties) -> Properties:
    wanted = _untagged(inputs)
    wanted["actionsEnabled"] = wanted.get("actionsEnabled", True)
    return request("cloudwatch", "PutCompositeAlarm", wanted)


def _put_composite_alarm(cloud: Cloud, inputs: Properties) -> Made:
    cloud.client("cloudwatch").put_composite_alarm(**_composite_alarm(inputs))
    return Made(inputs["alarmName"], {"arn": _alarm_arn(cloud, inputs["alarmName"])})


def _update_metric_alarm(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_metric_alarm(cloud, inputs).outputs


def _update_composite_alarm(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_composite_alarm(cloud, inputs).outputs


def _read_metric_alarm(cloud: Cloud, old: Existing) -> Properties | None:
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[old.id])["MetricAlarms"]
    return now(old, _metric_alarm(dict(old.inputs)), found[0], METRIC_NAMES) if found else None


def _read_composite_alarm(cloud: Cloud, old: Existing) -> Properties | None:
    found = cloud.client("cloudwatch").describe_alarms(
        AlarmNames=[old.id], AlarmTypes=["CompositeAlarm"]
    )["CompositeAlarms"]
    return now(old, _composite_alarm(dict(old.inputs)), found[0]) if found else None


def _delete_alarm(cloud: Cloud, old: Existing) -> None:
    cloud.client("cloudwatch").delete_alarms(AlarmNames=[old.id])


def _put_dashboard(cloud: Cloud, inputs: Properties) -> Made:
    name = inputs["dashboardName"]
    cloud.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=inputs["dashboardBody"]
    )
    return Made(name, {"dashboardArn": f"arn:aws:cloudwatch::{cloud.account}:dashboard/{name}"})


def _update_dashboard(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_dashboard(cloud, inputs).outputs


def _read_dashboard(cloud: Cloud, old: Existing) -> Properties:
    body = cloud.client("cloudwatch").get_dashboard(DashboardName=old.id)["DashboardBody"]
    return {**old.inputs, "dashboardBody": mirror(old.inputs["dashboardBody"], body)}


def _delete_dashboard(cloud: Cloud, old: Existing) -> None:
    cloud.client("cloudwatch").delete_dashboards(DashboardNames=[old.id])


def _untagged(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if key not in {"tags", "tagsAll"}}


def _alarm_arn(cloud: Cloud, name: str) -> str:
    return f"arn:aws:cloudwatch:{cloud.region}:{cloud.account}:alarm:{name}"


_TAGGING: Final = Tagging(
    service="cloudwatch",
    tag="tag_resource",
    untag="untag_resource",
    listing="list_tags_for_resource",
    target="ResourceARN",
)

TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": ResourceType(
        create=_put_metric_alarm,
        update=_update_metric_alarm,
        read=_read_metric_alarm,
        delete=_delete_alarm,
        name="name",
        fixed=frozenset({"name"}),
        tagging=_TAGGING,
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ResourceType(
        create=_put_composite_alarm,
        update=_update_composite_alarm,
        read=_read_composite_alarm,
        delete=_delete_alarm,
        name="alarmName",
        fixed=frozenset({"alarmName"}),
        tagging=_TAGGING,
    ),
    "aws:cloudwatch/dashboard:Dashboard": ResourceType(
        create=_put_dashboard,
        update=_update_dashboard,
        read=_read_dashboard,
        delete=_delete_dashboard,
        inputs=knows("dashboardName", "dashboardBody"),
        fixed=frozenset({"dashboardName"}),
    ),
}
