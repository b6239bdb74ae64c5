"""CloudWatch Logs: groups and their streams."""

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
from local.deploy.resources.reading import now
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
    # The provider's ARN has no ":*" at its end, unlike the API's ARN.
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


def _read_group(cloud: Cloud, old: Existing) -> Properties | None:
    listed = cloud.client("logs").describe_log_groups(logGroupNamePrefix=old.id)["logGroups"]
    found = [each for each in listed if each["logGroupName"] == old.id]
    if not found:
        return None
    settings = ("kmsKeyId", "logGroupClass", "retentionInDays")
    inputs = now(old, {key: old.inputs.get(key) for key in settings}, found[0])
    if found[0].get("retentionInDays"):
        inputs.setdefault("retentionInDays", found[0]["retentionInDays"])
    return inputs


def _delete_group(cloud: Cloud, old: Existing) -> None:
    cloud.client("logs").delete_log_group(logGroupName=old.id)


def _create_stream(cloud: Cloud, inputs: Properties) -> Made:
    group, name = inputs["logGroupName"], inputs["name"]
    cloud.client("logs").create_log_stream(logGroupName=group, logStreamName=name)
    arn = f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{group}:log-stream:{name}"
    return Made(name, {"arn": arn})


def _read_stream(cloud: Cloud, old: Existing) -> Properties | None:
    listed = cloud.client("logs").describe_log_streams(
        logGroupName=old.inputs["logGroupName"], logStreamNamePrefix=old.id
    )
    found = any(each["logStreamName"] == old.id for each in listed["logStreams"])
    return dict(old.inputs) if found else None


def _delete_stream(cloud: Cloud, old: Existing) -> None:
    cloud.client("logs").delete_log_stream(
        logGroupName=old.inputs["logGroupName"], logStreamName=old.id
    )


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:cloudwatch/logGroup:LogGroup": ResourceType(
        create=_create_group,
        update=_update_group,
        read=_read_group,
        delete=_delete_group,
        inputs=knows("kmsKeyId", "logGroupClass", "retentionInDays", "skipDestroy"),
        name="name",
        fixed=frozenset({"name", "logGroupClass", "kmsKeyId"}),
        tagging=Tagging(
            service="logs",
            tag="tag_resource",
            untag="untag_resource",
            listing="list_tags_for_resource",
            target="resourceArn",
            shape="map",
            tags="tags",
            keys="tagKeys",
        ),
    ),
    "aws:cloudwatch/logStream:LogStream": ResourceType(
        create=_create_stream,
        delete=_delete_stream,
        read=_read_stream,
        name="name",
        inputs=knows("logGroupName"),
    ),
}
