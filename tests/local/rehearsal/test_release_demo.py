"""The rehearsal as its own process: it rolls commits out to the running application, and back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import wait_for
from processes import processes_in

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[3]
SILENCE_SECONDS = 300
"""Seconds without a new line. The longest command of a build takes a minute on an idle machine."""


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the rehearsal as its own process, with the fewest checks in each build."""
    command = [sys.executable, "-c", "from cli import app; app()", "release-demo"]
    options = ["--directory", str(tmp_path), "--seed", "7", "--checks", "setup"]
    with (tmp_path / "stderr").open("w") as errors:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_a_good_commit_is_deployed_bad_ones_are_rolled_back_and_nothing_is_lost(
    rehearsal: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Every window is recounted, during an update and two roll-backs."""
    printed = _await_end(rehearsal, tmp_path)
    assert rehearsal.returncode == 0, _said(tmp_path)
    told = json.loads(printed.splitlines()[-1])
    assert told["right"] is True
    assert told["outcomes"] == ["deployed", "rolled back", "rolled back"]
    first, fails_at_start, crashes = told["runs"]
    assert first["seconds_without_job"] > 0
    assert "MARKET" in fails_at_start["seen"]
    assert "restarted" in crashes["seen"]
    assert told["windows_checked"] > 50
    assert (told["mismatches"], told["undelivered"], told["trades_failed"]) == (0, 0, 0)
    assert processes_in(tmp_path) == []


def test_an_interrupt_leaves_no_process(rehearsal: subprocess.Popen[str], tmp_path: Path) -> None:
    """After SIGTERM during the job's start there is one line, and the exit code is a shell's."""
    wait_for(
        lambda: "trades a second" in _said(tmp_path) or rehearsal.poll() is not None,
        progress=lambda: _said(tmp_path),
    )
    assert rehearsal.poll() is None, _said(tmp_path)
    rehearsal.send_signal(signal.SIGTERM)
    printed = _await_end(rehearsal, tmp_path)
    assert (rehearsal.returncode, printed) == (130, "")
    last = _said(tmp_path).splitlines()[-1]
    assert last.startswith("release-demo: interrupted")
    assert processes_in(tmp_path) == []


def _said(directory: Path) -> str:
    """Return the rehearsal's output on stderr so far."""
    return (directory / "stderr").read_text("utf-8")


def _await_end(rehearsal: subprocess.Popen[str], directory: Path) -> str:
    """Wait as long as the rehearsal prints lines, and return its output on stdout."""
    wait_for(
        lambda: rehearsal.poll() is not None,
        seconds=SILENCE_SECONDS,
        progress=lambda: _said(directory),
    )
    return rehearsal.communicate()[0]
