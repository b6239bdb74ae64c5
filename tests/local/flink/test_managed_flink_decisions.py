"""What the watcher decides to do: pure, case by case."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.errors import LocalError
from local.flink import application
from local.flink.application import Application, Restore
from local.flink.job_status import JobStatus, classify
from local.flink.reconcile import (
    Actual,
    NoteEmpty,
    Recover,
    Remove,
    Start,
    Stop,
    TakeSavepoint,
    choose_state,
    decide,
    find_savepoint,
)

CREATED: Final = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
SKIP: Final = Restore(kind="SKIP_RESTORE_FROM_SNAPSHOT")
LATEST: Final = Restore()

DETAIL: Final[dict[str, Any]] = {
    "ApplicationName": "counts",
    "ApplicationARN": "arn:aws:kinesisanalytics:eu-west-1:222222222222:application/counts",
    "ServiceExecutionRole": "arn:aws:iam::222222222222:role/job",
    "ApplicationVersionId": 7,
    "ApplicationStatus": "RUNNING",
    "CreateTimestamp": CREATED,
    "ApplicationConfigurationDescription": {
        "ApplicationCodeConfigurationDescription": {
            "CodeContentDescription": {
                "S3ApplicationCodeLocationDescription": {
                    "BucketARN": "arn:aws:s3:::code",
                    "FileKey": "releases/1/job.zip",
                }
            }
        },
        "EnvironmentPropertyDescriptions": {
            "PropertyGroupDescriptions": [
                {
                    "PropertyGroupId": "kinesis.analytics.flink.run.options",
                    "PropertyMap": {
                        "python": "main.py",
                        "jarfile": "lib/job.jar",
                        "pyFiles": "modules,more",
                    },
                }
            ]
        },
        "ApplicationSnapshotConfigurationDescription": {"SnapshotsEnabled": True},
        "FlinkApplicationConfigurationDescription": {
            "CheckpointConfigurationDescription": {
                "CheckpointingEnabled": True,
                "CheckpointInterval": 10_000,
                "MinPauseBetweenCheckpoints": 1_000,
            },
            "MonitoringConfigurationDescription": {"LogLevel": "WARN"},
            "ParallelismConfigurationDescription": {"Parallelism": 2, "CurrentParallelism": 4},
        },
        "RunConfigurationDescription": {
            "ApplicationRestoreConfigurationDescription": {
                "ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT",
                "SnapshotName": "mine",
            },
            "FlinkRunConfigurationDescription": {"AllowNonRestoredState": True},
        },
    },
}
APPLICATION: Final = replace(application.parse(DETAIL, []), restore=LATEST)
RUNS: Final = Actual(version=7, created=CREATED, restore=LATEST)


def wanted(**changes: object) -> Application:
    """Give the application with some of its fields changed."""
    return replace(APPLICATION, **changes)  # pyright: ignore[reportArgumentType]


def test_nothing_is_done_where_what_runs_is_what_is_wanted() -> None:
    """The same version, no new snapshot, all processes alive."""
    assert decide(wanted(), RUNS) == []


def test_nothing_is_done_where_nothing_runs_and_nothing_should() -> None:
    """A stopped application, or none at all, that was never started here."""
    assert decide(wanted(status="READY"), Actual()) == []
    assert decide(None, Actual()) == []


@pytest.mark.parametrize("status", ["STARTING", "RUNNING", "UPDATING", "AUTOSCALING"])
def test_a_started_application_is_started_as_its_configuration_says(status: str) -> None:
    """The restore configuration of the start is handed on."""
    assert decide(wanted(status=status, restore=SKIP), Actual()) == [Start(restore=SKIP)]


def test_snapshots_from_before_the_first_start_hold_no_state() -> None:
    """They are noted as empty, so that no later start waits for what they never held."""
    found = decide(wanted(snapshots=["old"]), Actual())
    assert found == [NoteEmpty(snapshots=["old"]), Start(restore=LATEST)]


def test_a_graceful_stop_leaves_its_state_in_the_snapshot_it_made() -> None:
    """The control plane makes a snapshot at a graceful stop; it gets the job's last savepoint."""
    stopped = wanted(status="READY", snapshots=["STOP-counts-1"])
    assert decide(stopped, RUNS) == [Stop(snapshots=["STOP-counts-1"])]


