"""The pipeline: it tests and packages a push, then rolls it out to one account after the other."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Final, Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from components.base.component import Component, after
from components.base.iam import Text, service_role
from components.base.names import Names
from components.base.place import Place
from components.base.pydantic_config import STRICT
from components.pipeline.artifacts import Artifacts
from components.pipeline.build_project import BuildProject
from components.pipeline.connection import Connection
from components.pipeline.notifications import Notifications

COMMIT: Final = "#{SourceVariables.CommitId}"
"""The commit's id, as later actions get it. The namespace is that of the source action."""

PATTERNS_A_FILTER: Final = 8
"""Most patterns in a trigger's filter (CodePipeline, `GitFilePathFilterCriteria`)."""

APPROVAL_MINUTES: Final = 7 * 24 * 60
"""Minutes for which the pipeline waits for an approval (CodePipeline's own default: 7 days)."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RepositoryArgs:
    """The repository, and the pushes that start a run."""

    name: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    """`owner/name` on GitHub."""
    branch: Annotated[str, Field(pattern=r"^[\w./-]+$")] = "main"
    """Branch whose pushes start a run."""
    paths: Annotated[Sequence[str], Field(max_length=PATTERNS_A_FILTER)] = ()
    """Glob patterns. A push starts a run if it changes a file that matches one. Empty: every push
    starts a run."""
    owner_id: Annotated[int, Field(ge=1)] | None = None
    """GitHub's number of the owner. `stocktrading doctor --stack tooling` tells it."""
    id: Annotated[int, Field(ge=1)] | None = None
    """GitHub's number of the repository. With both numbers, previews work with both forms of the
    tokens' subject. GitHub writes the numbers into the subject of repositories that were created,
    renamed or transferred since July 2026."""

    @model_validator(mode="after")
    def _both_ids(self) -> Self:
        if (self.owner_id is None) != (self.id is None):
            given = "owner_id" if self.id is None else "id"
            message = f"given only {given}; allowed: both of owner_id and id, or none"
            raise ValueError(message)
        return self

    @property
    def subjects(self) -> list[str]:
        """Beginnings of the subject of GitHub's tokens for this repository, one for each form."""
        owner, _, name = self.name.partition("/")
        numbered = [f"repo:{owner}@{self.owner_id}/{name}@{self.id}"] if self.id else []
        return [f"repo:{self.name}", *numbered]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TargetArgs(Place):
    """A workload account to which the pipeline deploys; `prefix` is that of its stack."""

    stack: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,24}$")]
    """Name of its stack, whose configuration is `Pulumi.<stack>.yaml`. At most 25 characters,
    because it is part of a role's name, which may have 64 (IAM)."""
    approval: bool = False
    """Whether a person must approve each roll-out. If so, pull requests get no preview of the
    stack, because a pull request's own code could then read its state and secrets."""
    verify_minutes: Annotated[int, Field(ge=2, le=45)] = 15
    """Minutes within which a roll-out must show that it works. At most 45, because the credentials
    of a role that another role assumes expire after an hour (STS)."""
    keep_snapshots: Annotated[int, Field(ge=1, le=900)] = 10
    """Number of snapshots of earlier versions that are kept. The service allows 1,000 in all."""

    @property
    def deployer_role_arn(self) -> str:
        """ARN of the workload account's role that the pipeline assumes."""
        return self.names.role_arn(self.names.deployer_role)

    @property
    def previewed(self) -> bool:
        """Whether a pull request shows what it would change in the stack."""
        return not self.approval

    @property
    def previewer_role_arn(self) -> str:
        """ARN of the workload account's role that a pull request's preview assumes."""
        return self.names.role_arn(self.names.previewer_role)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PipelineArgs:
    """The order of runs, and their targets."""

    targets: Annotated[Sequence[TargetArgs], Field(min_length=1)]
    """Workload accounts, in order. The second waits until the first has been verified."""
    mode: Literal["superseded", "queued"] = "superseded"
    """What a newer run does to a waiting run: replace it (`superseded`) or wait (`queued`)."""

    @model_validator(mode="after")
    def _each_stack_once(self) -> Self:
        stacks = [target.stack for target in self.targets]
        twice = sorted({stack for stack in stacks if stacks.count(stack) > 1})
        if twice:
            message = f"targets: given {', '.join(twice)} twice; allowed: each stack once"
            raise ValueError(message)
        return self


@plain_dataclass(frozen=True, kw_only=True)
class Parts:
    """What the pipeline is made of."""

    connection: Connection
    artifacts: Artifacts
    build: BuildProject
    deploys: Mapping[str, BuildProject]
    """The project that deploys a target, by the target's stack."""
    notifications: Notifications


