"""S3: objects."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi

from local.deploy.resources.model import Cloud, Existing, Made, Properties, ResourceType, knows
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import request
from local.errors import LocalError


def _put_object(cloud: Cloud, inputs: Properties) -> Made:
    bucket, key = inputs["bucket"], inputs["key"]
    body = _body(cloud.project, inputs)
    wanted = {
        "Bucket": bucket,
        "Key": key,
        "ContentType": inputs.get("contentType", "application/octet-stream"),
        "ServerSideEncryption": inputs.get("serverSideEncryption"),
        "SSEKMSKeyId": inputs.get("kmsKeyId"),
        "BucketKeyEnabled": inputs.get("bucketKeyEnabled"),
        "Metadata": inputs.get("metadata"),
    }
    parameters = request("s3", "PutObject", wanted)
    answer = cloud.client("s3").put_object(**parameters, Body=body)
    return Made(
        f"{bucket}/{key}",
        {
            "arn": f"arn:aws:s3:::{bucket}/{key}",
            "etag": hashlib.md5(body, usedforsecurity=False).hexdigest(),
            "versionId": answer.get("VersionId", ""),
        },
    )


def _update_object(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_object(cloud, inputs).outputs


def _read_object(cloud: Cloud, old: Existing) -> Properties:
    """Read an object's metadata. A different entity tag means different content."""
    head = cloud.client("s3").head_object(Bucket=old.inputs["bucket"], Key=old.inputs["key"])
    inputs = now(old, {"contentType": old.inputs.get("contentType")}, head)
    if head["ETag"].strip('"') != old.outputs["etag"]:
        inputs["sourceHash"] = head["ETag"]
    return inputs


def _delete_object(cloud: Cloud, old: Existing) -> None:
    """Delete every version, like the provider, because a versioned bucket keeps them."""
    s3, bucket, key = cloud.client("s3"), old.inputs["bucket"], old.inputs["key"]
    versions = s3.list_object_versions(Bucket=bucket, Prefix=key)
    for each in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]:
        if each["Key"] == key:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=each["VersionId"])


def _body(project: Path, inputs: Mapping[str, Any]) -> bytes:
    source = inputs.get("source")
    if isinstance(source, pulumi.FileAsset | pulumi.FileArchive):
        return (project / str(source.path)).read_bytes()
    if isinstance(source, pulumi.StringAsset):
        return source.text.encode()
    if source is not None:
        message = f"source: a {type(source).__name__} can't be uploaded from here; use a file"
        raise LocalError(message)
    return str(inputs.get("content", "")).encode()


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:s3/bucketObjectv2:BucketObjectv2": ResourceType(
        create=_put_object,
        update=_update_object,
        read=_read_object,
        delete=_delete_object,
        inputs=knows(
            "bucket",
            "bucketKeyEnabled",
            "content",
            "contentType",
            "forceDestroy",
            "key",
            "kmsKeyId",
            "metadata",
            "serverSideEncryption",
            "source",
            "sourceHash",
        ),
        fixed=frozenset({"bucket", "key"}),
    ),
}
