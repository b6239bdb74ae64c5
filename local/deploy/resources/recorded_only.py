"""Resources that the emulator lacks. Their requests are checked with botocore's models.

These resources are only records in the state. Each one gets the outputs of the real provider, so
that resources that depend on it can be created.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

from local.deploy.resources.model import (
    TAGS,
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    knows,
)
from local.deploy.resources.shapes import request


def _record(
    check: Callable[[Properties], object],
    made: Callable[[Cloud, Properties], Made],
    known: frozenset[str],
    name: str = "name",
) -> ResourceType:
    """Give the row of a type whose request is only checked. `name` is the input with its name."""

    def create(cloud: Cloud, inputs: Properties) -> Made:
        check(inputs)
        return made(cloud, inputs)

    def update(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
        return create(cloud, inputs).outputs

    def read(_: Cloud, old: Existing) -> Properties:
        return dict(old.inputs)  # nobody else can change a record

    def delete(_: Cloud, __: Existing) -> None:
        """Do nothing, because a record exists only in the state."""

    return ResourceType(
        create=create,
        update=update,
        read=read,
        delete=delete,
        name=name,
        fixed=frozenset({name}),
        inputs=known,
        tagged_at_creation=True,
        record=True,
    )


def _check_pipeline(inputs: Properties) -> Properties:
    """Check `CreatePipeline`. Its stages nest what is flat in the provider's inputs."""
    stores = inputs.get("artifactStores", [])
    regional = {each["region"]: _without(each, "region") for each in stores if "region" in each}
    pipeline = {
        "name": inputs["name"],
        "roleArn": inputs["roleArn"],
        "version": 1,
        "artifactStore": None if regional else next(iter(stores), None),
        "artifactStores": regional or None,
        "stages": [_stage(stage) for stage in inputs["stages"]],
        "pipelineType": inputs.get("pipelineType"),
        "executionMode": inputs.get("executionMode"),
        "variables": inputs.get("variables"),
        "triggers": [_trigger(trigger) for trigger in inputs.get("triggers", [])] or None,
    }
    return request("codepipeline", "CreatePipeline", {"pipeline": pipeline})


def _stage(stage: Mapping[str, Any]) -> Properties:
    shaped = {**stage, "actions": [_action(action) for action in stage["actions"]]}
    before = stage.get("beforeEntry")
    if before:
        shaped["beforeEntry"] = {"conditions": before.get("condition")}
    return shaped


def _action(action: Mapping[str, Any]) -> Properties:
    kind = {key: action[key] for key in ("category", "owner", "provider", "version")}
    flat = {key: value for key, value in action.items() if key not in kind}
    for key in ("inputArtifacts", "outputArtifacts"):
        if key in flat:
            flat[key] = [{"name": name} for name in flat[key]]
    return {**flat, "actionTypeId": kind}


def _trigger(trigger: Mapping[str, Any]) -> Properties:
    names = {"pushes": "push", "pullRequests": "pullRequest"}
    git = trigger["gitConfiguration"]
    return {**trigger, "gitConfiguration": {names.get(key, key): git[key] for key in git}}


def _pipeline(cloud: Cloud, inputs: Properties) -> Made:
    name = inputs["name"]
    return Made(name, {"arn": f"arn:aws:codepipeline:{cloud.region}:{cloud.account}:{name}"})


def _check_connection(inputs: Properties) -> Properties:
    wanted = {
        "ProviderType": inputs.get("providerType"),
        "ConnectionName": inputs["name"],
        "HostArn": inputs.get("hostArn"),
    }
    return request("codeconnections", "CreateConnection", wanted)


def _connection(service: str) -> Callable[[Cloud, Properties], Made]:
    def made(cloud: Cloud, inputs: Properties) -> Made:
        identity = _uuid(cloud, inputs["name"])
        arn = f"arn:aws:{service}:{cloud.region}:{cloud.account}:connection/{identity}"
        # It stays PENDING until a person confirms the connection.
        return Made(arn, {"arn": arn, "connectionStatus": "PENDING"})

    return made


def _check_chat(operation: str) -> Callable[[Properties], Properties]:
    def check(inputs: Properties) -> Properties:
        return request("chatbot", operation, _without(inputs, TAGS))

    return check


def _chat(kind: str) -> Callable[[Cloud, Properties], Made]:
    def made(cloud: Cloud, inputs: Properties) -> Made:
        name = inputs["configurationName"]
        arn = f"arn:aws:chatbot::{cloud.account}:chat-configuration/{kind}/{name}"
        return Made(arn, {"chatConfigurationArn": arn})

    return made


def _uuid(cloud: Cloud, name: str) -> str:
    digits = sha256(f"{cloud.account}/{cloud.region}/{name}".encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def _without(given: Mapping[str, Any], key: str) -> Properties:
    return {name: value for name, value in given.items() if name != key}


_CHANNEL: Final = (
    "guardrailPolicyArns",
    "iamRoleArn",
    "loggingLevel",
    "snsTopicArns",
    "userAuthorizationRequired",
)

TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:codepipeline/pipeline:Pipeline": _record(
        _check_pipeline,
        _pipeline,
        knows(
            "artifactStores",
            "executionMode",
            "pipelineType",
            "roleArn",
            "stages",
            "triggers",
            "variables",
        ),
    ),
    "aws:codeconnections/connection:Connection": _record(
        _check_connection, _connection("codeconnections"), knows("hostArn", "providerType")
    ),
    "aws:codestarconnections/connection:Connection": _record(
        _check_connection, _connection("codestar-connections"), knows("hostArn", "providerType")
    ),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": _record(
        _check_chat("CreateSlackChannelConfiguration"),
        _chat("slack-channel"),
        knows("slackChannelId", "slackTeamId", *_CHANNEL),
        name="configurationName",
    ),
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": _record(
        _check_chat("CreateMicrosoftTeamsChannelConfiguration"),
        _chat("microsoft-teams-channel"),
        knows("channelId", "teamId", "tenantId", *_CHANNEL),
        name="configurationName",
    ),
}
