"""A CodeBuild project, read from the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from local.clients import Clients
from local.errors import LocalError
from local.pipeline.buildspec import Buildspec


@dataclass(frozen=True, kw_only=True)
class Location:
    """The location of a pipeline's artifact in its bucket."""

    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Project:
    """The configuration of a CodeBuild project."""

    name: str
    arn: str
    role: str
    buildspec: Buildspec
    variables: Mapping[str, str]
    timeout_minutes: int

    @classmethod
    def read(cls, clients: Clients, account: str, name: str) -> Self:
        """Read a deployed project. Raises `LocalError` if it is missing or can't run here."""
        found = clients.client("codebuild", account).batch_get_projects(names=[name])["projects"]
        if not found:
            message = f"CodeBuild has no project {name} in {account}"
            raise LocalError(message)
        (project,) = cast("list[dict[str, Any]]", found)
        return cls(
            name=name,
            arn=project["arn"],
            role=project["serviceRole"],
            buildspec=Buildspec.parse(project["source"]["buildspec"]),
            variables=plain(project["environment"].get("environmentVariables", []), name),
            timeout_minutes=project["timeoutInMinutes"],
        )


def plain(variables: list[Mapping[str, str]], where: str) -> dict[str, str]:
    """Read environment variables. Only plain text is supported."""
    for variable in variables:
        if variable.get("type", "PLAINTEXT") != "PLAINTEXT":
            message = f"{where}: variable {variable['name']}: {variable['type']} can't be read here"
            raise LocalError(message)
    return {variable["name"]: variable["value"] for variable in variables}