def test_a_forced_stop_takes_no_savepoint() -> None:
    """It makes no snapshot, so there is nothing to take one for."""
    assert decide(wanted(status="READY"), RUNS) == [Stop(snapshots=[])]


def test_an_update_keeps_the_state() -> None:
    """The old version ends with a savepoint, the new one starts from the latest snapshot."""
    updated = wanted(version=8, snapshots=["UPDATEAPPLICATION-counts-1"])
    assert decide(updated, RUNS) == [
        Stop(snapshots=["UPDATEAPPLICATION-counts-1"]),
        Start(restore=LATEST, or_checkpoint=True),
    ]


def test_an_update_that_brings_a_restore_configuration_is_obeyed() -> None:
    """Asked to skip the state, the new version starts without."""
    found = decide(wanted(version=8, restore=SKIP), RUNS)
    assert found == [Stop(snapshots=[]), Start(restore=SKIP)]


def test_the_restore_configuration_of_the_start_is_not_the_updates() -> None:
    """Started without state once, an application doesn't lose its state at each later update."""
    found = decide(wanted(version=8, restore=SKIP), replace(RUNS, restore=SKIP))
    assert found == [Stop(snapshots=[]), Start(restore=LATEST, or_checkpoint=True)]


def test_an_update_without_snapshots_has_no_checkpoint_to_fall_back_to() -> None:
    """Where snapshots are off, the service keeps no state over an update either."""
    found = decide(wanted(version=8, snapshots_enabled=False), RUNS)
    assert found == [Stop(snapshots=[]), Start(restore=LATEST, or_checkpoint=False)]


def test_a_stop_and_start_between_two_looks_shows_in_the_restore_configuration() -> None:
    """The version is the same, but the start asked for another state."""
    found = decide(wanted(restore=SKIP, snapshots=["STOP-counts-1"]), RUNS)
    assert found == [Stop(snapshots=["STOP-counts-1"]), Start(restore=SKIP)]


def test_a_snapshot_made_while_the_job_runs_gets_a_savepoint() -> None:
    """Only those not seen before; the job runs on."""
    known = replace(RUNS, savepoints={"a": "file:/a"})
    assert decide(wanted(snapshots=["a", "b"]), known) == [TakeSavepoint(snapshots=["b"])]


def test_a_dead_process_is_recovered_from() -> None:
    """Of a running application, as the service would."""
    assert decide(wanted(), replace(RUNS, process_ended=True)) == [Recover()]


def test_a_start_that_failed_is_tried_again_as_it_was() -> None:
    """For as long as the application should run; snapshots meanwhile hold no state."""
    failed = replace(RUNS, failed=Start(restore=LATEST))
    assert decide(wanted(), failed) == [Start(restore=LATEST)]
    assert decide(wanted(snapshots=["a"]), failed) == [
        NoteEmpty(snapshots=["a"]),
        Start(restore=LATEST),
    ]
    assert decide(wanted(status="READY"), failed) == [Stop(snapshots=[])]


def test_an_update_takes_the_place_of_a_start_that_failed() -> None:
    """The version that is wanted now is started, and not the one that failed."""
    failed = replace(RUNS, failed=Start(restore=LATEST))
    again = Start(restore=Restore(), or_checkpoint=True)
    assert decide(wanted(version=8), failed) == [Stop(snapshots=[]), again]


def test_a_dead_process_of_a_stopped_application_is_let_lie() -> None:
    """It was to end anyway."""
    dead = replace(RUNS, process_ended=True)
    assert decide(wanted(status="READY"), dead) == [Stop(snapshots=[])]


def test_a_deleted_application_is_removed_once() -> None:
    """After that there is nothing left to do."""
    assert decide(None, RUNS) == [Remove()]


