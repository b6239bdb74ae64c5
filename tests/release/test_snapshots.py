"""Snapshots: how they are named, taken, waited for and deleted."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs import NAME, NOON, client, describes, detail, lists_snapshots, no_sleep, stubbed, summary

from common.releases import version_of_key
from release.application import parse
from release.errors import ReleaseError
from release.snapshots import Snapshot, prune, superfluous, take
from release.telling import show_rows
from release.versions import snapshot_name, version_of_snapshot

V1 = "release.v1.20261123T120000Z"


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True))
def test_a_snapshots_name_contains_its_version(version: str) -> None:
    """This holds for every allowed version. The service allows the name."""
    name = snapshot_name(version, NOON)
    assert version_of_snapshot(name) == version
    assert len(name) <= 256


@pytest.mark.parametrize(
    "name",
    ["release.v1", "before-the-change", "UPDATEAPPLICATION-x-1", "release..20261123T120000Z"],
)
def test_a_snapshot_with_another_name_has_no_version(name: str) -> None:
    """Such snapshots are a person's or the service's own."""
    assert version_of_snapshot(name) is None


@pytest.mark.parametrize(
    "key", [None, "", "releases/v1/other.zip", "releases//stocktrading-job.zip", "x/releases/v1/"]
)
def test_an_archive_with_another_key_has_no_version(key: str | None) -> None:
    """Only a key that a release wrote contains a version."""
    assert version_of_key(key) is None


def test_take_waits_until_the_snapshot_is_ready() -> None:
    """The snapshot's name contains the running version and the time."""
    flink, slept = client("kinesisanalyticsv2"), list[float]()
    asked = {"ApplicationName": NAME, "SnapshotName": V1}
    with stubbed(flink) as stub:
        stub.add_response("create_application_snapshot", {}, asked)
        for status in ("CREATING", "READY"):
            details = {"SnapshotDetails": summary(V1, 0, status)}
            stub.add_response("describe_application_snapshot", details, asked)
        assert take(flink, parse(detail("v1")), NOON, no_sleep(slept)) == V1
    assert slept == [5.0]


def test_an_update_that_goes_on_is_waited_for_before_the_snapshot() -> None:
    """Autoscaling and maintenance also end by themselves. Without the wait there is no snapshot."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        for status in ("AUTOSCALING", "RUNNING"):
            describes(stub, "v1", status=status)
        stub.add_response("create_application_snapshot", {})
        details = {"SnapshotDetails": summary(V1, 0)}
        stub.add_response("describe_application_snapshot", details)
        scaled = parse(detail("v1", status="AUTOSCALING"))
        assert take(flink, scaled, NOON, no_sleep([])) == V1


def test_a_snapshot_that_fails_is_an_error_with_its_status() -> None:
    """The error names the version, and the snapshot with its status."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        stub.add_response("create_application_snapshot", {})
        details = {"SnapshotDetails": summary(V1, 0, "FAILED")}
        stub.add_response("describe_application_snapshot", details)
        with pytest.raises(ReleaseError, match=r"no snapshot of v1: .* is FAILED after 0 s"):
            take(flink, parse(detail("v1")), NOON, no_sleep([]))


def test_no_snapshot_is_taken_of_an_application_that_does_not_run() -> None:
    """No call is made."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink), pytest.raises(ReleaseError, match=f"{NAME} is READY with v1"):
        take(flink, parse(detail("v1", status="READY")), NOON, no_sleep([]))


def test_a_refused_snapshot_is_an_error_with_the_services_code() -> None:
    """The message contains the code of the service's error."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        stub.add_client_error("create_application_snapshot", "LimitExceededException", "1000")
        with pytest.raises(ReleaseError, match="no snapshot of v1: LimitExceededException"):
            take(flink, parse(detail("v1")), NOON, no_sleep([]))


def snapshot(name: str, minute: int, status: str = "READY") -> Snapshot:
    """Give a snapshot."""
    return Snapshot(
        name=name,
        status=status,
        application_version_id=1,
        created=NOON + timedelta(minutes=minute),
    )


def test_the_newest_of_each_kind_and_all_of_a_person_are_kept() -> None:
    """Unfinished snapshots are kept too. Failed ones are deleted."""
    kept = [
        snapshot("before-the-change", 0),
        snapshot("release.v3.20261123T120000Z", 30),
        snapshot("release.v4.20261123T120000Z", 40),
        snapshot("release.v5.20261123T120000Z", 50, "CREATING"),
        snapshot(f"UPDATEAPPLICATION-{NAME}-3", 51),
        snapshot(f"UPDATEAPPLICATION-{NAME}-4", 52),
    ]
    gone = [
        snapshot("release.v1.20261123T120000Z", 10),
        snapshot("release.v2.20261123T120000Z", 20),
        snapshot("release.v2.20261123T120001Z", 21, "FAILED"),
        snapshot(f"STOP-{NAME}-1", 11),
        snapshot(f"UPDATEAPPLICATION-{NAME}-2", 12),
    ]
    everything = sorted([*kept, *gone], key=lambda each: each.created)
    assert set(superfluous(everything, 2)) == set(gone)


@given(keep=st.integers(1, 9), there=st.integers(0, 12))
def test_only_the_snapshots_above_the_limit_are_deleted(keep: int, there: int) -> None:
    """The newest is never deleted."""
    all_of_them = [snapshot(f"release.v{at}.20261123T120000Z", at) for at in range(there)]
    gone = superfluous(all_of_them, keep)
    assert gone == all_of_them[: max(0, there - keep)]


def test_pruning_deletes_each_by_its_name_and_time() -> None:
    """The service requires both, so that a newer snapshot of the same name is not deleted."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        lists_snapshots(
            stub,
            summary("release.v2.20261123T120000Z", 20),
            summary("release.v1.20261123T120000Z", 10),
        )
        stub.add_response(
            "delete_application_snapshot",
            {},
            {
                "ApplicationName": NAME,
                "SnapshotName": "release.v1.20261123T120000Z",
                "SnapshotCreationTimestamp": NOON + timedelta(minutes=10),
            },
        )
        assert prune(flink, NAME, 1) == ["release.v1.20261123T120000Z"]


@pytest.mark.parametrize("version", ["STOP-stocktrading-analytics-1795844536654", V1])
def test_a_name_is_shown_whole_on_a_terminal_of_80_columns(
    version: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person copies it into the next command."""
    monkeypatch.setenv("COLUMNS", "80")
    row = {
        "name": version,
        "status": "READY",
        "created": "2026-11-28T05:42:16Z",
        "version": "a" * 40,
    }
    show_rows("snapshots", [row], as_json=False)
    assert version in capsys.readouterr().out.split()
