"""Changes of a running stack: resize, stop, start, and no destruction by mistake."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.streaming import archive
from local.cloud import NAMESPACE, LocalCloud
from local.errors import LocalError

pytestmark = pytest.mark.emulator

APPLICATION = "stocktrading-analytics"
INGEST = "stocktrading-ingest-stream"


@pytest.fixture(autouse=True)
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepare an archive to deploy: any bytes, and their manifest."""
    directory, content = tmp_path / "dist", b"archive"
    directory.mkdir()
    (directory / "stocktrading-job.zip").write_bytes(content)
    described = {"version": "v1", "sha256": hashlib.sha256(content).hexdigest()}
    (directory / "stocktrading-job.json").write_text(json.dumps(described))
    monkeypatch.setattr(archive, "DISTRIBUTION", directory)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """Give a local cloud with the sandbox stack."""
    with LocalCloud(directory=tmp_path / "local", stacks=["sandbox"]) as up:
        yield up


def setting(key: str, value: object) -> dict[str, object]:
    """Give one changed setting."""
    return {f"{NAMESPACE}:{key}": value}


def stream(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give Kinesis's description of the ingest stream."""
    summary = cloud.client("kinesis").describe_stream_summary(StreamName=INGEST)
    return summary["StreamDescriptionSummary"]


def application(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give Managed Flink's description of the application."""
    flink = cloud.client("kinesisanalyticsv2")
    return flink.describe_application(ApplicationName=APPLICATION)["ApplicationDetail"]


def test_shards_and_retention_of_a_stream_change_in_place(cloud: LocalCloud) -> None:
    """The stream isn't replaced. The alarms that depend on its size change too."""
    made = stream(cloud)["StreamCreationTimestamp"]
    changes = setting("streams.ingest.shards", 8) | setting("streams.ingest.retention_hours", 48)
    summary = cloud.deploy(changes)
    after = stream(cloud)
    assert (after["OpenShardCount"], after["RetentionPeriodHours"]) == (8, 48)
    assert after["StreamCreationTimestamp"] == made
    assert summary.actions["updated"] == summary.changed  # nothing is replaced, created or deleted
    assert after["EncryptionType"] == "KMS"
    alarm = "stocktrading-ingest-full-records"
    (held,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    assert held["Threshold"] == 8 * 1_000 * 60 * 0.8
    assert cloud.deploy(changes).changed == 0


def test_a_shorter_retention_is_set_in_place_too(cloud: LocalCloud) -> None:
    """A retention can be raised and then lowered again."""
    cloud.deploy(setting("streams.ingest.retention_hours", 48))
    summary = cloud.deploy(setting("streams.ingest.retention_hours", 24))
    assert stream(cloud)["RetentionPeriodHours"] == 24
    assert summary.actions["updated"] == summary.changed == 1


def test_a_stopped_job_leaves_a_snapshot_and_starts_again(cloud: LocalCloud) -> None:
    """Only the application changes, and it isn't replaced."""
    made = application(cloud)["CreateTimestamp"]
    assert application(cloud)["ApplicationStatus"] == "RUNNING"
    summary = cloud.deploy(setting("flink.start", value=False))
    assert summary.actions["updated"] == summary.changed == 1
    assert application(cloud)["ApplicationStatus"] in {"STOPPING", "READY"}
    flink = cloud.client("kinesisanalyticsv2")
    snapshots = flink.list_application_snapshots(ApplicationName=APPLICATION)["SnapshotSummaries"]
    assert len(snapshots) == 1
    assert application(cloud)["ApplicationStatus"] == "READY"
    cloud.deploy()
    assert application(cloud)["ApplicationStatus"] in {"STARTING", "RUNNING"}
    assert application(cloud)["CreateTimestamp"] == made


def test_a_job_that_can_take_no_snapshot_is_stopped_at_once(cloud: LocalCloud) -> None:
    """The configuration asks for a stop without a snapshot."""
    stopped = setting("flink.start", value=False) | setting("flink.snapshot_on_stop", value=False)
    cloud.deploy(stopped)
    assert application(cloud)["ApplicationStatus"] in {"FORCE_STOPPING", "READY"}
    flink = cloud.client("kinesisanalyticsv2")
    listed = flink.list_application_snapshots(ApplicationName=APPLICATION)
    assert listed["SnapshotSummaries"] == []


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("sink.keep_data_on_destroy", "key, sink-store: protected"),
        ("flink.keep_code_on_destroy", "key, analytics-code: protected"),
    ],
)
def test_a_stack_with_protected_resources_is_not_destroyed(
    cloud: LocalCloud, key: str, told: str
) -> None:
    """A destruction is refused before it begins. Without the protection it succeeds."""
    cloud.deploy(setting(key, value=True))
    with pytest.raises(LocalError, match=rf"^{told}"):
        cloud.destroy()
    assert application(cloud)["ApplicationStatus"] == "RUNNING"
    assert stream(cloud)["StreamStatus"] == "ACTIVE"
    cloud.deploy()
    assert cloud.destroy().actions["deleted"] > 30
    assert cloud.client("s3").list_buckets()["Buckets"] == []


def test_an_operation_of_the_application_can_be_described(cloud: LocalCloud) -> None:
    """Pulumi's provider requests it after each start, stop and update."""
    flink = cloud.client("kinesisanalyticsv2")
    answer = flink.describe_application_operation(ApplicationName=APPLICATION, OperationId="any")
    assert answer["ApplicationOperationInfoDetails"]["OperationStatus"] == "SUCCESSFUL"
