"""The state that a job has left on disk is found, whatever was last heard of it."""

import os
from pathlib import Path

from local.flink.checkpoints import newest_state

JOB = "0a1b"


def put(directory: Path, seconds: int, *, complete: bool = True) -> str:
    """Leave a checkpoint or savepoint as Flink does, written at that time; give its URI."""
    directory.mkdir(parents=True)
    if complete:
        (directory / "_metadata").touch()
        os.utime(directory / "_metadata", (seconds, seconds))
    return directory.as_uri()


def test_a_checkpoint_that_nobody_saw_counts(tmp_path: Path) -> None:
    """The one that was heard of is deleted by then."""
    gone = (tmp_path / JOB / "chk-9").as_uri()
    newest = put(tmp_path / JOB / "chk-10", 2)
    put(tmp_path / JOB / "chk-11", 3, complete=False)
    assert newest_state(tmp_path, JOB, gone) == newest


def test_a_savepoint_that_is_newer_counts(tmp_path: Path) -> None:
    """Its directory's name may hold what a URI has to write otherwise."""
    put(tmp_path / JOB / "chk-1", 1)
    savepoint = put(tmp_path / "save points" / "savepoint-1", 2)
    assert newest_state(tmp_path, JOB, savepoint) == savepoint


def test_another_jobs_state_is_not_this_ones(tmp_path: Path) -> None:
    """A job that began without state and died before its first checkpoint has none."""
    put(tmp_path / "other" / "chk-1", 1)
    assert newest_state(tmp_path, JOB, None) is None


def test_a_job_that_was_never_submitted_has_what_it_was_to_start_from(tmp_path: Path) -> None:
    """A recovery that failed before it had a job can be tried again."""
    known = put(tmp_path / "savepoint-1", 1)
    assert newest_state(tmp_path, None, known) == known
