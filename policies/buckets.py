"""S3 buckets. The controls of a bucket are separate resources."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from policies.documents import EVERYONE, Statement, statements
from policies.model import (
    DocumentError,
    Level,
    Props,
    Resource,
    Violation,
    Violations,
    each,
    nested,
    of_kind,
    stack_rule,
)

BUCKET: Final = "aws:s3/bucket:Bucket"
BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
NOTIFICATION: Final = "aws:s3/bucketNotification:BucketNotification"
OWNERSHIP: Final = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)

CLOSED: Final[Sequence[str]] = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)
"""The four switches of a public access block."""

Held: TypeAlias = Callable[[Props], bool]
"""Returns whether a control is right."""


def _beside(kind: str, holds: Held) -> Callable[[Sequence[Resource]], Violations]:
    """Require, for each bucket, a resource of `kind` that is right."""

    def check(resources: Sequence[Resource]) -> Violations:
        controls = of_kind(resources, kind)
        for bucket in of_kind(resources, BUCKET):
            mine = [one for one in controls if one.props["bucket"] == bucket.props["bucket"]]
            if not any(holds(one.props) for one in mine):
                given = "one that is not sufficient" if mine else "none"
                noun = kind.rpartition(":")[2]
                yield Violation(resource=bucket, message=f"{noun} of this bucket: given {given}")

    return check


def _closed(block: Props) -> bool:
    return all(block.get(switch) is True for switch in CLOSED)


def _tls_only(policy: Props) -> bool:
    try:
        found = statements(policy.get("policy"))
    except DocumentError:
        return False
    return any(_denies_plain_http(one) for one in found)


def _denies_plain_http(one: Statement) -> bool:
    return (
        not one.allows
        and one.principals == (EVERYONE,)
        and one.condition("Bool", "aws:SecureTransport") == ("false",)
        and bool({"s3:*", "*"} & set(one.actions))
        and _covers_bucket_and_objects(one.resources)
    )


def _covers_bucket_and_objects(resources: Sequence[str]) -> bool:
    objects = [one for one in resources if one.endswith("/*")]
    return "*" in resources or any(one.removesuffix("/*") in resources for one in objects)


def _encrypted(configuration: Props) -> bool:
    defaults = [
        nested(rule, "applyServerSideEncryptionByDefault") for rule in each(configuration, "rules")
    ]
    return bool(defaults) and all(
        one.get("sseAlgorithm") in {"aws:kms", "aws:kms:dsse"}
        and one.get("kmsMasterKeyId", "alias/aws/s3") != "alias/aws/s3"
        for one in defaults
    )


def _sweeps(lifecycle: Props) -> bool:
    rules = [rule for rule in each(lifecycle, "rules") if rule.get("status") == "Enabled"]
    return any(rule.get("noncurrentVersionExpiration") for rule in rules)


def _notifies(notification: Props) -> bool:
    targets = ("eventbridge", "lambdaFunctions", "queues", "topics")
    return any(notification.get(target) for target in targets)


RULES: Final = (
    stack_rule(
        name="s3-bucket-closed",
        controls=["S3.2", "S3.3", "S3.8", "S2"],
        says="A bucket could become public: set all four switches of BucketPublicAccessBlock",
        level=Level.MANDATORY,
        because="with the block, no ACL and no policy can make an object public",
    )(_beside(BLOCK, _closed)),
    stack_rule(
        name="s3-bucket-tls-only",
        controls=["S3.5", "S10"],
        says="A bucket answers over plain HTTP: deny aws:SecureTransport false to everyone",
        level=Level.MANDATORY,
        because="S3 answers plain HTTP unless a policy denies it",
    )(_beside(POLICY, _tls_only)),
    stack_rule(
        name="s3-bucket-encrypted",
        controls=["S3.17", "CKV_AWS_145"],
        says="A bucket is not encrypted with our own key: set aws:kms with kms_master_key_id",
        level=Level.MANDATORY,
        because="the key's policy then also decides who may read",
    )(_beside(ENCRYPTION, _encrypted)),
    stack_rule(
        name="s3-bucket-versioned",
        controls=["S3.14", "CKV_AWS_21"],
        says="A bucket keeps no versions: give it a BucketVersioning with status Enabled",
        level=Level.MANDATORY,
        because="a roll-back, or the repair of a mistake, needs the old version",
    )(
        _beside(
            VERSIONING,
            lambda given: nested(given, "versioningConfiguration").get("status") == "Enabled",
        )
    ),
    stack_rule(
        name="s3-bucket-swept",
        controls=["S3.10", "S3.13"],
        says="A bucket grows for ever: give it a lifecycle that expires noncurrent versions",
        level=Level.MANDATORY,
        because="old versions that nobody uses cost money each month",
    )(_beside(LIFECYCLE, _sweeps)),
    stack_rule(
        name="s3-bucket-without-acls",
        controls=["S3.12"],
        says="A bucket uses ACLs: set object_ownership BucketOwnerEnforced",
        level=Level.MANDATORY,
        because="an ACL is a second list of who may read, which no review looks at",
    )(
        _beside(
            OWNERSHIP,
            lambda given: nested(given, "rule").get("objectOwnership") == "BucketOwnerEnforced",
        )
    ),
    stack_rule(
        name="s3-bucket-access-logged",
        controls=["S3.9", "S1"],
        says="Reads of a bucket are not logged: give it a BucketLogging into a bucket of logs",
        level=Level.ADVISORY,
        because="a trail of the account's data events shows the same, if the account has one",
    )(_beside(LOGGING, lambda given: bool(given.get("targetBucket")))),
    stack_rule(
        name="s3-bucket-notifies",
        controls=["S3.11"],
        says="Nobody is notified of changes in a bucket: add a BucketNotification, or exempt it",
        level=Level.ADVISORY,
        because="events are useful only if something handles them; EventBridge costs nothing",
    )(_beside(NOTIFICATION, _notifies)),
)