def test_an_application_of_the_same_name_is_another() -> None:
    """Deleted and made again between two looks: nothing of the first is kept."""
    later = wanted(created=datetime(2026, 2, 1, tzinfo=UTC))
    assert decide(later, RUNS) == [Remove(), Start(restore=LATEST)]


SAVEPOINTS: Final = {"a": "file:/a", "b": "file:/b", "failed": None}


def test_the_latest_snapshot_with_state_is_restored() -> None:
    """One whose savepoint failed is passed over."""
    assert find_savepoint(LATEST, ["a", "b", "failed"], SAVEPOINTS) == "file:/b"


def test_a_deleted_snapshot_is_not_restored() -> None:
    """Only those that the control plane still lists."""
    assert find_savepoint(LATEST, ["a"], SAVEPOINTS) == "file:/a"


def test_without_snapshots_a_start_has_no_state() -> None:
    """Nor has one that skips them."""
    assert find_savepoint(LATEST, [], {}) is None
    assert find_savepoint(SKIP, ["a"], SAVEPOINTS) is None


def test_a_named_snapshot_is_restored() -> None:
    """Whichever is the latest."""
    custom = Restore(kind="RESTORE_FROM_CUSTOM_SNAPSHOT", snapshot="a")
    assert find_savepoint(custom, ["a", "b"], SAVEPOINTS) == "file:/a"


def test_a_named_snapshot_without_state_is_an_error_that_names_the_others() -> None:
    """Better no job than one that has silently lost its state."""
    custom = Restore(kind="RESTORE_FROM_CUSTOM_SNAPSHOT", snapshot="failed")
    with pytest.raises(LocalError) as error:
        find_savepoint(custom, ["a", "failed", "b"], SAVEPOINTS)
    assert str(error.value) == "snapshot failed has no state; snapshots with state: a, b"


@pytest.mark.parametrize(
    ("action", "snapshots", "state"),
    [
        (Start(restore=LATEST), ["a", "b"], "file:/b"),
        (Start(restore=LATEST), ["a", "failed"], "file:/a"),
        (Start(restore=LATEST, or_checkpoint=True), ["a", "b"], "file:/b"),
        (Start(restore=LATEST, or_checkpoint=True), ["a", "failed"], "file:/last"),
        (Start(restore=SKIP), ["a", "b"], None),
        (Recover(), ["a", "b"], "file:/last"),
    ],
)
def test_the_last_checkpoint_serves_where_no_savepoint_could_be_taken(
    action: Start | Recover, snapshots: list[str], state: str | None
) -> None:
    """At an update of a failing version, and after a process died; never at a plain start."""
    assert choose_state(action, snapshots, SAVEPOINTS, "file:/last") == state


NAMES: Final = st.lists(st.sampled_from("abcde"), unique=True)


@given(
    status=st.sampled_from(["READY", "RUNNING", "STOPPING", "UPDATING"]),
    version=st.integers(1, 3),
    restore=st.sampled_from([LATEST, SKIP]),
    snapshots=NAMES,
    seen=NAMES,
    running=st.none() | st.integers(1, 3),
    ended=st.booleans(),
)
def test_every_snapshot_is_answered_for_and_one_round_is_enough(  # noqa: PLR0913 -- one a dimension
    *,
    status: str,
    version: int,
    restore: Restore,
    snapshots: list[str],
    seen: list[str],
    running: int | None,
    ended: bool,
) -> None:
    """No snapshot is forgotten or taken twice; what is running at the end is what is wanted."""
    target = wanted(status=status, version=version, restore=restore, snapshots=snapshots)
    savepoints: dict[str, str | None] = dict.fromkeys(seen)
    before = Actual(
        version=running,
        created=CREATED if running else None,
        restore=LATEST if running else None,
        process_ended=ended and running is not None,
        savepoints=savepoints,
    )
    actions = decide(target, before)
    answered = [
        name
        for action in actions
        if isinstance(action, TakeSavepoint | NoteEmpty | Stop)
        for name in action.snapshots
    ]
    recovers = any(isinstance(action, Recover) for action in actions)
    assert recovers or sorted(answered) == sorted(set(snapshots) - set(seen))
    after = replace(before, savepoints=savepoints | dict.fromkeys(answered), process_ended=False)
    for action in actions:
        if isinstance(action, Stop):
            after = replace(after, version=None, restore=None)
        if isinstance(action, Start):
            after = replace(after, version=version, created=CREATED, restore=restore)
    assert (after.version == version) if target.wanted else (after.version is None)
    again = decide(target, after)
    assert again == [] or (recovers and isinstance(again[0], TakeSavepoint))


