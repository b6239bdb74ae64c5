"""The store of releases. Each version's archive and manifest are written once."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from botocore.exceptions import ClientError

from common.files import drafted
from common.releases import ARCHIVE, MANIFEST, SBOM, key_of
from release.application import code
from release.errors import ReleaseError
from release.versions import checked

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

Put: TypeAlias = Literal["written", "already there"]

TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
"""The codes with which S3 refuses a conditional put because the object exists."""

ABSENT: Final = frozenset({"NoSuchKey", "404", "NotFound"})

HIDDEN: Final = frozenset({"AccessDenied", "403"})
"""The codes of S3 for a missing object. Without permission to list, it answers as for no access."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """An archive and its manifest, as `make package` writes them."""

    version: str
    archive: bytes
    manifest: bytes

    @classmethod
    def read(cls, directory: Path, version: str) -> Built:
        """Read the package of `version`.

        Raises `ReleaseError` if it is missing or of another version, or if the manifest describes
        another archive.
        """
        files = directory / ARCHIVE, directory / MANIFEST
        try:
            archive, manifest = (file.read_bytes() for file in files)
        except OSError as error:
            message = f"{error.filename} is missing: run make package VERSION={version}"
            raise ReleaseError(message) from error
        built = cls(version=version, archive=archive, manifest=manifest)
        built.check(str(files[1]))
        return built

    def check(self, origin: str) -> None:
        """Compare the archive and the version with the manifest.

        Raises `ReleaseError` if they differ.
        """
        try:
            told = cast("Mapping[str, Any]", json.loads(self.manifest))
            version, sha256 = told["version"], told["sha256"]
        except (ValueError, KeyError, TypeError) as error:
            message = f"{origin} is no manifest: run make package VERSION={self.version}"
            raise ReleaseError(message) from error
        if version != self.version:
            message = f"{origin} is of {version}: run make package VERSION={self.version}"
            raise ReleaseError(message)
        if hashlib.sha256(self.archive).hexdigest() != sha256:
            message = f"{origin} describes another archive, not the one beside it"
            raise ReleaseError(message)


def bill_of(directory: Path, built: Built) -> bytes:
    """Read the bill of materials of a package.

    Raises `ReleaseError` if it is missing, or if it is not the one that the manifest names.
    """
    again = f"run make package VERSION={built.version}"
    try:
        bill = (directory / SBOM).read_bytes()
    except OSError as error:
        message = f"{error.filename} is missing: {again}"
        raise ReleaseError(message) from error
    told = cast("Mapping[str, Any]", json.loads(built.manifest))
    if hashlib.sha256(bill).hexdigest() != told.get("sbom"):
        message = f"{directory / SBOM} describes another archive, not the one beside it: {again}"
        raise ReleaseError(message)
    return bill


def publish(s3: S3Client, bucket: str, built: Built, bill: bytes) -> Put:
    """Write a new release: the archive, its bill of materials, then the manifest.

    The manifest completes the release. A version that exists with the same bytes is no error, so a
    run can be repeated. Raises `ReleaseError` if the version exists with other bytes.
    """
    checked(built.version)
    archive = _put_once(s3, bucket, key_of(built.version), built.archive)
    _put_once(s3, bucket, key_of(built.version, SBOM), bill)
    _put_once(s3, bucket, key_of(built.version, MANIFEST), built.manifest)
    return archive


def _put_once(s3: S3Client, bucket: str, key: str, body: bytes) -> Put:
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, ChecksumSHA256=checksum, IfNoneMatch="*")
    except ClientError as error:
        if code(error) not in TAKEN:
            raise
    else:
        return "written"
    if s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body:
        return "already there"
    message = (
        f"s3://{bucket}/{key} is published with other bytes, and can't be replaced: "
        "commit again for a new one"
    )
    raise ReleaseError(message)


def manifest(s3: S3Client, bucket: str, version: str) -> Mapping[str, Any] | None:
    """Read the manifest of a release. None if it isn't published."""
    try:
        body = s3.get_object(Bucket=bucket, Key=key_of(version, MANIFEST))["Body"].read()
    except ClientError as error:
        if code(error) not in ABSENT | HIDDEN:
            raise
        return None
    return cast("Mapping[str, Any]", json.loads(body))


def fetch(s3: S3Client, bucket: str, version: str, directory: Path) -> Built:
    """Fetch a release into `directory`, from which `pulumi up` deploys it.

    Raises `ReleaseError` if it isn't published, or differs from its manifest.
    """
    checked(version)
    try:
        manifest, archive = (
            s3.get_object(Bucket=bucket, Key=key_of(version, file))["Body"].read()
            for file in (MANIFEST, ARCHIVE)
        )
    except ClientError as error:
        if code(error) not in ABSENT:
            raise
        message = f"{version} isn't published in {bucket}: its build hasn't finished"
        raise ReleaseError(message) from error
    built = Built(version=version, archive=archive, manifest=manifest)
    built.check(f"s3://{bucket}/{key_of(version, MANIFEST)}")
    directory.mkdir(parents=True, exist_ok=True)
    for file, content in ((ARCHIVE, built.archive), (MANIFEST, built.manifest)):
        with drafted(directory / file) as draft:
            draft.write_bytes(content)
    return built
