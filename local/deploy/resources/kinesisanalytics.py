"""Managed Flink: the application. It is started and updated like by the real provider."""

import time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, Final, cast

from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.reading import bare, now
from local.deploy.resources.shapes import request
from local.errors import LocalError

SERVICE: Final = "kinesisanalyticsv2"
CONFIGURATION: Final = "applicationConfiguration"
VPC: Final = "vpcConfiguration"

WAIT_SECONDS: Final = 600
"""How long the provider waits for an operation. It gives a start or an update ten minutes."""

LOOK_SECONDS: Final = 0.5

DESCRIBED: Final = frozenset(
    {
        "applicationSnapshotConfiguration",
        "applicationEncryptionConfiguration",
        "flinkApplicationConfiguration",
    }
)
"""Sections of the configuration with the same structure in a description as in a request."""

SECTIONS: Final = {
    "applicationCodeConfiguration": "applicationCodeConfigurationUpdate",
    "applicationSnapshotConfiguration": "applicationSnapshotConfigurationUpdate",
    "applicationEncryptionConfiguration": "applicationEncryptionConfigurationUpdate",
    "environmentProperties": "environmentPropertyUpdates",
    "flinkApplicationConfiguration": "flinkApplicationConfigurationUpdate",
}
"""Sections of the configuration that an update may change, and their names in an update."""


def creation(inputs: Properties) -> Properties:
    """Give the parameters of the request that creates the application."""
    wanted = {
        "ApplicationName": inputs["name"],
        "ApplicationDescription": inputs.get("description"),
        "RuntimeEnvironment": inputs["runtimeEnvironment"],
        "ServiceExecutionRole": inputs["serviceExecutionRole"],
        "ApplicationMode": inputs.get("applicationMode"),
        "ApplicationConfiguration": _configuration(inputs),
        "CloudWatchLoggingOptions": inputs.get("cloudwatchLoggingOptions"),
    }
    return request(SERVICE, "CreateApplication", _given(wanted))


def _create(cloud: Cloud, inputs: Properties) -> Made:
    cloud.client(SERVICE).create_application(**creation(inputs))
    if inputs.get("startApplication"):
        _start(cloud, inputs)
    outputs = _read(cloud, inputs["name"])
    return Made(outputs["arn"], outputs)