def test_a_description_is_read_whole() -> None:
    """Each part of the description that matters, exactly."""
    found = application.parse(
        DETAIL,
        [
            {
                "SnapshotName": "newer",
                "SnapshotCreationTimestamp": datetime(2026, 2, 2, tzinfo=UTC),
            },
            {
                "SnapshotName": "older",
                "SnapshotCreationTimestamp": datetime(2026, 2, 1, tzinfo=UTC),
            },
        ],
    )
    assert found.region == "eu-west-1"
    assert found.version == 7
    assert found.parallelism == 4
    assert found.log_level == "WARN"
    assert found.restore == Restore(kind="RESTORE_FROM_CUSTOM_SNAPSHOT", snapshot="mine")
    assert found.allow_non_restored_state
    assert found.snapshots == ["older", "newer"]
    assert found.code == application.Code(
        bucket="code",
        key="releases/1/job.zip",
        object_version=None,
        python="main.py",
        jar="lib/job.jar",
        python_files=["modules", "more"],
    )
    assert found.job_settings == {
        "execution.checkpointing.interval": "10000 ms",
        "execution.checkpointing.min-pause": "1000 ms",
    }


def test_what_a_description_leaves_out_has_the_services_defaults() -> None:
    """A checkpoint a minute, five seconds between two, parallelism 1, no snapshots, INFO."""
    bare = {key: DETAIL[key] for key in DETAIL if key != "ApplicationConfigurationDescription"}
    found = application.parse(bare, [])
    assert (found.checkpoint_interval, found.checkpoint_pause) == (60_000, 5_000)
    assert (found.parallelism, found.snapshots_enabled, found.log_level) == (1, False, "INFO")
    assert found.restore == LATEST


def test_checkpoints_that_are_off_have_no_setting() -> None:
    """Flink's own default is no checkpoints."""
    assert wanted(checkpoint_interval=None).job_settings == {}


def test_run_options_that_the_service_does_not_know_are_refused() -> None:
    """With what was given and what is allowed, in one line."""
    odd = wanted(options={"python": "main.py", "pyModule": "job"})
    with pytest.raises(LocalError) as error:
        _ = odd.code
    assert str(error.value) == (
        "application counts: kinesis.analytics.flink.run.options: given pyModule, python; "
        "allowed: python (required), jarfile, pyFiles"
    )


@pytest.mark.parametrize(
    ("flink", "tasks_up", "restarts", "ours"),
    [
        ("INITIALIZING", False, 0, "STARTING"),
        ("RUNNING", False, 0, "STARTING"),
        ("RUNNING", True, 0, "RUNNING"),
        ("RUNNING", True, 3, "RUNNING"),
        ("RUNNING", False, 3, "RESTARTING"),
        ("RESTARTING", False, 0, "RESTARTING"),
        ("FAILING", True, 0, "RESTARTING"),
        ("FAILED", False, 0, "FAILED"),
        ("CANCELED", False, 0, "FAILED"),
        ("FINISHED", True, 0, "FAILED"),
    ],
)
def test_a_job_runs_only_when_all_its_tasks_do(
    flink: str,
    tasks_up: bool,  # noqa: FBT001 -- a table's column
    restarts: int,
    ours: str,
) -> None:
    """Flink's word for the job, and what it means here."""
    assert classify(flink, tasks_up=tasks_up, restarts=restarts) == ours


def test_a_status_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """For those who watch from another process."""
    path = tmp_path / "status.json"
    assert JobStatus.read(path) is None
    status = JobStatus(application="counts", state="RUNNING", version=7, restarts=2)
    status.write(path)
    assert JobStatus.read(path) == status
