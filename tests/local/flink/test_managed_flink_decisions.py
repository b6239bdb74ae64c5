"""The watcher's decisions, which are pure functions, case by case."""

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


def test_nothing_is_done_if_the_wanted_version_runs() -> None:
    """There is no new snapshot, and all processes run."""
    assert decide(wanted(), RUNS) == []


def test_nothing_is_done_if_nothing_runs_and_nothing_should() -> None:
    """The application is stopped or doesn't exist, and was never started here."""
    assert decide(wanted(status="READY"), Actual()) == []
    assert decide(None, Actual()) == []


@pytest.mark.parametrize("status", ["STARTING", "RUNNING", "UPDATING", "AUTOSCALING"])
def test_an_application_is_started_with_its_restore_configuration(status: str) -> None:
    """This holds for each status in which a job must run."""
    assert decide(wanted(status=status, restore=SKIP), Actual()) == [Start(restore=SKIP)]


def test_snapshots_from_before_the_first_start_have_no_state() -> None:
    """They are noted as empty, so that no later start restores them."""
    found = decide(wanted(snapshots=["old"]), Actual())
    assert found == [NoteEmpty(snapshots=["old"]), Start(restore=LATEST)]


def test_a_graceful_stop_stores_its_state_in_its_snapshot() -> None:
    """The control plane makes a snapshot at a graceful stop. It gets the job's last savepoint."""
    stopped = wanted(status="READY", snapshots=["STOP-counts-1"])
    assert decide(stopped, RUNS) == [Stop(snapshots=["STOP-counts-1"])]


def test_a_forced_stop_takes_no_savepoint() -> None:
    """It makes no snapshot, so no savepoint is needed."""
    assert decide(wanted(status="READY"), RUNS) == [Stop(snapshots=[])]


def test_an_update_keeps_the_state() -> None:
    """The old version ends with a savepoint. The new one starts from the latest snapshot."""
    updated = wanted(version=8, snapshots=["UPDATEAPPLICATION-counts-1"])
    assert decide(updated, RUNS) == [
        Stop(snapshots=["UPDATEAPPLICATION-counts-1"]),
        Start(restore=LATEST, or_checkpoint=True),
    ]


def test_an_updates_own_restore_configuration_is_used() -> None:
    """If it skips the state, the new version starts without state."""
    found = decide(wanted(version=8, restore=SKIP), RUNS)
    assert found == [Stop(snapshots=[]), Start(restore=SKIP)]


def test_an_update_does_not_use_the_restore_configuration_of_the_start() -> None:
    """An application that was once started without state keeps its state at later updates."""
    found = decide(wanted(version=8, restore=SKIP), replace(RUNS, restore=SKIP))
    assert found == [Stop(snapshots=[]), Start(restore=LATEST, or_checkpoint=True)]


def test_an_update_without_snapshots_does_not_use_a_checkpoint() -> None:
    """If snapshots are off, the service doesn't keep the state at an update either."""
    found = decide(wanted(version=8, snapshots_enabled=False), RUNS)
    assert found == [Stop(snapshots=[]), Start(restore=LATEST, or_checkpoint=False)]


def test_the_restore_configuration_shows_a_stop_and_start_between_two_looks() -> None:
    """The version is the same, but the start requested another state."""
    found = decide(wanted(restore=SKIP, snapshots=["STOP-counts-1"]), RUNS)
    assert found == [Stop(snapshots=["STOP-counts-1"]), Start(restore=SKIP)]


def test_a_snapshot_made_while_the_job_runs_gets_a_savepoint() -> None:
    """Only new snapshots get one. The job continues to run."""
    known = replace(RUNS, savepoints={"a": "file:/a"})
    assert decide(wanted(snapshots=["a", "b"]), known) == [TakeSavepoint(snapshots=["b"])]


def test_a_running_application_is_recovered_after_a_process_has_ended() -> None:
    """The service does the same."""
    assert decide(wanted(), replace(RUNS, process_ended=True)) == [Recover()]


def test_a_failed_start_is_tried_again_without_a_change() -> None:
    """It is tried for as long as the application should run. New snapshots have no state."""
    failed = replace(RUNS, failed=Start(restore=LATEST))
    assert decide(wanted(), failed) == [Start(restore=LATEST)]
    assert decide(wanted(snapshots=["a"]), failed) == [
        NoteEmpty(snapshots=["a"]),
        Start(restore=LATEST),
    ]
    assert decide(wanted(status="READY"), failed) == [Stop(snapshots=[])]


