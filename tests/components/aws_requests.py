"""Translates recorded resources into AWS requests, and checks them with AWS's own models."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local.deploy.resources.firehose import creation
from local.deploy.resources.shapes import request, service_model


def checked(service: str, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Translate into the parameters of an operation; fail if the service would refuse them.

    botocore checks members and types. It does not check enumerations, patterns and lengths, so this
    function checks them.
    """
    parameters = request(service, operation, properties)
    shape = service_model(service).operation_model(operation).input_shape
    assert shape is not None
    problems = list(_problems(shape, parameters, operation))
    assert not problems, problems
    return parameters


def pipeline(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give CreatePipeline's parameters for an `aws:codepipeline/pipeline:Pipeline`."""
    (store,) = inputs["artifactStores"]
    declared = {
        "name": inputs["name"],
        # A recorded role's ARN isn't of AWS's form, and so that no pattern needs an exception:
        "roleArn": "arn:aws:iam::111111111111:role/" + inputs["roleArn"].rpartition(":")[2],
        "pipelineType": inputs["pipelineType"],
        "executionMode": inputs["executionMode"],
        "artifactStore": store,
        "triggers": [_trigger(one) for one in inputs["triggers"]],
        "stages": [
            {"name": stage["name"], "actions": [_action(one) for one in stage["actions"]]}
            for stage in inputs["stages"]
        ],
    }
    return checked("codepipeline", "CreatePipeline", {"pipeline": declared})


def project(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give CreateProject's parameters for an `aws:codebuild/project:Project`."""
    renamed = {"buildTimeout": "timeoutInMinutes"}
    properties = {renamed.get(key, key): value for key, value in inputs.items()}
    return checked("codebuild", "CreateProject", properties)


def connection(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give CreateConnection's parameters for an `aws:codeconnections/connection:Connection`."""
    properties = {"connectionName": inputs["name"], "providerType": inputs["providerType"]}
    return checked("codeconnections", "CreateConnection", properties)


ARNS = {
    "iam/role:Role": "arn:aws:iam::222222222222:role/",
    "kinesis/stream:Stream": "arn:aws:kinesis:us-east-1:222222222222:stream/",
    "kms/key:Key": "arn:aws:kms:us-east-1:222222222222:key/",
    "lambda/function:Function": "arn:aws:lambda:us-east-1:222222222222:function:",
    "s3/bucket:Bucket": "arn:aws:s3:::",
    "secretsmanager/secret:Secret": "arn:aws:secretsmanager:us-east-1:222222222222:secret:",
}
"""Beginning of the ARN that AWS would have in place of a recorded ARN."""


def delivery(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give CreateDeliveryStream's parameters for a `FirehoseDeliveryStream`."""
    text = json.dumps(dict(inputs))
    for kind, arn in ARNS.items():
        text = text.replace(f"arn:test:aws:{kind}:", arn)
    return checked("firehose", "CreateDeliveryStream", creation(json.loads(text)))


def _trigger(trigger: Mapping[str, Any]) -> dict[str, Any]:
    git = dict(trigger["gitConfiguration"])
    return {
        "providerType": trigger["providerType"],
        "gitConfiguration": {"push": git.pop("pushes"), **git},
    }


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(action)
    kind = {key: given.pop(key) for key in ("category", "owner", "provider", "version")}
    for key in ("inputArtifacts", "outputArtifacts"):
        given[key] = [{"name": name} for name in given.get(key, [])]
    return {"actionTypeId": kind, **given}


def _problems(shape: Shape, value: object, where: str) -> list[str]:
    match shape, value:
        case StructureShape(), dict():
            members = cast("dict[str, object]", value).items()
            return [
                each
                for key, item in members
                for each in _problems(shape.members[key], item, f"{where}.{key}")
            ]
        case ListShape(), list():
            items = cast("list[object]", value)
            found = [each for item in items for each in _problems(shape.member, item, where)]
            return _length(shape, len(items), where) + found
        case MapShape(), dict():
            members = cast("dict[str, object]", value).items()
            return [
                each
                for key, item in members
                for each in _problems(shape.value, item, f"{where}.{key}")
            ]
        case StringShape(), str():
            return _string(shape, value, where)
        case _ if isinstance(value, int):
            return _length(shape, value, where)
        case _:
            return []


def _string(shape: StringShape, value: str, where: str) -> list[str]:
    found = _length(shape, len(value), where)
    if shape.enum and value not in shape.enum:
        found.append(f"{where}: {value!r} is none of {shape.enum}")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value, re.DOTALL):
        found.append(f"{where}: {value!r} doesn't match {pattern}")
    return found


def _length(shape: Shape, length: int, where: str) -> list[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", float("inf"))
    return [] if least <= length <= most else [f"{where}: {length} is not in {least} to {most}"]


def environment(action: Mapping[str, Any]) -> dict[str, str]:
    """Give the variables that a pipeline's action passes to its build."""
    variables = json.loads(action["configuration"]["EnvironmentVariables"])
    return {one["name"]: one["value"] for one in variables}
