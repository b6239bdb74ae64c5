"""CodeBuild: projects. The emulator stores them, but without Docker it runs no build."""

from collections.abc import Mapping
from typing import Final

from local.deploy.resources.model import (
    TAGS,
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    tags_of,
)
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import request

NAMES: Final = {
    "buildTimeout": "timeoutInMinutes",
    "queuedTimeout": "queuedTimeoutInMinutes",
}
"""Inputs that have other names in the API."""

FORGOTTEN: Final = frozenset({"cache", "logsConfig"})
"""Inputs that the emulator accepts and never returns."""


def _parameters(operation: str, inputs: Properties) -> Properties:
    wanted = {NAMES.get(key, key): value for key, value in inputs.items() if key != "tagsAll"}
    wanted.pop("projectVisibility", None)  # it has its own operation; private is the default
    if "badgeEnabled" in wanted:
        wanted["badgeEnabled"] = bool(wanted["badgeEnabled"])
    wanted["logsConfig"] = _logs(inputs.get("logsConfig", {}))
    own = inputs.get("tagsAll", {})
    wanted["tags"] = [{"key": key, "value": value} for key, value in own.items()] or None
    return request("codebuild", operation, wanted)


def _logs(given: Properties) -> Properties:
    """Complete the input like the provider: the logs that are named are on."""
    return {key: {"status": "ENABLED", **value} for key, value in given.items()}


def _create(cloud: Cloud, inputs: Properties) -> Made:
    answer = cloud.client("codebuild").create_project(**_parameters("CreateProject", inputs))
    arn = answer["project"]["arn"]
    return Made(arn, {"arn": arn})


def _update(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    cloud.client("codebuild").update_project(**_parameters("UpdateProject", inputs))
    return {}


def _read(cloud: Cloud, old: Existing) -> Properties | None:
    answer = cloud.client("codebuild").batch_get_projects(names=[old.inputs["name"]])
    if not answer["projects"]:
        return None
    project = answer["projects"][0]
    sent = _parameters("CreateProject", dict(old.inputs))
    told = {key: value for key, value in sent.items() if key in project or key not in FORGOTTEN}
    inputs = now(old, told, project, NAMES)
    return {**inputs, TAGS: tags_of({"tags": project.get("tags", [])})}


def _delete(cloud: Cloud, old: Existing) -> None:
    cloud.client("codebuild").delete_project(name=old.inputs["name"])


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:codebuild/project:Project": ResourceType(
        create=_create,
        update=_update,
        read=_read,
        delete=_delete,
        name="name",
        fixed=frozenset({"name"}),
        tagged_at_creation=True,
    ),
}
