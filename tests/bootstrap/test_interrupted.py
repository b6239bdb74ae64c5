"""At Ctrl-C the bootstrap waits for Pulumi. Otherwise the state might miss some resources."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from doctor.machine import ROOT

SECONDS = 60.0

SLOW = """#!/bin/bash
cd "$(dirname "$0")"
touch started
until [[ -e go ]]; do sleep 0.05; done
touch done
"""

FOLLOW = """
from pathlib import Path
from bootstrap.pulumi import Pulumi
Pulumi(project=Path.cwd(), backend="file:///nowhere").show("up", "--yes")
"""


def wait_for(file: Path) -> None:
    """Wait until a file exists."""
    deadline = time.monotonic() + SECONDS
    while not file.exists():
        assert time.monotonic() < deadline, f"no {file.name}"
        time.sleep(0.05)


def test_an_interrupted_bootstrap_waits_for_the_update(tmp_path: Path) -> None:
    """Only the bootstrap gets the signal here. It ends after the update has ended."""
    program = tmp_path / "pulumi"
    program.write_text(SLOW, "utf-8")
    program.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOW],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    ) as following:
        wait_for(tmp_path / "started")
        following.send_signal(signal.SIGINT)
        (tmp_path / "go").touch()
        _, told = following.communicate(timeout=SECONDS)
    assert (tmp_path / "done").exists()
    assert following.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in told
