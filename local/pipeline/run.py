"""Runs the deployed pipeline: its stages and actions in order, each with its own role.

The emulator has no CodePipeline. So the deployment stores the pipeline's definition in its state,
and this module runs that definition.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, cast

from local.accounts import TOOLING
from local.clients import Clients, Credentials
from local.errors import LocalError
from local.pipeline.build import Built, Machine
from local.pipeline.project import Location, Project, plain

TYPE: Final = "aws:codepipeline/pipeline:Pipeline"
PRINCIPAL: Final = "codepipeline.amazonaws.com"

PIPELINE_LENGTH: Final = 20
ARTIFACT_LENGTH: Final = 10
"""Number of characters of the pipeline's and an artifact's name in CodePipeline's S3 keys."""

_VARIABLE: Final = re.compile(r"#\{(\w+)\.(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A commit, as the source action passes it on."""

    commit: str
    subject: str
    archive: bytes
    """A ZIP of the files, without Git's own files (`CODE_ZIP`)."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The result of a run of the pipeline."""

    commit: str
    actions: Sequence[str]
    """Names of the actions that succeeded."""
    failed: str | None
    """Name of the action that failed. None if none failed."""
    build: Built | None
    """The build that ran last."""
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether every action succeeded."""
        return self.failed is None


@dataclass(kw_only=True)
class Pipeline:
    """A deployed pipeline, and the machine that its builds run on."""

    name: str
    arn: str
    role: str
    store: Location
    """The artifacts' bucket, and the folder in it."""
    key_arn: str
    stages: Sequence[Mapping[str, Any]]
    clients: Clients
    machine: Machine
    overrides: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that replace the projects' own in a run, as `StartBuild` allows."""
    say: Callable[[str], None] = lambda _: None

    @classmethod
    def read(
        cls,
        state: Path,
        clients: Clients,
        machine: Machine,
        overrides: Mapping[str, str],
        say: Callable[[str], None],
    ) -> Self:
        """Read the pipeline from the state of the stack that made it."""
        kept = cast("Mapping[str, Any]", json.loads(state.read_text("utf-8")))
        found = [each for each in kept["resources"] if each["type"] == TYPE]
        if len(found) != 1:
            message = f"{state} has {len(found)} pipelines; exactly one is needed"
            raise LocalError(message)
        inputs, outputs = found[0]["inputs"], found[0]["outputs"]
        (store,) = inputs["artifactStores"]
        return cls(
            name=inputs["name"],
            arn=outputs["arn"],
            role=inputs["roleArn"],
            store=Location(bucket=store["location"], key=inputs["name"][:PIPELINE_LENGTH]),
            key_arn=store["encryptionKey"]["id"],
            stages=inputs["stages"],
            clients=clients,
            machine=machine,
            overrides=overrides,
            say=say,
        )

    def run(self, source: Source) -> Finished:
        """Run every stage for a commit until an action fails."""
        begun, done, built = time.monotonic(), list[str](), None
        variables: dict[tuple[str, str], str] = {}
        artifacts: dict[str, Location] = {}
        for action in self._actions():
            name = str(action["name"])
            match action["category"], action["provider"]:
                case "Source", "CodeStarSourceConnection":
                    (output,) = action["outputArtifacts"]
                    artifacts[output] = self._put(output, source)
                    variables[action["namespace"], "CommitId"] = source.commit
                case "Build", "CodeBuild":
                    (given,) = action["inputArtifacts"]
                    built = self._build(action, artifacts[given], variables)
                    if built.code:
                        return self._finished(source, done, name, built, begun)
                case "Approval", "Manual":
                    self.say(
                        f"approved: {resolve(action['configuration']['CustomData'], variables)}"
                    )
                case kind:
                    message = f"action {name} ({'/'.join(kind)}) can't be run here"
                    raise LocalError(message)
            done.append(name)
        return self._finished(source, done, None, built, begun)

    def _finished(
        self,
        source: Source,
        done: Sequence[str],
        failed: str | None,
        built: Built | None,
        begun: float,
    ) -> Finished:
        return Finished(
            commit=source.commit,
            actions=done,
            failed=failed,
            build=built,
            seconds=time.monotonic() - begun,
        )

    def _actions(self) -> list[Mapping[str, Any]]:
        """Give all actions in the order in which they run."""
        return [
            action
            for stage in self.stages
            for action in sorted(stage["actions"], key=lambda each: each.get("runOrder", 1))
        ]

    def _credentials(self) -> Credentials:
        return self.clients.service_credentials(self.role, PRINCIPAL, self.arn)

    def _put(self, output: str, source: Source) -> Location:
        """Put the source into the bucket as the pipeline does, encrypted with the bucket's key."""
        key = f"{self.store.key}/{output[:ARTIFACT_LENGTH]}/{secrets.token_hex(4)}.zip"
        self.clients.client_as("s3", self._credentials()).put_object(
            Bucket=self.store.bucket,
            Key=key,
            Body=source.archive,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.key_arn,
        )
        self.say(f"source {source.commit[:12]} is in s3://{self.store.bucket}/{key}")
        return Location(bucket=self.store.bucket, key=key)

    def _build(
        self, action: Mapping[str, Any], source: Location, known: Mapping[tuple[str, str], str]
    ) -> Built:
        configuration = cast("Mapping[str, str]", action["configuration"])
        project = Project.read(self.clients, TOOLING, configuration["ProjectName"])
        given = plain(json.loads(configuration["EnvironmentVariables"]), action["name"])
        resolved = {name: resolve(value, known) for name, value in given.items()}
        codebuild = self.clients.client_as("codebuild", self._credentials())
        build = codebuild.start_build(projectName=project.name)["build"]["id"]
        own = {name: value for name, value in self.overrides.items() if name in project.variables}
        return self.machine.run(project, build, source, own | resolved, self.say)


def resolve(text: str, known: Mapping[tuple[str, str], str]) -> str:
    """Replace each `#{Namespace.Name}` by the value of an earlier action's variable.

    Raises `LocalError` for a variable that no action has set.
    """

    def value(found: re.Match[str]) -> str:
        variable = (found[1], found[2])
        if variable not in known:
            message = f"{found[0]}: no action before this one sets it"
            raise LocalError(message)
        return known[variable]

    return _VARIABLE.sub(value, text)
