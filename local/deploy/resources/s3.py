"""S3: buckets, and the controls on them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from local.clients import AwsClient
from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import request

HOME_REGION: Final = "us-east-1"
"""The only region that must not be given as a bucket's location."""

HOSTED_ZONE: Final = "Z3AQBSTGFYJSTF"
"""Route 53 zone of S3's website endpoints in us-east-1 (AWS general reference)."""

ATTEMPTS: Final = 3
"""Number of times that a bucket is emptied, because a running delivery may write once more."""


def _create_bucket(cloud: Cloud, inputs: Properties) -> Made:
    name = inputs["bucket"]
    where = {} if cloud.region == HOME_REGION else {"locationConstraint": cloud.region}
    wanted = {
        "Bucket": name,
        "ObjectLockEnabledForBucket": inputs.get("objectLockEnabled"),
        "CreateBucketConfiguration": where or None,
    }
    cloud.client("s3").create_bucket(**request("s3", "CreateBucket", wanted))
    return Made(
        name,
        {
            "arn": f"arn:aws:s3:::{name}",
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegion": cloud.region,
            "bucketRegionalDomainName": f"{name}.s3.{cloud.region}.amazonaws.com",
            "hostedZoneId": HOSTED_ZONE,
        },
    )


def _update_bucket(_: Cloud, __: Existing, ___: Properties) -> Properties:
    return {}  # only `forceDestroy` can change, and AWS doesn't have it


def _read_bucket(cloud: Cloud, old: Existing) -> Properties:
    cloud.client("s3").head_bucket(Bucket=old.id)
    return dict(old.inputs)


def _delete_bucket(cloud: Cloud, old: Existing) -> None:
    s3 = cloud.client("s3")
    for left in reversed(range(ATTEMPTS)):
        if old.inputs.get("forceDestroy"):
            _empty(s3, old.id)
        try:
            s3.delete_bucket(Bucket=old.id)
        except ClientError as error:
            late = error.response.get("Error", {}).get("Code") == "BucketNotEmpty"
            if not (left and late and old.inputs.get("forceDestroy")):
                raise
        else:
            return


def _empty(s3: AwsClient, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})


def _control(  # noqa: PLR0913 -- the parts of a control
    operation: str,
    method: str,
    body: Callable[[Properties], Properties],
    remove: Callable[[AwsClient, str], object],
    *,
    get: str,
    told: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
    known: frozenset[str],
) -> ResourceType:
    """Give the row of a control: `Put…` with the bucket and a body, and how to remove it.

    `get` is the operation that reads the control. `told` gives the inputs from its response, and
    also from the request. The names of the inputs may differ in case.
    """

    def put(cloud: Cloud, inputs: Properties) -> Made:
        bucket = inputs["bucket"]
        parameters = request("s3", operation, {"Bucket": bucket, **body(inputs)})
        getattr(cloud.client("s3"), method)(**parameters)
        return Made(bucket)

    def update(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
        return put(cloud, inputs).outputs

    def read(cloud: Cloud, old: Existing) -> Properties | None:
        sent = request("s3", operation, {"Bucket": old.id, **body(dict(old.inputs))})
        found = told(getattr(cloud.client("s3"), get)(Bucket=old.id))
        return None if found is None else now(old, told(sent) or {}, found)

    def delete(cloud: Cloud, old: Existing) -> None:
        remove(cloud.client("s3"), old.id)

    return ResourceType(
        create=put,
        update=update,
        delete=delete,
        read=read,
        fixed=frozenset({"bucket"}),
        inputs=known | {"bucket"},
    )


def _logging(inputs: Properties) -> Properties:
    target = {key: inputs[key] for key in ("targetBucket", "targetPrefix") if key in inputs}
    return {"BucketLoggingStatus": {"LoggingEnabled": target}}


def _block(inputs: Properties) -> Properties:
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return {"PublicAccessBlockConfiguration": {key: inputs.get(key, False) for key in keys}}


def _logged(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return told.get("BucketLoggingStatus", told).get("LoggingEnabled")


def _suspend(s3: AwsClient, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:s3/bucket:Bucket": ResourceType(
        create=_create_bucket,
        update=_update_bucket,
        read=_read_bucket,
        delete=_delete_bucket,
        inputs=knows("forceDestroy", "objectLockEnabled"),
        name="bucket",
        fixed=frozenset({"bucket", "objectLockEnabled"}),
        tagging=Tagging(
            service="s3",
            tag="put_bucket_tagging",
            untag="delete_bucket_tagging",
            listing="get_bucket_tagging",
            target="Bucket",
            by="id",
            shape="set",
            tags="Tagging",
        ),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _control(
        "PutBucketVersioning",
        "put_bucket_versioning",
        lambda inputs: {"VersioningConfiguration": inputs["versioningConfiguration"]},
        _suspend,
        get="get_bucket_versioning",
        told=lambda told: {"versioningConfiguration": told.get("VersioningConfiguration", told)},
        known=knows("versioningConfiguration"),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _control(
        "PutPublicAccessBlock",
        "put_public_access_block",
        _block,
        lambda s3, bucket: s3.delete_public_access_block(Bucket=bucket),
        get="get_public_access_block",
        told=lambda told: told["PublicAccessBlockConfiguration"],
        known=knows(
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
            "skipDestroy",
        ),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _control(
            "PutBucketEncryption",
            "put_bucket_encryption",
            lambda inputs: {"ServerSideEncryptionConfiguration": {"Rules": inputs["rules"]}},
            lambda s3, bucket: s3.delete_bucket_encryption(Bucket=bucket),
            get="get_bucket_encryption",
            told=lambda told: told["ServerSideEncryptionConfiguration"],
            known=knows("rules"),
        )
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _control(
        "PutBucketOwnershipControls",
        "put_bucket_ownership_controls",
        lambda inputs: {"OwnershipControls": {"Rules": inputs["rule"]}},
        lambda s3, bucket: s3.delete_bucket_ownership_controls(Bucket=bucket),
        get="get_bucket_ownership_controls",
        told=lambda told: {"rule": told["OwnershipControls"]["Rules"]},
        known=knows("rule"),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _control(
        "PutBucketPolicy",
        "put_bucket_policy",
        lambda inputs: {"Policy": inputs["policy"]},
        lambda s3, bucket: s3.delete_bucket_policy(Bucket=bucket),
        get="get_bucket_policy",
        told=lambda told: {"policy": told["Policy"]},
        known=knows("policy"),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _control(
        "PutBucketLifecycleConfiguration",
        "put_bucket_lifecycle_configuration",
        lambda inputs: {"LifecycleConfiguration": {"Rules": inputs["rules"]}},
        lambda s3, bucket: s3.delete_bucket_lifecycle(Bucket=bucket),
        get="get_bucket_lifecycle_configuration",
        told=lambda told: told.get("LifecycleConfiguration", told),
        known=knows("rules"),
    ),
    "aws:s3/bucketLogging:BucketLogging": _control(
        "PutBucketLogging",
        "put_bucket_logging",
        _logging,
        lambda s3, bucket: s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={}),
        get="get_bucket_logging",
        told=_logged,
        known=knows("targetBucket", "targetPrefix"),
    ),
}
