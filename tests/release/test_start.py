"""The start of a stopped application: what is restored, and which calls are made."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber
from stubs import (
    NAME,
    client,
    describes,
    detail,
    lists_snapshots,
    no_sleep,
    stubbed,
    summary,
    workload,
)

from common.errors import UsageError
from release.errors import ReleaseError
from release.position import find_position
from release.start import Start
from release.verify import Witness
from release.waiting import Waiting

V1 = "release.v1.20261123T115500Z"


def starts(stub: Stubber, restore: Mapping[str, str], *, non_restored: bool = False) -> None:
    """Plan the call that starts the application."""
    run = {
        "FlinkRunConfiguration": {"AllowNonRestoredState": non_restored},
        "ApplicationRestoreConfiguration": restore,
    }
    wanted = {"ApplicationName": NAME, "RunConfiguration": run}
    stub.add_response("start_application", {}, wanted)


def start(flink: Any, **asked: object) -> Start:  # noqa: ANN401 -- a stubbed client
    """Give a start with these settings of the stack's file."""
    waiting = Waiting(flink=flink, application=NAME, sleep=no_sleep([]))
    return Start(waiting=waiting, flink=asked)


def test_a_stopped_application_starts_from_its_latest_snapshot() -> None:
    """The command waits until the job runs, also if the first answer is from before the call."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, -5), summary("later", -1, "CREATING"))
        starts(stub, {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"})
        for status in ("READY", "STARTING", "RUNNING"):
            describes(stub, "v1", status=status)
        assert start(flink).run() == f"started v1 from the latest snapshot, {V1}"


def test_without_a_snapshot_it_starts_without_state() -> None:
    """The message says so."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, -5, "FAILED"))
        starts(stub, {"ApplicationRestoreType": "SKIP_RESTORE_FROM_SNAPSHOT"})
        describes(stub, "v1")
        assert start(flink).run() == "started v1 without state: no snapshot exists"


def test_the_stacks_file_says_which_state_is_restored() -> None:
    """It is the same setting that `pulumi up` uses for an update."""
    flink = client("kinesisanalyticsv2")
    custom = {"ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT", "SnapshotName": "before"}
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        starts(stub, custom, non_restored=True)
        describes(stub, "v1")
        start(flink, restore="before", allow_non_restored_state=True).run()
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, -5))
        starts(stub, {"ApplicationRestoreType": "SKIP_RESTORE_FROM_SNAPSHOT"})
        describes(stub, "v1")
        assert "without state: as asked" in start(flink, restore="none").run()


@pytest.mark.parametrize(
    "before", [["RUNNING"], ["UPDATING", "RUNNING"], ["MAINTENANCE", "RUNNING"]]
)
def test_a_running_application_is_left_alone(before: list[str]) -> None:
    """An update or maintenance is waited for first."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        for status in before:
            describes(stub, "v1", status=status)
        assert start(flink).run() == f"{NAME} is RUNNING with v1: nothing to start"


def test_an_application_that_is_to_be_stopped_is_not_started() -> None:
    """The stack's file says whether the job runs. This is no error, so the pipeline goes on."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        assert "stays stopped with v1, as flink.start" in start(flink, start=False).run()


@pytest.mark.parametrize(
    ("version", "status", "good"),
    [("v1", "READY", True), ("v1", "RUNNING", False), ("v0", "READY", False)],
)
def test_a_version_that_is_to_be_stopped_is_verified_as_stopped(
    version: str, status: str, *, good: bool
) -> None:
    """Before, the pipeline judged it bad, rolled it back and started the previous version."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, version, status=status)
        witness = Witness(workload=workload(flink=flink), version="v1")
        if good:
            assert witness.stopped().startswith("v1 is deployed and stopped")
        else:
            with pytest.raises(ReleaseError, match="expected: stopped with v1"):
                witness.stopped()


def test_a_start_that_fails_is_an_error() -> None:
    """The service puts the application back to READY. The command doesn't wait longer."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, -5))
        starts(stub, {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"})
        for status in ("STARTING", "READY"):
            describes(stub, "v1", status=status)
        with pytest.raises(ReleaseError, match="is READY again: its log says why"):
            start(flink).run()


def test_it_goes_back_to_a_snapshot_that_a_person_names() -> None:
    """The stack's file may name another state. An unknown name is refused with known ones."""
    flink = client("kinesisanalyticsv2")
    custom = {"ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT", "SnapshotName": V1}
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, -5), summary("later", -1))
        starts(stub, custom)
        describes(stub, "v1")
        back = replace(start(flink, restore="none"), snapshot=V1)
        assert back.run() == f"started v1 from {V1}"
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, -5), summary("later", -1, "FAILED"))
        with pytest.raises(ReleaseError, match=f"given 'later'; the newest .*: {V1}\\."):
            replace(start(flink), snapshot="later").run()


def test_it_reads_again_from_a_time_and_keeps_all_other_properties() -> None:
    """An update of properties replaces all groups, so the command gives all of them."""
    flink = client("kinesisanalyticsv2")
    moment = "2026-11-23T11:00:00Z"
    group = {
        "PropertyGroupId": "TradingDataConfigProperties",
        "PropertyMap": {"WindowSeconds": "60", "InitialPosition": moment},
    }
    options = {
        "PropertyGroupId": "kinesis.analytics.flink.run.options",
        "PropertyMap": {"python": "main.py"},
    }
    stopped = detail("v1", status="READY")
    stopped["ApplicationConfigurationDescription"]["EnvironmentPropertyDescriptions"] = {
        "PropertyGroupDescriptions": [
            {**group, "PropertyMap": {"WindowSeconds": "60", "InitialPosition": "LATEST"}},
            options,
        ]
    }
    with stubbed(flink) as stub:
        answer = {"ApplicationDetail": stopped}
        stub.add_response("describe_application", answer, {"ApplicationName": NAME})
        lists_snapshots(stub, summary(V1, -5))
        wanted = {
            "ApplicationName": NAME,
            "CurrentApplicationVersionId": 7,
            "ApplicationConfigurationUpdate": {
                "EnvironmentPropertyUpdates": {"PropertyGroups": [group, options]}
            },
        }
        stub.add_response("update_application", {"ApplicationDetail": detail("v1")}, wanted)
        describes(stub, "v1", status="READY", version_id=8)
        starts(stub, {"ApplicationRestoreType": "SKIP_RESTORE_FROM_SNAPSHOT"})
        describes(stub, "v1")
        done = replace(start(flink), position=moment).run()
    assert done == f"started v1 without state, reading from {moment}"


@pytest.mark.parametrize("asked", [{"snapshot": V1}, {"position": "LATEST"}])
def test_a_running_application_does_not_take_another_state(asked: Mapping[str, str]) -> None:
    """Without the error, a person would take the present state for the one that was asked for."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1")
        with pytest.raises(ReleaseError, match="Stop it first: stocktrading release stop"):
            replace(start(flink), **asked).run()


@pytest.mark.parametrize(
    ("asked", "given"),
    [("now", "LATEST"), ("earliest", "TRIM_HORIZON"), ("2026-01-31T09:30Z", "2026-01-31T09:30Z")],
)
def test_a_time_is_a_word_or_of_the_past(asked: str, given: str) -> None:
    """Kinesis refuses a time that is still to come, and the job would fail at its start."""
    assert find_position("--from-time", asked) == given
    with pytest.raises(UsageError, match=r"--from-time: given '2999.*still to come; allowed: now"):
        find_position("--from-time", "2999-01-31T09:30:00Z")
    with pytest.raises(UsageError, match="--from-time: given 'soon'; allowed: now"):
        find_position("--from-time", "soon")
