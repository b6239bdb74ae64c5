"""A private bucket: encrypted, versioned, only over TLS, and with a lifecycle."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base.component import Component, after, protected
from components.base.iam import Grant, Statement, Text, document
from components.base.names import Names
from components.storage.key import Key


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """A bucket's name, and how long it keeps its objects.

    Raises `ValueError` for a number of days below 1.
    """

    noun: str
    """Part of the bucket's name that says what it holds."""
    expire_days: dict[str, int]
    """Days until an object is deleted, by the prefix of its key. Empty: nothing is deleted."""
    noncurrent_days: int = 30
    """Days until a replaced or deleted version is removed."""
    force_destroy: bool = False
    """Whether destroying the stack also deletes the bucket's objects."""
    protect: bool = False
    """Whether Pulumi refuses to destroy the stack as long as this is set."""
    denials: Sequence[Statement] = ()
    """Statements that deny something to everyone, in addition to plain HTTP and old TLS."""

    def __post_init__(self) -> None:
        """Refuse a lifecycle that S3 would refuse."""
        for what, days in {**self.expire_days, "noncurrent_days": self.noncurrent_days}.items():
            if days < 1:
                message = f"bucket {self.noun}, {what}: given {days} days; allowed: 1 or more"
                raise ValueError(message)


class Bucket(Component):
    """A bucket with every control that S3 has for a private bucket."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: BucketArgs,
        *,
        key: Key,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the bucket, then its controls."""
        super().__init__("stocktrading:data:Bucket", name, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=names.bucket(args.noun),
            force_destroy=args.force_destroy,
            opts=protected(self.child, protect=args.protect),
        )
        self.name = bucket.bucket
        self.arn = bucket.arn
        self._key = key
        self._settings = [
            *self._close(name, bucket, args),
            self._encrypt(name, bucket, key),
            self._sweep(name, bucket, args),
        ]
        self.publish()

    @property
    def settings(self) -> Sequence[pulumi.Resource]:
        """The settings that a writer waits for: access, encryption and versioning.

        S3 applies them only to objects that are written later.
        """
        return self._settings

    def read(self, *prefixes: str) -> tuple[Grant, ...]:
        """Read the objects under `prefixes`, such as `releases/`."""
        actions = ("s3:GetObject", "s3:GetObjectVersion")
        objects = self.objects(*prefixes)
        return (Grant(actions=actions, resources=objects), self._key.decrypts("s3"))

    def write(self, *prefixes: str) -> tuple[Grant, ...]:
        """Read and write the objects under `prefixes`."""
        actions = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
        objects = self.objects(*prefixes)
        return (Grant(actions=actions, resources=objects), self._key.use("s3"))

    def objects(self, *prefixes: str) -> list[pulumi.Output[str]]:
        """Give the ARNs, with `*`, of the objects under `prefixes`."""
        return [pulumi.Output.concat(self.arn, "/", prefix, "*") for prefix in prefixes]

    def deliver(self) -> tuple[Grant, ...]:
        """Write objects under any key, as Firehose does (its documentation lists these actions)."""
        bucket_actions = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
        object_actions = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
        objects = pulumi.Output.concat(self.arn, "/*")
        return (
            Grant(actions=bucket_actions, resources=[self.arn]),
            Grant(actions=object_actions, resources=[objects]),
            self._key.use("s3"),
        )

    def _close(
        self, name: str, bucket: aws.s3.Bucket, args: BucketArgs
    ) -> tuple[pulumi.Resource, ...]:
        """Make the settings of access, one after the other.

        S3 refuses two simultaneous changes to the access of one bucket (OperationAborted).
        """
        block = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child,
        )
        ownership = aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=after(self.child, block),
        )
        policy = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=document([*tls_only(bucket.arn), *args.denials]),
            opts=after(self.child, ownership),
        )
        return block, ownership, policy

    def _encrypt(self, name: str, bucket: aws.s3.Bucket, key: Key) -> pulumi.Resource:
        return aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=self.child,
        )

    def _sweep(self, name: str, bucket: aws.s3.Bucket, args: BucketArgs) -> pulumi.Resource:
        """Keep replaced versions for some time. Give the versioning."""
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self.child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=lifecycle(args),
            # Rules for noncurrent versions are valid only after versioning is enabled.
            opts=after(self.child, versioning),
        )
        return versioning


def tls_only(bucket_arn: Text) -> list[Statement]:
    """Deny every call that does not use TLS 1.2 or newer (S3.5)."""
    resources = [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")]
    everyone: Statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": resources,
    }
    return [
        {"Sid": "TlsOnly", **everyone, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {
            "Sid": "NoOldTls",
            **everyone,
            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        },
    ]


def lifecycle(args: BucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Give a bucket's lifecycle rules: for incomplete uploads, old versions, and by prefix."""
    leftovers: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "leftovers",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        "noncurrent_version_expiration": {"noncurrent_days": args.noncurrent_days},
    }
    expirations: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": f"expire-{prefix.strip('/') or 'all'}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {"days": days},
        }
        for prefix, days in args.expire_days.items()
    ]
    return [leftovers, *expirations]
