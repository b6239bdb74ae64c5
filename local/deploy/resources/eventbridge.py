"""EventBridge: rules and what they call."""

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

DEFAULT_BUS: Final = "default"


def _put_rule(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {
        "Name": inputs["name"],
        "Description": inputs.get("description"),
        "EventPattern": inputs.get("eventPattern"),
        "ScheduleExpression": inputs.get("scheduleExpression"),
        "State": inputs.get("state", "ENABLED"),
        "RoleArn": inputs.get("roleArn"),
        "EventBusName": inputs.get("eventBusName"),
    }
    answer = cloud.client("events").put_rule(**request("events", "PutRule", wanted))
    return Made(inputs["name"], {"arn": answer["RuleArn"]})


def _update_rule(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_rule(cloud, inputs).outputs


def _delete_rule(cloud: Cloud, old: Existing) -> None:
    bus = old.inputs.get("eventBusName", DEFAULT_BUS)
    cloud.client("events").delete_rule(Name=old.id, EventBusName=bus)


def _put_target(cloud: Cloud, inputs: Properties) -> Made:
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
    cloud.client("events").put_targets(**request("events", "PutTargets", wanted))
    return Made(f"{inputs['rule']}-{inputs['targetId']}")


def _update_target(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_target(cloud, inputs).outputs


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
            service="events", tag="tag_resource", untag="untag_resource", target="ResourceARN"
        ),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": ResourceType(
        create=_put_target,
        update=_update_target,
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
