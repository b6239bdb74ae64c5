"""The store of releases: written once, and what comes out is what went in."""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from stubs import client, stubbed

from release import store
from release.errors import ReleaseError
from release.store import Built, fetch, publish

BUCKET = "stocktrading-artifacts-111111111111-us-east-1"
ARCHIVE = b"the archive"


def manifest(version: str = "v1", archive: bytes = ARCHIVE) -> bytes:
    """Describe an archive, as `make package` does."""
    told = {"version": version, "sha256": hashlib.sha256(archive).hexdigest()}
    return json.dumps(told).encode()


def built(version: str = "v1") -> Built:
    """Give a package."""
    return Built(version=version, archive=ARCHIVE, manifest=manifest(version))


def put(name: str, body: bytes) -> dict[str, Any]:
    """Give the parameters of a put on condition that nothing is there."""
    return {
        "Bucket": BUCKET,
        "Key": f"releases/v1/{name}",
        "Body": body,
        "ChecksumSHA256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        "IfNoneMatch": "*",
    }


def content(body: bytes) -> dict[str, Any]:
    """Give an answer to GetObject."""
    return {"Body": StreamingBody(io.BytesIO(body), len(body))}


def test_a_release_is_put_where_nothing_is_archive_first() -> None:
    """The manifest completes it: one without is no release."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_response("put_object", {}, put("stocktrading-job.zip", ARCHIVE))
        stub.add_response("put_object", {}, put("stocktrading-job.json", manifest()))
        assert publish(s3, BUCKET, built()) == "written"


def test_the_same_bytes_again_are_no_mistake() -> None:
    """A run that is repeated; one that had ended between the two is completed."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_client_error("put_object", "PreconditionFailed")
        stub.add_response("get_object", content(ARCHIVE))
        stub.add_response("put_object", {}, put("stocktrading-job.json", manifest()))
        assert publish(s3, BUCKET, built()) == "already there"


def test_other_bytes_under_a_published_version_are_refused() -> None:
    """Nothing is overwritten, and the message says what to do."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_client_error("put_object", "PreconditionFailed")
        stub.add_response("get_object", content(b"another archive"))
        with pytest.raises(ReleaseError, match=r"published already with other bytes; .* commit"):
            publish(s3, BUCKET, built())


def test_a_version_that_cannot_be_part_of_a_key_is_refused() -> None:
    """Before anything is put."""
    s3 = client("s3")
    with stubbed(s3), pytest.raises(ReleaseError, match=r"version '\.\./v1': allowed are"):
        publish(s3, BUCKET, built("../v1"))


def test_what_is_fetched_is_what_was_packaged(tmp_path: Path) -> None:
    """Both files, where `pulumi up` looks for them."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_response(
            "get_object",
            content(manifest()),
            {"Bucket": BUCKET, "Key": "releases/v1/stocktrading-job.json"},
        )
        stub.add_response(
            "get_object",
            content(ARCHIVE),
            {"Bucket": BUCKET, "Key": "releases/v1/stocktrading-job.zip"},
        )
        fetch(s3, BUCKET, "v1", tmp_path / "dist")
    assert Built.read(tmp_path / "dist", "v1") == built()


def test_a_version_that_was_never_published_is_told(tmp_path: Path) -> None:
    """By its name."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_client_error("get_object", "NoSuchKey")
        with pytest.raises(ReleaseError, match=f"v1 isn't published in {BUCKET}"):
            fetch(s3, BUCKET, "v1", tmp_path)


@pytest.mark.parametrize(
    ("archive", "described", "told"),
    [
        (ARCHIVE, manifest("v2"), "is of v2: run make package VERSION=v1"),
        (b"other", manifest(), "describes another archive than the one beside it"),
        (ARCHIVE, b"[]", "is no manifest: run make package VERSION=v1"),
        (ARCHIVE, b"{", "is no manifest"),
    ],
)
def test_a_package_that_is_not_what_it_says_is_never_published_nor_deployed(
    tmp_path: Path, archive: bytes, described: bytes, told: str
) -> None:
    """Half-written, mixed up, or of another version."""
    (tmp_path / "stocktrading-job.zip").write_bytes(archive)
    (tmp_path / "stocktrading-job.json").write_bytes(described)
    with pytest.raises(ReleaseError, match=told):
        Built.read(tmp_path, "v1")
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_response("get_object", content(described))
        stub.add_response("get_object", content(archive))
        with pytest.raises(ReleaseError):
            fetch(s3, BUCKET, "v1", tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("said", ["NoSuchKey", "AccessDenied"])
def test_the_manifest_of_what_was_never_published_is_none(said: str) -> None:
    """S3 denies, rather than tells, where one may not list."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_response("get_object", content(manifest()))
        stub.add_client_error("get_object", said)
        assert store.manifest(s3, BUCKET, "v1") == json.loads(manifest())
        assert store.manifest(s3, BUCKET, "content-1") is None


def test_a_missing_package_says_what_to_run(tmp_path: Path) -> None:
    """With the version."""
    with pytest.raises(ReleaseError, match=r"is missing: run make package VERSION=v1"):
        Built.read(tmp_path, "v1")
