"""EventBridge: rules and their targets."""

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
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import request

DEFAULT_BUS: Final = "default"


def _rule(inputs: Mapping[str, Any]) -> Properties:
    wanted = {
        "Name": inputs["name"],
        "Description": inputs.get("description"),
        "EventPattern": inputs.get("eventPattern"),
        "ScheduleExpression": inputs.get("scheduleExpression"),
        "State": inputs.get("state", "ENABLED"),
        "RoleArn": inputs.get("roleArn"),
        "EventBusName": inputs.get("eventBusName"),
    }
    return request("events", "PutRule", wanted)


def _put_rule(cloud: Cloud, inputs: Properties) -> Made:
    answer = cloud.client("events").put_rule(**_rule(inputs))
    return Made(inputs["name"], {"arn": answer["RuleArn"]})


def _update_rule(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_rule(cloud, inputs).outputs


def _read_rule(cloud: Cloud, old: Existing) -> Properties:
    bus = old.inputs.get("eventBusName", DEFAULT_BUS)
    found = cloud.client("events").describe_rule(Name=old.id, EventBusName=bus)
    return now(old, _rule(old.inputs), found)


def _delete_rule(cloud: Cloud, old: Existing) -> None:
    bus = old.inputs.get("eventBusName", DEFAULT_BUS)
    cloud.client("events").delete_rule(Name=old.id, EventBusName=bus)


def _target(inputs: Mapping[str, Any]) -> Properties:
    transformer = inputs.get("inputTransformer")
    target = {
        "Id": inputs["targetId"],
        "Arn": inputs["arn"],
        "RoleArn": inputs.get("roleArn"),
        "Input": inputs.get("input"),
        "InputPath": inputs.get("inputPath"),
        "DeadLetterConfig": inputs.get("deadLetterConfig"),
        "RetryPolicy": inputs.get("retryPolicy"),
        "InputTransformer": {
            "InputPathsMap": transformer.get("inputPaths"),
            "InputTemplate": transformer["inputTemplate"],
        }
        if transformer
        else None,
    }
    wanted = {
        "Rule": inputs["rule"],
        "EventBusName": inputs.get("eventBusName"),
        "Targets": [target],
    }
    return request("events", "PutTargets", wanted)


def _put_target(cloud: Cloud, inputs: Properties) -> Made:
    cloud.client("events").put_targets(**_target(inputs))
    return Made(f"{inputs['rule']}-{inputs['targetId']}")


def _update_target(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_target(cloud, inputs).outputs


def _read_target(cloud: Cloud, old: Existing) -> Properties | None:
    bus = old.inputs.get("eventBusName", DEFAULT_BUS)
    rule, target = old.inputs["rule"], old.inputs["targetId"]
    listed = cloud.client("events").list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
    found = [each for each in listed if each["Id"] == target]
    return now(old, _target(old.inputs)["Targets"][0], found[0]) if found else None


def _delete_target(cloud: Cloud, old: Existing) -> None:
    cloud.client("events").remove_targets(
        Rule=old.inputs["rule"],
        EventBusName=old.inputs.get("eventBusName", DEFAULT_BUS),
        Ids=[old.inputs["targetId"]],
    )


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:cloudwatch/eventRule:EventRule": ResourceType(
        create=_put_rule,
        update=_update_rule,
        read=_read_rule,
        delete=_delete_rule,
        inputs=knows(
            "description",
            "eventBusName",
            "eventPattern",
            "forceDestroy",
            "roleArn",
            "scheduleExpression",
            "state",
        ),
        name="name",
        fixed=frozenset({"name", "eventBusName"}),
        tagging=Tagging(
            service="events",
            tag="tag_resource",
            untag="untag_resource",
            listing="list_tags_for_resource",
            target="ResourceARN",
        ),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": ResourceType(
        create=_put_target,
        update=_update_target,
        read=_read_target,
        delete=_delete_target,
        inputs=knows(
            "arn",
            "deadLetterConfig",
            "eventBusName",
            "input",
            "inputPath",
            "inputTransformer",
            "retryPolicy",
            "roleArn",
            "rule",
        ),
        name="targetId",
        fixed=frozenset({"rule", "targetId", "eventBusName"}),
    ),
}