def test_an_update_replaces_a_failed_start() -> None:
    """The wanted version is started, and not the failed one."""
    failed = replace(RUNS, failed=Start(restore=LATEST))
    again = Start(restore=Restore(), or_checkpoint=True)
    assert decide(wanted(version=8), failed) == [Stop(snapshots=[]), again]


def test_a_stopped_application_is_not_recovered_after_a_process_has_ended() -> None:
    """The process had to end anyway."""
    dead = replace(RUNS, process_ended=True)
    assert decide(wanted(status="READY"), dead) == [Stop(snapshots=[])]


def test_a_deleted_application_is_removed_once() -> None:
    """Afterwards there is nothing to do."""
    assert decide(None, RUNS) == [Remove()]


def test_a_new_application_with_an_old_name_is_another_application() -> None:
    """It was deleted and made again between two looks. Nothing of the first one is kept."""
    later = wanted(created=datetime(2026, 2, 1, tzinfo=UTC))
    assert decide(later, RUNS) == [Remove(), Start(restore=LATEST)]


SAVEPOINTS: Final = {"a": "file:/a", "b": "file:/b", "failed": None}


def test_the_latest_snapshot_with_state_is_restored() -> None:
    """A snapshot whose savepoint failed is skipped."""
    assert find_savepoint(LATEST, ["a", "b", "failed"], SAVEPOINTS) == "file:/b"


def test_a_deleted_snapshot_is_not_restored() -> None:
    """Only snapshots that the control plane still lists are restored."""
    assert find_savepoint(LATEST, ["a"], SAVEPOINTS) == "file:/a"


def test_without_snapshots_a_start_has_no_state() -> None:
    """A start that skips them has no state either."""
    assert find_savepoint(LATEST, [], {}) is None
    assert find_savepoint(SKIP, ["a"], SAVEPOINTS) is None


def test_a_named_snapshot_is_restored() -> None:
    """It doesn't have to be the latest."""
    custom = Restore(kind="RESTORE_FROM_CUSTOM_SNAPSHOT", snapshot="a")
    assert find_savepoint(custom, ["a", "b"], SAVEPOINTS) == "file:/a"


def test_a_named_snapshot_without_state_is_an_error_that_names_the_others() -> None:
    """Otherwise the job would run without its state, and no message would say so."""
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
def test_the_last_checkpoint_is_used_if_no_savepoint_could_be_taken(
    action: Start | Recover, snapshots: list[str], state: str | None
) -> None:
    """This holds for an update of a failing version and for a recovery, but not for a start."""
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
def test_every_snapshot_is_handled_and_one_round_is_enough(  # noqa: PLR0913 -- one a dimension
    *,
    status: str,
    version: int,
    restore: Restore,
    snapshots: list[str],
    seen: list[str],
    running: int | None,
    ended: bool,
) -> None:
    """No snapshot is forgotten or taken twice. At the end the wanted version runs."""
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


def test_a_description_is_read_completely() -> None:
    """Each needed part of the description is compared."""
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


def test_a_value_that_a_description_leaves_out_has_the_services_default() -> None:
    """They are a checkpoint each 60 s, a pause of 5 s, parallelism 1, no snapshots, INFO."""
    bare = {key: DETAIL[key] for key in DETAIL if key != "ApplicationConfigurationDescription"}
    found = application.parse(bare, [])
    assert (found.checkpoint_interval, found.checkpoint_pause) == (60_000, 5_000)
    assert (found.parallelism, found.snapshots_enabled, found.log_level) == (1, False, "INFO")
    assert found.restore == LATEST


def test_checkpoints_that_are_off_have_no_setting() -> None:
    """By Flink's own default there are no checkpoints."""
    assert wanted(checkpoint_interval=None).job_settings == {}


def test_unknown_run_options_are_refused() -> None:
    """The error is one line with the given and the allowed options."""
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
    """Each row has Flink's state of the job and the expected state here."""
    assert classify(flink, tasks_up=tasks_up, restarts=restarts) == ours


def test_a_written_status_is_read_unchanged(tmp_path: Path) -> None:
    """Other processes read this file."""
    path = tmp_path / "status.json"
    assert JobStatus.read(path) is None
    status = JobStatus(application="counts", state="RUNNING", version=7, restarts=2)
    status.write(path)
    assert JobStatus.read(path) == status
