"""The Lambda function that can transform results before they are delivered."""

from typing import Annotated, Final

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from common.paths import ROOT
from components.base.component import Component, after
from components.base.iam import Grant, service_role
from components.base.limits import LogRetentionDays
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.storage.key import Key

CODE: Final = ROOT / "transform" / "handler.py"

RUNTIME: Final = "python3.13"
"""Newer than the project's Python, because the function uses only the standard library. AWS
patches the runtime."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TransformArgs:
    """How the function runs."""

    memory_mib: Annotated[int, Field(ge=128, le=10_240)] = 256
    """Memory of the function. Lambda gives it CPU in proportion."""
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 60
    """Seconds that one call may take. Firehose waits 5 minutes at most."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 10
    """Concurrent runs that are reserved for the function, and the most that it may have."""
    log_retention_days: LogRetentionDays = 30
    """Days for which the function's log is kept."""


class Transform(Component):
    """The function, its log and its role."""

    arn: pulumi.Output[str]
    """ARN of the function's last deployed version. Without a version, Firehose calls `$LATEST`."""

    def __init__(
        self,
        name: str,
        args: TransformArgs,
        *,
        key: Key,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the log group first. Else Lambda makes one that is unencrypted and never expires."""
        super().__init__("stocktrading:compute:Transform", name, opts)
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=names.transform_log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=key.arn,
            opts=self.child,
        )
        role = service_role(
            names.transform,
            "lambda.amazonaws.com",
            [
                Grant(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[pulumi.Output.concat(log.arn, ":*")],
                )
            ],
            self.child,
            names=names,
            source_arn=names.arn("lambda", f"function:{names.transform}"),
        )
        function = aws.lambda_.Function(
            name,
            name=names.transform,
            description="Adds derived values to each result",
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="handler.handle",
            code=pulumi.AssetArchive({"handler.py": pulumi.FileAsset(str(CODE))}),
            role=role.arn,
            memory_size=args.memory_mib,
            timeout=args.timeout_seconds,
            reserved_concurrent_executions=args.concurrency,
            opts=after(self.child, log, role.policy),
        )
        self.arn = pulumi.Output.concat(function.arn, ":$LATEST")
        self.publish()

    def invoke(self) -> Grant:
        """Call the last deployed version of the function."""
        return Grant(
            actions=["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"],
            resources=[self.arn],
        )
