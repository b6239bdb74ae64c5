"""An application's description and a job's status are read completely."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from described_application import DETAIL, LATEST, wanted

from local.errors import LocalError
from local.flink import application
from local.flink.application import Restore
from local.flink.job_status import JobStatus, classify


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
