"""A slow task on a busy machine is not stuck. A task without progress for too long is."""

import os
import time
from pathlib import Path

import pytest

from common.progress import Progress, load, written
from local.flink.processes import signal_name


def test_a_task_with_progress_is_not_stuck_after_any_time(tmp_path: Path) -> None:
    """A log that grows is progress. It is stuck if it doesn't grow for longer than the patience."""
    log = tmp_path / "one.log"
    log.touch()
    progress = Progress(written(tmp_path), patience=0.3)
    for _ in range(4):
        time.sleep(0.2)
        with log.open("a") as growing:
            growing.write("more")
        assert not progress.stuck
    time.sleep(0.4)
    assert progress.stuck


def test_only_the_files_that_match_the_pattern_count(tmp_path: Path) -> None:
    """The output of a running job is no progress of the client that submits another job."""
    (tmp_path / "client.out").write_text("12")
    (tmp_path / "TaskManager-1.out").write_text("12345")
    assert written(tmp_path, "*client*")() == 2


@pytest.mark.parametrize(("waiting", "says"), [(8.0, ""), (25.2, "load 25 on 4 cores")])
def test_a_busy_machine_is_named(
    waiting: float, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is busy only if more than two processes wait for each core."""
    monkeypatch.setattr(os, "getloadavg", lambda: (waiting, 0.0, 0.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert load() == (f"; the machine is busy: {says}" if says else "")


def test_a_signal_is_named() -> None:
    """SIGKILL is named with its possible senders, and a signal without a name by its number."""
    assert signal_name(15) == "SIGTERM"
    assert signal_name(9) == (
        "SIGKILL (sent by another process, or by the kernel because memory ran out)"
    )
    assert signal_name(127) == "signal 127"
