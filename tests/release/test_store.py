"""The store of releases: a version is written once, and is fetched unchanged."""

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
from release.store import Built, bill_of, fetch, publish

BUCKET = "stocktrading-artifacts-111111111111-us-east-1"
ARCHIVE = b"the archive"
BILL = b"the bill of materials"


def manifest(version: str = "v1", archive: bytes = ARCHIVE) -> bytes:
    """Describe an archive, as `make package` does."""
    told = {
        "version": version,
        "sha256": hashlib.sha256(archive).hexdigest(),
        "sbom": hashlib.sha256(BILL).hexdigest(),
    }
    return json.dumps(told).encode()


def built(version: str = "v1") -> Built:
    """Give a package."""
    return Built(version=version, archive=ARCHIVE, manifest=manifest(version))


def put(name: str, body: bytes) -> dict[str, Any]:
    """Give the parameters of a put that fails if the object exists."""
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


def test_publish_puts_the_archive_first_and_overwrites_nothing() -> None:
    """The manifest comes last. Without a manifest there is no release."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_response("put_object", {}, put("stocktrading-job.zip", ARCHIVE))
        stub.add_response("put_object", {}, put("stocktrading-job.cdx.json", BILL))
        stub.add_response("put_object", {}, put("stocktrading-job.json", manifest()))
        assert publish(s3, BUCKET, built(), BILL) == "written"


@pytest.mark.parametrize(
    ("bill", "said"),
    [
        (None, "stocktrading-job.cdx.json is missing: run make package VERSION=v1"),
        (b"another", "describes another archive, not the one beside it: run make package"),
    ],
)
def test_another_archives_bill_of_materials_is_refused(
    tmp_path: Path, bill: bytes | None, said: str
) -> None:
    """The manifest names the bill of materials by its checksum."""
    if bill is not None:
        (tmp_path / "stocktrading-job.cdx.json").write_bytes(bill)
    with pytest.raises(ReleaseError, match=said):
        bill_of(tmp_path, built())
    (tmp_path / "stocktrading-job.cdx.json").write_bytes(BILL)
    assert bill_of(tmp_path, built()) == BILL


def test_the_same_bytes_can_be_published_again() -> None:
    """A run can be repeated. A run that ended between the two puts is completed."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_client_error("put_object", "PreconditionFailed")
        stub.add_response("get_object", content(ARCHIVE))
        stub.add_response("put_object", {}, put("stocktrading-job.cdx.json", BILL))
        stub.add_response("put_object", {}, put("stocktrading-job.json", manifest()))
        assert publish(s3, BUCKET, built(), BILL) == "already there"


def test_other_bytes_under_a_published_version_are_refused() -> None:
    """Nothing is overwritten. The message says what to do."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_client_error("put_object", "PreconditionFailed")
        stub.add_response("get_object", content(b"another archive"))
        with pytest.raises(
            ReleaseError, match=r"published with other bytes, and can't be replaced: commit"
        ):
            publish(s3, BUCKET, built(), BILL)


def test_a_version_that_cannot_be_part_of_a_key_is_refused() -> None:
    """Nothing is put."""
    s3 = client("s3")
    with stubbed(s3), pytest.raises(ReleaseError, match=r"version '\.\./v1': allowed are"):
        publish(s3, BUCKET, built("../v1"), BILL)


def test_fetch_writes_the_files_that_were_packaged(tmp_path: Path) -> None:
    """Both files are written to where `pulumi up` reads them."""
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


def test_fetching_an_unpublished_version_is_an_error_that_names_it(tmp_path: Path) -> None:
    """The message names the version and the bucket."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_client_error("get_object", "NoSuchKey")
        with pytest.raises(ReleaseError, match=f"v1 isn't published in {BUCKET}"):
            fetch(s3, BUCKET, "v1", tmp_path)


@pytest.mark.parametrize(
    ("archive", "described", "told"),
    [
        (ARCHIVE, manifest("v2"), "is of v2: run make package VERSION=v1"),
        (b"other", manifest(), "describes another archive, not the one beside it"),
        (ARCHIVE, b"[]", "is no manifest: run make package VERSION=v1"),
        (ARCHIVE, b"{", "is no manifest"),
    ],
)
def test_a_package_that_differs_from_its_manifest_is_never_published_or_deployed(
    tmp_path: Path, archive: bytes, described: bytes, told: str
) -> None:
    """The package is half-written, mixed up or of another version."""
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
def test_the_manifest_of_an_unpublished_version_is_none(said: str) -> None:
    """Without permission to list, S3 answers with an access error instead of "not found"."""
    s3 = client("s3")
    with stubbed(s3) as stub:
        stub.add_response("get_object", content(manifest()))
        stub.add_client_error("get_object", said)
        assert store.manifest(s3, BUCKET, "v1") == json.loads(manifest())
        assert store.manifest(s3, BUCKET, "content-1") is None


def test_the_error_for_a_missing_package_says_what_to_run(tmp_path: Path) -> None:
    """The command in the message contains the version."""
    with pytest.raises(ReleaseError, match=r"is missing: run make package VERSION=v1"):
        Built.read(tmp_path, "v1")
