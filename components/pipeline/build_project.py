"""A CodeBuild project that a pipeline runs: its image, its log, its cache and its role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Final, Literal

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component, after
from components.base.iam import Grant, Text, service_role
from components.base.limits import LogRetentionDays
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.pipeline.artifacts import Artifacts

COMPUTE: Final = {"small": "SMALL", "medium": "MEDIUM", "large": "LARGE"}

Image = Annotated[str, Field(pattern=r"^\S+:[^\s:]+$|^\S+@sha256:[0-9a-f]{64}$")]
"""An image with its tag or digest. AWS's own are `aws/codebuild/<name>:<major>[-<release>]`."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BuildArgs:
    """The machine that builds and deploys."""

    image: Image = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    """Image, pinned to its major version. AWS patches it and caches it on its hosts. To pin it
    completely, use `5.0-<release>`; `ListCuratedEnvironmentImages` lists the releases."""
    size: Literal["small", "medium", "large"] = "medium"
    """CPUs and memory. `small`: 2 CPUs, 4 GB. `medium`: 4 CPUs, 8 GB. `large`: 8 CPUs, 16 GB."""
    timeout_minutes: Annotated[int, Field(ge=5, le=480)] = 60
    """Minutes until a build is stopped. For a roll-out, its `verify_minutes` are added, because a
    stopped build can't roll back."""
    log_retention_days: LogRetentionDays = 90
    """Days for which a build's log is kept."""


@plain_dataclass(frozen=True, kw_only=True)
class Work:
    """What a project does."""

    noun: str
    """Part of its name."""
    description: str
    buildspec: str
    variables: Mapping[str, Text]
    """Environment variables. The pipeline's action adds its own."""
    grants: Sequence[Grant]
    """Grants, in addition to those that every project has: input, cache and log."""
    watches_minutes: int = 0
    """Longest time for which it verifies a roll-out. It is added to the project's time limit."""


class BuildProject(Component):
    """The project and what it needs."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    log_group: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options and what it works with
        self,
        name: str,
        args: BuildArgs,
        *,
        work: Work,
        artifacts: Artifacts,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the log and the role, then the project."""
        super().__init__("stocktrading:delivery:BuildProject", name, opts)
        physical = f"{names.pipeline}-{work.noun}"
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/codebuild/{physical}",
            retention_in_days=args.log_retention_days,
            kms_key_id=artifacts.key_arn,
            opts=self.child,
        )
        role = service_role(
            physical,
            "codebuild.amazonaws.com",
            [
                *artifacts.read_exchange,
                *artifacts.cache(physical),
                Grant(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[pulumi.Output.concat(log.arn, ":*")],
                ),
                *work.grants,
            ],
            self.child,
            names=names,
            source_arn=names.arn("codebuild", f"project/{physical}"),
        )
        project = aws.codebuild.Project(
            name,
            name=physical,
            description=work.description,
            service_role=role.arn,
            encryption_key=artifacts.key_arn,
            build_timeout=args.timeout_minutes + work.watches_minutes,
            source={"type": "CODEPIPELINE", "buildspec": work.buildspec},
            artifacts={"type": "CODEPIPELINE", "encryption_disabled": False},
            environment={
                "type": "LINUX_CONTAINER",
                "compute_type": f"BUILD_GENERAL1_{COMPUTE[args.size]}",
                "image": args.image,
                "image_pull_credentials_type": "CODEBUILD",
                "privileged_mode": False,
                "environment_variables": [
                    {"name": key, "value": value, "type": "PLAINTEXT"}
                    for key, value in work.variables.items()
                ],
            },
            cache={"type": "S3", "location": artifacts.cache_location(physical)},
            logs_config={
                "cloudwatch_logs": {"status": "ENABLED", "group_name": log.name},
                "s3_logs": {"status": "DISABLED"},
            },
            # When the project is created, CodeBuild checks that the role may write the log. A build
            # writes its cache to the bucket.
            opts=after(self.child, role.policy, *artifacts.settings),
        )
        self.name = project.name
        self.arn = project.arn
        self.log_group = log.name
        self.run = Grant(
            actions=["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"],
            resources=[project.arn],
        )
        """Start the project and read its state."""
        self.publish()