def _update(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    """Send the changes, then start or stop the application if `startApplication` changed.

    As in the provider, an update doesn't start a READY application, and a run configuration is sent
    only to a running application.
    """
    detail = _describe(cloud, inputs["name"])
    wanted = {
        "ServiceExecutionRoleUpdate": _changed(old, inputs, "serviceExecutionRole"),
        "RuntimeEnvironmentUpdate": _changed(old, inputs, "runtimeEnvironment"),
        "ApplicationConfigurationUpdate": _configuration_update(old, inputs) or None,
        "CloudWatchLoggingOptionUpdates": _logging_update(old, inputs, detail),
        "RunConfigurationUpdate": _run_update(old, inputs, detail["ApplicationStatus"]),
    }
    if _given(wanted):
        wanted["ApplicationName"] = inputs["name"]
        wanted["CurrentApplicationVersionId"] = detail["ApplicationVersionId"]
        parameters = request(SERVICE, "UpdateApplication", _given(wanted))
        _await(cloud, inputs, cloud.client(SERVICE).update_application(**parameters))
    if bool(inputs.get("startApplication")) != bool(old.inputs.get("startApplication")):
        if inputs.get("startApplication"):
            _start(cloud, inputs)
        else:
            force = bool(inputs.get("forceStop"))
            stop = cloud.client(SERVICE).stop_application
            _await(cloud, inputs, stop(ApplicationName=inputs["name"], Force=force))
    return _read(cloud, inputs["name"])


def _refresh(cloud: Cloud, old: Existing) -> Properties:
    """Give the current inputs.

    A roll-back changes the code and the properties. The run configuration stays as it was declared,
    because the service doesn't return it later.
    """
    detail = _describe(cloud, old.inputs["name"])
    described = detail["ApplicationConfigurationDescription"]
    flat = ("runtimeEnvironment", "serviceExecutionRole", "applicationMode")
    inputs = deepcopy(now(old, {key: old.inputs.get(key) for key in flat}, detail))
    configuration = cast("Properties", inputs[CONFIGURATION])
    sections = Existing(
        old.id, {key: configuration[key] for key in DESCRIBED & configuration.keys()}, {}
    )
    configuration |= now(sections, sections.inputs, bare(described))
    location = described["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
    code = location["S3ApplicationCodeLocationDescription"]
    content = configuration["applicationCodeConfiguration"]["codeContent"]
    content["s3ContentLocation"] |= {"bucketArn": code["BucketARN"], "fileKey": code["FileKey"]}
    groups = described["EnvironmentPropertyDescriptions"]["PropertyGroupDescriptions"]
    properties = configuration["environmentProperties"]
    declared = [each["propertyGroupId"] for each in properties["propertyGroups"]]
    properties["propertyGroups"] = [
        {"propertyGroupId": group["PropertyGroupId"], "propertyMap": dict(group["PropertyMap"])}
        for group in sorted(groups, key=lambda each: _position(declared, each["PropertyGroupId"]))
    ]
    return inputs


def _position(names: Sequence[str], name: str) -> int:
    """Give a name's position in a list. With it, a different order isn't a change."""
    return names.index(name) if name in names else len(names)


def _start(cloud: Cloud, inputs: Properties) -> None:
    run = inputs.get(CONFIGURATION, {}).get("runConfiguration", {})
    wanted = {"ApplicationName": inputs["name"], "RunConfiguration": run}
    start = cloud.client(SERVICE).start_application
    _await(cloud, inputs, start(**request(SERVICE, "StartApplication", wanted)))


def _await(cloud: Cloud, inputs: Properties, answer: Mapping[str, Any]) -> None:
    """Wait for the operation of an answer, if it names one, as the provider does.

    Raises `LocalError` with the operation's own error if it failed.
    """
    if not answer.get("OperationId"):
        return
    deadline = time.monotonic() + WAIT_SECONDS
    asked = {"ApplicationName": inputs["name"], "OperationId": answer["OperationId"]}
    while True:
        described = cloud.client(SERVICE).describe_application_operation(**asked)
        told = cast("Mapping[str, Any]", described["ApplicationOperationInfoDetails"])
        if told["OperationStatus"] == "SUCCESSFUL":
            return
        if told["OperationStatus"] != "IN_PROGRESS" or time.monotonic() > deadline:
            reason = told.get("OperationFailureDetails", {}).get("ErrorInfo", {}).get("ErrorString")
            message = (
                f"{told['Operation']} of {inputs['name']} is {told['OperationStatus']}: "
                f"{reason or 'no reason given'}"
            )
            raise LocalError(message)
        time.sleep(LOOK_SECONDS)


def _delete(cloud: Cloud, old: Existing) -> None:
    detail = _describe(cloud, old.inputs["name"])
    cloud.client(SERVICE).delete_application(
        ApplicationName=old.inputs["name"], CreateTimestamp=detail["CreateTimestamp"]
    )


def _configuration(inputs: Properties) -> Properties | None:
    if CONFIGURATION not in inputs:
        return None
    given = {**cast("Properties", inputs[CONFIGURATION])}
    given.pop("runConfiguration", None)
    if VPC in given:
        given[f"{VPC}s"] = [given.pop(VPC)]
    return given


def _configuration_update(old: Existing, inputs: Properties) -> Properties:
    before = cast("Mapping[str, Any]", old.inputs.get(CONFIGURATION, {}))
    now = cast("Mapping[str, Any]", inputs.get(CONFIGURATION, {}))
    if now.get(VPC) != before.get(VPC):
        message = f"{VPC} changed: the emulator sets it only when it creates the application"
        raise LocalError(message)
    update: Properties = {}
    for section, name in SECTIONS.items():
        if section in now and now[section] != before.get(section):
            whole = section == "environmentProperties"  # its members keep their names
            update[name] = now[section] if whole else _renamed(now[section])
    return update


def _renamed(section: Mapping[str, Any]) -> Properties:
    """Rename each member as in an update."""
    return {
        f"{key}Update": _renamed(cast("Mapping[str, Any]", value))
        if isinstance(value, Mapping)
        else value
        for key, value in section.items()
    }


def _logging_update(
    old: Existing, inputs: Properties, detail: Mapping[str, Any]
) -> list[Properties] | None:
    now = _changed(old, inputs, "cloudwatchLoggingOptions")
    options = cast("list[Properties]", detail.get("CloudWatchLoggingOptionDescriptions", []))
    if now is None or not options:
        return None
    option = options[0]["CloudWatchLoggingOptionId"]
    return [{"cloudWatchLoggingOptionId": option, "logStreamARNUpdate": now["logStreamArn"]}]


def _run_update(old: Existing, inputs: Properties, status: str) -> object:
    before = old.inputs.get(CONFIGURATION, {}).get("runConfiguration")
    now = inputs.get(CONFIGURATION, {}).get("runConfiguration")
    return now if now != before and status == "RUNNING" else None


def _changed(old: Existing, inputs: Properties, key: str) -> Any:  # noqa: ANN401 -- any property
    return inputs.get(key) if inputs.get(key) != old.inputs.get(key) else None


def _given(wanted: Mapping[str, object]) -> Properties:
    return {key: value for key, value in wanted.items() if value is not None}


def _describe(cloud: Cloud, name: str) -> Mapping[str, Any]:
    answer = cloud.client(SERVICE).describe_application(ApplicationName=name)
    return cast("Mapping[str, Any]", answer["ApplicationDetail"])


def _read(cloud: Cloud, name: str) -> Properties:
    detail = _describe(cloud, name)
    return {
        "arn": detail["ApplicationARN"],
        "versionId": detail["ApplicationVersionId"],
        "status": detail["ApplicationStatus"],
        "createTimestamp": cast("datetime", detail["CreateTimestamp"]).isoformat(),
        "lastUpdateTimestamp": cast("datetime", detail["LastUpdateTimestamp"]).isoformat(),
    }


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:kinesisanalyticsv2/application:Application": ResourceType(
        create=_create,
        update=_update,
        read=_refresh,
        delete=_delete,
        inputs=knows(
            "applicationConfiguration",
            "applicationMode",
            "cloudwatchLoggingOptions",
            "description",
            "forceStop",
            "runtimeEnvironment",
            "serviceExecutionRole",
            "startApplication",
        ),
        name="name",
        # The API can't change a description, so the provider replaces the application.
        fixed=frozenset({"name", "description", "applicationMode"}),
        tagging=Tagging(
            service=SERVICE,
            tag="tag_resource",
            untag="untag_resource",
            listing="list_tags_for_resource",
            target="ResourceARN",
        ),
    ),
}
