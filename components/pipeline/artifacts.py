"""The bucket of the pipeline's artifacts and releases, and the key that encrypts it."""

from collections.abc import Sequence
from typing import Annotated, Final

import pulumi
from pydantic import Field
from pydantic.dataclasses import dataclass

from common.releases import RELEASES
from components.base.component import Component
from components.base.iam import Grant, Statement
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.storage.bucket import Bucket, BucketArgs
from components.storage.key import USE, Key, KeyArgs, KeyUse, administration, encrypts_logs
from components.storage.pulumi_state import PrincipalArn

"""Prefix of the releases, with a folder for each version. They are written once, never deleted."""

CACHES: Final = "caches/"
"""Prefix of the builds' caches, with one folder for each project."""

PIPELINE_PREFIX_LENGTH: Final = 20
"""CodePipeline stores its artifacts under the first 20 characters of the pipeline's name."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ArtifactsArgs:
    """Who reads releases in addition to the pipeline, and how long its artifacts are kept."""

    operators: Sequence[PrincipalArn] = ()
    """ARNs (`*` allowed) of this account's roles of people who run `stocktrading release fetch`,
    `restores` and the like. Empty: only the pipeline's own roles decrypt a release."""
    artifact_days: Annotated[int, Field(ge=1)] = 30
    """Days for which a run's artifacts are kept. A run can be retried or approved that long."""
    cache_days: Annotated[int, Field(ge=1)] = 14
    """Days for which a build's cache is kept after its last change."""


class Artifacts(Component):
    """The bucket and its key."""

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options and who uses it
        self,
        name: str,
        args: ArtifactsArgs,
        *,
        key: KeyArgs,
        targets: Sequence[str],
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the key, then the bucket; `targets` are the stacks that the pipeline deploys."""
        super().__init__("stocktrading:delivery:Artifacts", name, opts)
        self.key = Key(
            f"{name}-key",
            key,
            names=names,
            holds=pipeline_key(names, targets, args.operators),
            opts=self.child,
        )
        self._folder = f"{names.pipeline[:PIPELINE_PREFIX_LENGTH]}/"
        bucket_arn = names.bucket_arn("artifacts")
        self._bucket = Bucket(
            f"{name}-bucket",
            BucketArgs(
                noun="artifacts",
                expire_days={self._folder: args.artifact_days, CACHES: args.cache_days},
                denials=[
                    *write_once(bucket_arn, RELEASES),
                    written_by(names.role_arn(names.pipeline), bucket_arn, self._folder),
                ],
            ),
            key=self.key,
            names=names,
            opts=self.child,
        )
        self.bucket = self._bucket.name
        self.key_arn = self.key.arn
        self.publish()

    @property
    def settings(self) -> Sequence[pulumi.Resource]:
        """The settings of the bucket that a writer waits for."""
        return self._bucket.settings

    @property
    def exchange(self) -> tuple[Grant, ...]:
        """Pass artifacts from one stage to the next, as the pipeline itself does."""
        return (self._look, *self._bucket.write(self._folder))

    @property
    def read_exchange(self) -> tuple[Grant, ...]:
        """Read the input of a stage. No build writes there: the next stage runs what it finds."""
        return (self._look, *self._bucket.read(self._folder))

    @property
    def _look(self) -> Grant:
        return Grant(
            actions=["s3:GetBucketLocation", "s3:GetBucketVersioning"],
            resources=[self._bucket.arn],
        )

    @property
    def publish_release(self) -> tuple[Grant, ...]:
        """Write a release that does not exist yet."""
        return self._bucket.write(RELEASES)

    @property
    def read_releases(self) -> tuple[Grant, ...]:
        """Read releases."""
        return self._bucket.read(RELEASES)

    def cache(self, project: str) -> tuple[Grant, ...]:
        """Read and write the cache of one project."""
        return self._bucket.write(f"{CACHES}{project}/")

    def cache_location(self, project: str) -> pulumi.Output[str]:
        """The place of one project's cache, in CodeBuild's notation."""
        return pulumi.Output.concat(self.bucket, "/", CACHES, project)


def written_by(role_arn: str, bucket_arn: str, prefix: str) -> Statement:
    """Refuse every writer under `prefix` but one role, whatever another one's policy allows."""
    return {
        "Sid": "PipelineAloneWritesExchange",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/{prefix}*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": role_arn}},
    }


def write_once(bucket_arn: str, prefix: str) -> list[Statement]:
    """Refuse to overwrite under `prefix`: a put must have the condition that no object exists.

    The parts of a multipart upload can't have the condition, but its completion must. Source: the
    S3 user guide, "Enforce conditional writes on Amazon S3 buckets".
    """
    return [
        {
            "Sid": "WriteOnce",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/{prefix}*",
            "Condition": {
                "Null": {"s3:if-none-match": "true"},
                "Bool": {"s3:ObjectCreationOperation": "true"},
            },
        },
        {
            "Sid": "KeepReleases",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            "Resource": f"{bucket_arn}/{prefix}*",
        },
    ]


EVENTS_PUBLISH: Final[Statement] = {
    "Sid": "EventsPublish",
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Resource": "*",
}
"""Let EventBridge publish to an encrypted topic.

The statement has no condition. EventBridge sends none of the condition keys that a policy could
check, so with a condition the message would be lost without an error (its user guide, "Using
resource-based policies").
"""


def pipeline_key(names: Names, targets: Sequence[str], operators: Sequence[str]) -> KeyUse:
    """Describe the pipeline's key: its own roles use it, through S3 and SNS. Operators read.

    A condition names the roles. They are not principals, because KMS refuses a principal that
    doesn't exist yet. It also replaces a deleted principal by an id that a new role doesn't have.
    """
    deploys = [names.pipeline_deploy_role(stack) for stack in targets]
    roles = [names.pipeline, names.pipeline_build_role, *deploys]
    used: Statement = {
        "Sid": "PipelineUsesThroughServices",
        "Effect": "Allow",
        "Principal": {"AWS": names.account_root},
        "Action": list(USE),
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:ViaService": names.via("s3", "sns")},
            "ArnEquals": {"aws:PrincipalArn": [names.role_arn(role) for role in roles]},
        },
    }
    read: Statement = {
        "Sid": "OperatorsReadReleases",
        "Effect": "Allow",
        "Principal": {"AWS": names.account_root},
        "Action": ["kms:Decrypt", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:ViaService": names.via("s3")},
            "ArnLike": {"aws:PrincipalArn": list(operators)},
        },
    }
    return KeyUse(
        description=f"Artifacts, logs and notifications of {names.pipeline}",
        alias=f"alias/{names.pipeline}",
        policy=[
            administration(names),
            used,
            *([read] if operators else []),
            encrypts_logs(names),
            EVENTS_PUBLISH,
        ],
    )
