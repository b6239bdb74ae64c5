"""The roll-back: what is decided, and which calls are made."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import Stubber
from stubs import (
    BUCKET,
    NAME,
    NOON,
    client,
    configuration,
    describes,
    detail,
    key,
    lists_snapshots,
    no_sleep,
    stubbed,
    summary,
)

from release.application import parse
from release.errors import ReleaseError
from release.rollback import Control, Return, Stay, as_update, plan
from release.snapshots import Snapshot

V1 = "release.v1.20261123T115500Z"


def snapshot(version: str, minute: int, status: str = "READY") -> Snapshot:
    """Give a release's snapshot."""
    return Snapshot(
        name=f"release.{version}.20261123T120000Z",
        status=status,
        application_version_id=minute,
        created=NOON + timedelta(minutes=minute),
    )


@pytest.mark.parametrize("status", ["RUNNING", "UPDATING", "READY", "STARTING"])
def test_a_roll_back_uses_the_newest_ready_snapshot_of_another_version(status: str) -> None:
    """The bad version's snapshots and snapshots that aren't ready are ignored."""
    snapshots = [snapshot("v1", 1), snapshot("v2", 2), snapshot("v2", 3, "FAILED")]
    decided = plan(parse(detail("v3", status=status)), [*snapshots, snapshot("v3", 4)], "v3")
    assert decided == Return(version="v2", snapshot=snapshots[1])


def test_there_is_nothing_to_roll_back_if_the_version_was_never_deployed() -> None:
    """The roll-out failed before it changed the application."""
    decided = plan(parse(detail("v1")), [snapshot("v1", 1)], "v2")
    assert decided == Stay(reason=f"{NAME} runs v1, not v2: nothing to roll back")


def test_a_stopped_previous_version_is_started_again() -> None:
    """The code is already the previous version's, but an earlier attempt left it stopped."""
    old = snapshot("v1", 1)
    decided = plan(parse(detail("v1", status="READY")), [old], "v2")
    assert decided == Return(version="v1", snapshot=old)


@pytest.mark.parametrize("snapshots", [[], [snapshot("v2", 1)], [snapshot("v1", 1, "CREATING")]])
def test_without_a_snapshot_of_another_version_a_roll_back_is_refused(
    snapshots: list[Snapshot],
) -> None:
    """This is the case of a first roll-out. The message says what to do."""
    with pytest.raises(ReleaseError, match="no snapshot of another version than v2; deploy a"):
        plan(parse(detail("v2")), snapshots, "v2")


def test_a_described_configuration_becomes_the_update_that_restores_it() -> None:
    """The update has code, properties and Flink settings.

    A part of type DEFAULT gets no numbers.
    """
    assert as_update(configuration("v1", WindowSeconds="60")) == {
        "ApplicationCodeConfigurationUpdate": {
            "CodeContentUpdate": {
                "S3ContentLocationUpdate": {"BucketARNUpdate": BUCKET, "FileKeyUpdate": key("v1")}
            }
        },
        "EnvironmentPropertyUpdates": {
            "PropertyGroups": [
                {
                    "PropertyGroupId": "TradingDataConfigProperties",
                    "PropertyMap": {"WindowSeconds": "60"},
                }
            ]
        },
        "FlinkApplicationConfigurationUpdate": {
            "CheckpointConfigurationUpdate": {
                "ConfigurationTypeUpdate": "CUSTOM",
                "CheckpointingEnabledUpdate": True,
                "CheckpointIntervalUpdate": 60000,
                "MinPauseBetweenCheckpointsUpdate": 5000,
            },
            "MonitoringConfigurationUpdate": {"ConfigurationTypeUpdate": "DEFAULT"},
            "ParallelismConfigurationUpdate": {
                "ConfigurationTypeUpdate": "CUSTOM",
                "ParallelismUpdate": 2,
                "ParallelismPerKPUUpdate": 1,
                "AutoScalingEnabledUpdate": True,
            },
        },
    }


def plan_calls(stub: Stubber, update: dict[str, Any]) -> None:
    """Plan the calls from the update to the start, and the waiting between them."""
    describes(stub, "v2", status="READY", version_id=8)
    stub.add_response(
        "update_application",
        {"ApplicationDetail": detail("v1", status="READY", version_id=9)},
        {
            "ApplicationName": NAME,
            "CurrentApplicationVersionId": 8,
            "ApplicationConfigurationUpdate": update,
        },
    )
    describes(stub, "v1", status="READY", version_id=9)
    stub.add_response(
        "start_application",
        {},
        {
            "ApplicationName": NAME,
            "RunConfiguration": {
                "FlinkRunConfiguration": {"AllowNonRestoredState": False},
                "ApplicationRestoreConfiguration": {
                    "ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT",
                    "SnapshotName": V1,
                },
            },
        },
    )
    describes(stub, "v1", status="READY", version_id=9)
    describes(stub, "v1", status="STARTING", version_id=9)
    describes(stub, "v1", version_id=9)


