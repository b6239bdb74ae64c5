"""What the pipeline makes: the bucket of artifacts and releases, and the key that encrypts it."""

from typing import Annotated, Final

import pulumi
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component
from components.base.iam import Grant, Statement
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.storage.bucket import Bucket, BucketArgs
from components.storage.key import USE, Key, KeyArgs, KeyUse, administration, encrypts_logs

RELEASES: Final = "releases/"
"""Prefix of what was built, one version below it each; written once, never deleted."""

CACHES: Final = "caches/"
"""Prefix of the builds' caches, one project below it each."""

PIPELINE_PREFIX_LENGTH: Final = 20
"""CodePipeline keeps its artifacts under the first 20 characters of the pipeline's name."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ArtifactsArgs:
    """How long what the pipeline makes is kept."""

    artifact_days: Annotated[int, Field(ge=1)] = 30
    """Days that a run's own artifacts are kept: as long as one may retry or approve it."""
    cache_days: Annotated[int, Field(ge=1)] = 14
    """Days that a build's cache is kept after it was written last."""


class Artifacts(Component):
    """The bucket and its key."""

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ArtifactsArgs,
        *,
        key: KeyArgs,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the key, then the bucket."""
        super().__init__("stocktrading:delivery:Artifacts", name, opts)
        self.key = Key(f"{name}-key", key, names=names, holds=pipeline_key(names), opts=self.child)
        self._folder = f"{names.pipeline[:PIPELINE_PREFIX_LENGTH]}/"
        self._bucket = Bucket(
            f"{name}-bucket",
            BucketArgs(
                noun="artifacts",
                expire_days={self._folder: args.artifact_days, CACHES: args.cache_days},
                denials=write_once(names.bucket_arn("artifacts"), RELEASES),
            ),
            key=self.key,
            names=names,
            opts=self.child,
        )
        self.bucket = self._bucket.name
        self.key_arn = self.key.arn
        self.publish()

    @property
    def exchange(self) -> tuple[Grant, ...]:
        """Pass artifacts from one stage to the next."""
        look = Grant(
            actions=["s3:GetBucketLocation", "s3:GetBucketVersioning"],
            resources=[self._bucket.arn],
        )
        return (look, *self._bucket.write(self._folder))

    @property
    def publish_release(self) -> tuple[Grant, ...]:
        """Write a release that isn't there yet."""
        return self._bucket.write(RELEASES)

    @property
    def read_releases(self) -> tuple[Grant, ...]:
        """Read releases."""
        return self._bucket.read(RELEASES)

    def cache(self, project: str) -> tuple[Grant, ...]:
        """Keep the cache of one project."""
        return self._bucket.write(f"{CACHES}{project}/")

    def cache_location(self, project: str) -> pulumi.Output[str]:
        """Where the cache of one project is, as CodeBuild spells it."""
        return pulumi.Output.concat(self.bucket, "/", CACHES, project)


def write_once(bucket_arn: str, prefix: str) -> list[Statement]:
    """Refuse to overwrite under `prefix`: only a put on condition that nothing is there will do.

    The parts of a multipart upload can't carry the condition; its completion must. Source: the S3
    user guide, "Enforce conditional writes on Amazon S3 buckets".
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

Without a condition: EventBridge gives none of the keys that one could ask for on its way to a
topic, and the message would be lost in silence (its user guide, "Using resource-based policies").
"""


def pipeline_key(names: Names) -> KeyUse:
    """Say that a key is the pipeline's: its three roles use it, through S3 and SNS.

    The roles are named by a condition, not as principals: KMS refuses a principal that doesn't
    exist yet, and replaces one that was deleted by an id that its successor doesn't have.
    """
    roles = [names.pipeline, names.pipeline_build_role, names.pipeline_deploy_role]
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
    return KeyUse(
        description=f"Artifacts, logs and notifications of {names.pipeline}",
        alias=f"alias/{names.pipeline}",
        policy=[
            administration(names),
            used,
            encrypts_logs(names),
            EVENTS_PUBLISH,
        ],
    )