class Pipeline(Component):
    """The pipeline and its role."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options and what it is made of
        self,
        name: str,
        args: PipelineArgs,
        *,
        repository: RepositoryArgs,
        parts: Parts,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the role, then the pipeline."""
        super().__init__("stocktrading:delivery:Pipeline", name, opts)
        role = service_role(
            names.pipeline,
            "codepipeline.amazonaws.com",
            [
                *parts.artifacts.exchange,
                parts.connection.use,
                parts.build.run,
                *(deploy.run for deploy in parts.deploys.values()),
                *parts.notifications.tell,
            ],
            self.child,
            names=names,
            source_arn=names.arn("codepipeline", names.pipeline),
        )
        pipeline = aws.codepipeline.Pipeline(
            name,
            name=names.pipeline,
            pipeline_type="V2",
            execution_mode=args.mode.upper(),
            role_arn=role.arn,
            artifact_stores=[
                {
                    "type": "S3",
                    "location": parts.artifacts.bucket,
                    "encryption_key": {"type": "KMS", "id": parts.artifacts.key_arn},
                }
            ],
            triggers=[trigger(repository)],
            stages=[
                source_stage(repository, parts.connection.arn),
                build_stage(parts.build.name),
                *(
                    deploy_stage(
                        target, parts.deploys[target.stack].name, parts.notifications.topic_arn
                    )
                    for target in args.targets
                ),
            ],
            # The first run starts when the pipeline is created. Without the policy it would fail.
            # It writes to the bucket.
            opts=after(self.child, role.policy, *parts.artifacts.settings),
        )
        self.name = pipeline.name
        self.arn = pipeline.arn
        self.publish()


def trigger(repository: RepositoryArgs) -> aws.codepipeline.PipelineTriggerArgsDict:
    """Give the trigger: which pushes start a run. It turns the service's own detection off."""
    push: aws.codepipeline.PipelineTriggerGitConfigurationPushArgsDict = {
        "branches": {"includes": [repository.branch]}
    }
    if repository.paths:
        push["file_paths"] = {"includes": list(repository.paths)}
    return {
        "provider_type": "CodeStarSourceConnection",  # the old name of the service; no other exists
        "git_configuration": {"source_action_name": "Source", "pushes": [push]},
    }


def source_stage(
    repository: RepositoryArgs, connection_arn: Text
) -> aws.codepipeline.PipelineStageArgsDict:
    """Fetch the commit. Its id is in `SourceVariables.CommitId`."""
    return {
        "name": "Source",
        "actions": [
            {
                "name": "Source",
                "category": "Source",
                "owner": "AWS",
                "provider": "CodeStarSourceConnection",
                "version": "1",
                "namespace": "SourceVariables",
                "output_artifacts": ["Source"],
                "configuration": {
                    "ConnectionArn": connection_arn,
                    "FullRepositoryId": repository.name,
                    "BranchName": repository.branch,
                    "DetectChanges": "false",
                    "OutputArtifactFormat": "CODE_ZIP",
                },
            }
        ],
    }


def build_stage(project: Text) -> aws.codepipeline.PipelineStageArgsDict:
    """Test and package the commit."""
    return {"name": "Build", "actions": [_run("Build", project, {"VERSION": COMMIT}, order=1)]}


def deploy_stage(
    target: TargetArgs, project: Text, topic_arn: Text
) -> aws.codepipeline.PipelineStageArgsDict:
    """Roll the commit out to one workload account, after an approval if the target requires one."""
    variables = {
        "VERSION": COMMIT,
        "STACK": target.stack,
        "DEPLOYER_ROLE_ARN": target.deployer_role_arn,
        "VERIFY_MINUTES": str(target.verify_minutes),
        "KEEP_SNAPSHOTS": str(target.keep_snapshots),
    }
    approvals: Sequence[aws.codepipeline.PipelineStageActionArgsDict] = (
        [_approve(target, topic_arn)] if target.approval else []
    )
    deploy = _run("Deploy", project, variables, order=len(approvals) + 1)
    return {"name": f"Deploy-{target.stack}", "actions": [*approvals, deploy]}


def _approve(target: TargetArgs, topic_arn: Text) -> aws.codepipeline.PipelineStageActionArgsDict:
    return {
        "name": "Approve",
        "category": "Approval",
        "owner": "AWS",
        "provider": "Manual",
        "version": "1",
        "run_order": 1,
        "timeout_in_minutes": APPROVAL_MINUTES,
        "configuration": {
            "NotificationArn": topic_arn,
            "CustomData": f"Roll {COMMIT} out to {target.stack} ({target.account_id})?",
        },
    }


def _run(
    name: str, project: Text, variables: Mapping[str, str], *, order: int
) -> aws.codepipeline.PipelineStageActionArgsDict:
    environment = [
        {"name": key, "value": value, "type": "PLAINTEXT"} for key, value in variables.items()
    ]
    return {
        "name": name,
        "category": "Build",
        "owner": "AWS",
        "provider": "CodeBuild",
        "version": "1",
        "run_order": order,
        "input_artifacts": ["Source"],
        "configuration": {
            "ProjectName": project,
            "EnvironmentVariables": json.dumps(environment),
        },
    }