def stops_by_force(stub: Stubber) -> None:
    """Plan the stop, which ends at the second poll."""
    stub.add_response("stop_application", {}, {"ApplicationName": NAME, "Force": True})
    describes(stub, "v2", status="FORCE_STOPPING", version_id=8)
    describes(stub, "v2", status="READY", version_id=8)


def test_the_previous_version_is_restored_with_its_configuration_and_snapshot() -> None:
    """The job is stopped by force. A normal stop would ask the failing job for a snapshot."""
    flink, slept, said = client("kinesisanalyticsv2"), list[float](), list[str]()
    with stubbed(flink) as stub:
        describes(stub, "v2", version_id=8)
        lists_snapshots(stub, summary(V1, -5, version_id=6))
        stops_by_force(stub)
        version = {"ApplicationVersionDetail": detail("v1", version_id=6)}
        asked = {"ApplicationName": NAME, "ApplicationVersionId": 6}
        stub.add_response("describe_application_version", version, asked)
        plan_calls(stub, dict(as_update(configuration("v1"))))
        control = Control(flink=flink, application=NAME, say=said.append, sleep=no_sleep(slept))
        assert control.roll_back("v2") == f"rolled back from v2 to v1 with snapshot {V1}"
    assert slept == [5.0, 5.0, 5.0]
    assert said == [
        "stopping v2 by force",
        "restoring the code and configuration of v1",
        f"starting v1 from {V1}",
    ]


@pytest.mark.parametrize("status", ["MAINTENANCE", "ROLLING_BACK"])
def test_a_forced_stop_waits_for_a_status_in_which_the_service_accepts_it(status: str) -> None:
    """Before, the call was refused, and the bad version stayed."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v2", status=status, version_id=8)
        lists_snapshots(stub, summary(V1, -5, version_id=6))
        describes(stub, "v2", status=status, version_id=8)
        describes(stub, "v2", version_id=8)
        stops_by_force(stub)
        version = {"ApplicationVersionDetail": detail("v1", version_id=6)}
        stub.add_response("describe_application_version", version)
        plan_calls(stub, dict(as_update(configuration("v1"))))
        Control(flink=flink, application=NAME, sleep=no_sleep([])).roll_back("v2")


def test_a_stop_that_has_begun_is_waited_for() -> None:
    """A second forced stop would be refused."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v2", status="FORCE_STOPPING", version_id=8)
        lists_snapshots(stub, summary(V1, -5, version_id=6))
        describes(stub, "v2", status="READY", version_id=8)
        version = {"ApplicationVersionDetail": detail("v1", version_id=6)}
        stub.add_response("describe_application_version", version)
        plan_calls(stub, dict(as_update(configuration("v1"))))
        Control(flink=flink, application=NAME, sleep=no_sleep([])).roll_back("v2")


def test_maintenance_of_the_previous_version_is_no_reason_to_restore_it() -> None:
    """It runs again afterwards."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1", status="MAINTENANCE")
        describes(stub, "v1", status="MAINTENANCE")
        describes(stub, "v1")
        lists_snapshots(stub, summary(V1, -5))
        control = Control(flink=flink, application=NAME, sleep=no_sleep([]))
        assert "nothing to roll back" in control.roll_back("v2")


def test_an_application_that_is_being_deleted_is_not_rolled_back() -> None:
    """Nothing is changed."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v2", status="DELETING")
        lists_snapshots(stub, summary(V1, -5))
        describes(stub, "v2", status="DELETING")
        with pytest.raises(ReleaseError, match="is DELETING: nothing was changed"):
            Control(flink=flink, application=NAME).roll_back("v2")


def test_if_there_is_nothing_to_roll_back_no_call_changes_anything() -> None:
    """The command makes only read calls."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1")
        lists_snapshots(stub)
        told = Control(flink=flink, application=NAME).roll_back("v2")
    assert told == f"{NAME} runs v1, not v2: nothing to roll back"


def test_a_stop_that_does_not_end_is_an_error() -> None:
    """The command gives up after a quarter of an hour."""
    flink, slept = client("kinesisanalyticsv2"), list[float]()
    with stubbed(flink) as stub:
        describes(stub, "v2", version_id=8)
        lists_snapshots(stub, summary(V1, -5))
        stub.add_response("stop_application", {})
        for _ in range(181):
            describes(stub, "v2", status="FORCE_STOPPING", version_id=8)
        control = Control(flink=flink, application=NAME, sleep=no_sleep(slept))
        with pytest.raises(ReleaseError, match="is FORCE_STOPPING after 900 s, not stopped"):
            control.roll_back("v2")
    assert sum(slept) == 900
