"""CloudWatch Logs: groups, their streams, and filters on them."""

from collections.abc import Mapping
from typing import Final

from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.shapes import request


def _create_group(cloud: Cloud, inputs: Properties) -> Made:
    name, logs = inputs["name"], cloud.client("logs")
    wanted = {
        "logGroupName": name,
        "kmsKeyId": inputs.get("kmsKeyId"),
        "logGroupClass": inputs.get("logGroupClass"),
    }
    logs.create_log_group(**request("logs", "CreateLogGroup", wanted))
    _retain(cloud, name, inputs)
    # The provider's ARN has no ":*" at its end, unlike the one that the API gives.
    return Made(name, {"arn": f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{name}"})


def _update_group(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    _retain(cloud, old.id, inputs)
    return {}


def _retain(cloud: Cloud, name: str, inputs: Properties) -> None:
    days = int(inputs.get("retentionInDays", 0))
    if days:
        cloud.client("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
    else:
        cloud.client("logs").delete_retention_policy(logGroupName=name)


def _delete_group(cloud: Cloud, old: Existing) -> None:
    cloud.client("logs").delete_log_group(logGroupName=old.id)


def _create_stream(cloud: Cloud, inputs: Properties) -> Made:
    group, name = inputs["logGroupName"], inputs["name"]
    cloud.client("logs").create_log_stream(logGroupName=group, logStreamName=name)
    arn = f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{group}:log-stream:{name}"
    return Made(name, {"arn": arn})


def _delete_stream(cloud: Cloud, old: Existing) -> None:
    cloud.client("logs").delete_log_stream(
        logGroupName=old.inputs["logGroupName"], logStreamName=old.id
    )


def _put_filter(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {
        "logGroupName": inputs["logGroupName"],
        "filterName": inputs["name"],
        "filterPattern": inputs["pattern"],
        "metricTransformations": inputs["metricTransformation"],
    }
    cloud.client("logs").put_metric_filter(**request("logs", "PutMetricFilter", wanted))
    return Made(inputs["name"])


def _update_filter(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_filter(cloud, inputs).outputs


def _delete_filter(cloud: Cloud, old: Existing) -> None:
    cloud.client("logs").delete_metric_filter(
        logGroupName=old.inputs["logGroupName"], filterName=old.id
    )


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:cloudwatch/logGroup:LogGroup": ResourceType(
        create=_create_group,
        update=_update_group,
        delete=_delete_group,
        inputs=knows("kmsKeyId", "logGroupClass", "retentionInDays", "skipDestroy"),
        name="name",
        fixed=frozenset({"name", "logGroupClass", "kmsKeyId"}),
        tagging=Tagging(
            service="logs",
            tag="tag_resource",
            untag="untag_resource",
            target="resourceArn",
            shape="map",
            tags="tags",
            keys="tagKeys",
        ),
    ),
    "aws:cloudwatch/logStream:LogStream": ResourceType(
        create=_create_stream,
        delete=_delete_stream,
        name="name",
        inputs=knows("logGroupName"),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ResourceType(
        create=_put_filter,
        update=_update_filter,
        delete=_delete_filter,
        inputs=knows("logGroupName", "pattern", "metricTransformation"),
        name="name",
        fixed=frozenset({"name", "logGroupName"}),
    ),
}
