"""The newest state on disk is found, even if Flink has not reported it."""

import os
from pathlib import Path

from local.flink.checkpoints import newest_state
from local.flink.config import flink_uri

JOB = "0a1b"


def put(directory: Path, seconds: int, *, complete: bool = True) -> str:
    """Write a checkpoint or savepoint as Flink does, with this time. Give its URI."""
    directory.mkdir(parents=True)
    if complete:
        (directory / "_metadata").touch()
        os.utime(directory / "_metadata", (seconds, seconds))
    return flink_uri(directory)


def test_a_checkpoint_that_was_not_reported_is_found(tmp_path: Path) -> None:
    """The last reported checkpoint is deleted by then."""
    gone = flink_uri(tmp_path / JOB / "chk-9")
    newest = put(tmp_path / JOB / "chk-10", 2)
    put(tmp_path / JOB / "chk-11", 3, complete=False)
    assert newest_state(tmp_path, JOB, gone) == newest


def test_a_newer_savepoint_is_found(tmp_path: Path) -> None:
    """Its directory's name may contain a space. Flink doesn't escape it."""
    put(tmp_path / JOB / "chk-1", 1)
    savepoint = put(tmp_path / "save points" / "savepoint-1", 2)
    assert newest_state(tmp_path, JOB, savepoint) == savepoint


def test_another_jobs_state_is_not_used(tmp_path: Path) -> None:
    """A job that started without state and ended before its first checkpoint has no state."""
    put(tmp_path / "other" / "chk-1", 1)
    assert newest_state(tmp_path, JOB, None) is None


def test_a_job_that_was_never_submitted_has_the_state_of_its_start(tmp_path: Path) -> None:
    """A recovery that failed before it submitted a job can be tried again."""
    known = put(tmp_path / "savepoint-1", 1)
    assert newest_state(tmp_path, None, known) == known
