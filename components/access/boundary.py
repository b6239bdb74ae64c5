"""The permissions boundary: the most that any service role of the stack can ever do."""

from collections.abc import Mapping, Sequence
from typing import cast

import pulumi
import pulumi_aws as aws

from components.base.component import Component
from components.base.iam import Grant, document
from components.base.names import Names
from components.base.network import Vpc, attach
from components.delivery.destinations import Destination
from components.delivery.grants import destination_grants
from components.storage.key import USE, Key
from components.streaming.stream import READ, WRITE


class Boundary(Component):
    """A policy that bounds roles. It grants nothing by itself.

    The pipeline may only change the permissions of roles that have this boundary. So somebody who
    takes over the pipeline can't give a role more than the platform's own roles need.
    """

    arn: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options and what it is wired to
        self,
        name: str,
        *,
        destinations: Sequence[Destination],
        vpc: Vpc | None,
        key: Key,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the policy; `vpc` is the VPC that the job runs in."""
        super().__init__("stocktrading:security:Boundary", name, opts)
        policy = aws.iam.Policy(
            name,
            name=names.boundary,
            description="The most that a service role of the platform may do",
            policy=document(grant.statement() for grant in bounds(destinations, vpc, key, names)),
            opts=self.child,
        )
        self.arn = policy.arn
        self.publish()

    def guard(self, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        """Give `opts` extended so that every role below, at any depth, has the boundary."""

        def bound(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
            props = dict(cast("Mapping[str, object]", args.props))
            if args.type_ == "aws:iam/role:Role":
                props["permissionsBoundary"] = self.arn
            return pulumi.ResourceTransformationResult(props, args.opts)

        guard = pulumi.ResourceOptions(transformations=[bound])
        return pulumi.ResourceOptions.merge(opts, guard)


def bounds(
    destinations: Sequence[Destination], vpc: Vpc | None, key: Key, names: Names
) -> list[Grant]:
    """Give all actions of the stack's services, on resources of this stack by name."""
    buckets = [names.bucket_arn("code"), names.bucket_arn("sink")]
    function = names.arn("lambda", f"function:{names.transform}")
    own = names.arn("secretsmanager", f"secret:{names.prefix}/*")
    secrets = sorted({getattr(each, "secret_arn", None) or own for each in destinations})
    groups = [names.arn("logs", f"log-group:{group}") for group in names.log_groups]
    return [
        Grant(
            actions=sorted({*READ, *WRITE}),
            resources=[names.arn("kinesis", f"stream/{names.prefix}-*")],
        ),
        Grant(
            actions=[
                "s3:GetBucketLocation",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
            ],
            resources=buckets,
        ),
        Grant(
            actions=[
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:PutObject",
            ],
            resources=[f"{bucket}/*" for bucket in buckets],
        ),
        Grant(actions=USE, resources=[key.arn]),
        Grant(
            actions=["logs:DescribeLogGroups"],
            resources=["*"],
            any_resource_because="the service finds log groups by listing them",
        ),
        Grant(
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[f"{group}:*" for group in groups],
        ),
        Grant(
            actions=["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"],
            resources=[function, f"{function}:*"],
        ),
        Grant(actions=["secretsmanager:GetSecretValue"], resources=secrets),
        *(grant for each in destinations for grant in destination_grants(each, names)),
        *(attach(vpc, names) if vpc else ()),
    ]
