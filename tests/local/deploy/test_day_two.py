"""Changes of a running stack: resize, stop, start, and no destruction by mistake."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from archives import packaged

from local.cloud import NAMESPACE, LocalCloud
from local.errors import LocalError
from release.snapshots import listed
from release.start import Start
from release.waiting import Waiting

pytestmark = pytest.mark.emulator

APPLICATION = "stocktrading-analytics"
INGEST = "stocktrading-ingest-stream"


@pytest.fixture(autouse=True)
def _archive(tmp_path: Path) -> Iterator[None]:
    """Prepare an archive to deploy."""
    with packaged(tmp_path / "dist"):
        yield


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


def test_a_stopped_application_is_started_by_release_start_and_by_no_deployment(
    cloud: LocalCloud,
) -> None:
    """As with the real provider, a deployment updates a stopped application and leaves it so."""
    flink = cloud.client("kinesisanalyticsv2")
    flink.stop_application(ApplicationName=APPLICATION)
    waiting = Waiting(flink=flink, application=APPLICATION, poll_seconds=0.2)
    waiting.until("stopped")
    cloud.deploy(setting("flink.checkpoint_seconds", 30))
    assert application(cloud)["ApplicationStatus"] == "READY"
    (snapshot,) = listed(flink, APPLICATION)
    told = Start(waiting=waiting, flink={}).run()
    assert told == f"started v1 from the latest snapshot, {snapshot.name}"
    assert application(cloud)["ApplicationStatus"] == "RUNNING"
    assert Start(waiting=waiting, flink={}).run().endswith("nothing to start")


def test_another_kind_of_sink_is_made_before_the_old_one_is_deleted(cloud: LocalCloud) -> None:
    """With `previous` both exist, and the old delivery isn't touched."""
    firehose = cloud.client("firehose")

    def deliveries() -> Mapping[str, object]:
        names = firehose.list_delivery_streams()["DeliveryStreamNames"]
        found = [firehose.describe_delivery_stream(DeliveryStreamName=name) for name in names]
        told = [each["DeliveryStreamDescription"] for each in found]
        return {each["DeliveryStreamName"]: each["CreateTimestamp"] for each in told}

    old, new = "stocktrading-results-delivery", "stocktrading-results-http-delivery"
    before = deliveries()
    http = setting("sink.destination", {"kind": "http", "url": "http://127.0.0.1:9/"})
    cloud.deploy(http | setting("sink.previous", {"kind": "s3"}))
    both = deliveries()
    assert both.keys() == before.keys() | {new}
    assert both[old] == before[old]
    cloud.deploy(http)
    assert deliveries() == {name: made for name, made in both.items() if name != old}


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
    (last, *_) = flink.list_application_operations(ApplicationName=APPLICATION)[
        "ApplicationOperationInfoList"
    ]
    answer = flink.describe_application_operation(
        ApplicationName=APPLICATION, OperationId=last["OperationId"]
    )
    assert answer["ApplicationOperationInfoDetails"]["OperationStatus"] == "SUCCESSFUL"
