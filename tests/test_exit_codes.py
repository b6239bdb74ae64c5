"""Every exit code of the table, as a shell sees it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from common.exit_codes import DONE, EXIT_CODES, FAILED, INTERRUPTED, USAGE
from common.paths import ROOT

CLI = (sys.executable, "-c", "from cli import app; app()")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command from the project's directory."""
    return subprocess.run([*CLI, *command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_table_has_each_code_once() -> None:
    """The page of the command line shows this table."""
    assert list(EXIT_CODES) == [DONE, FAILED, USAGE, INTERRUPTED] == [0, 1, 2, 130]


@pytest.mark.parametrize(
    ("code", "command"),
    [
        (DONE, ("config", "flink", "--json")),
        (DONE, ("capacity", "--peak", "10", "--json")),
        (FAILED, ("simulate", "--outputs", "/nonexistent", "--count", "1")),
        (FAILED, ("release", "prune", "--outputs", "/nonexistent")),
        (FAILED, ("dead-letters", "list", "--outputs", "/nonexistent")),
        (FAILED, ("board", "--outputs", "/nonexistent", "--port", "0")),
        (USAGE, ("config", "no-such-key")),
        (USAGE, ("capacity", "--json")),
        (USAGE, ("simulate", "--rate", "much")),
        (USAGE, ("no-such-command",)),
        (USAGE, ("release", "start", "--from-time", "soon")),
        (USAGE, ("board", "--local", "--stack", "x")),
    ],
)
def test_a_command_ends_with_the_code_of_the_table(code: int, command: tuple[str, ...]) -> None:
    """A result goes to stdout only with code 0. Otherwise stderr says why, without a traceback."""
    done = run(*command)
    assert done.returncode == code, done.stderr
    assert bool(done.stdout) == (code == DONE)
    assert bool(done.stderr) == (code != DONE)
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_a_command_with_130(tmp_path: Path) -> None:
    """This is so from the command's first moment, also while libraries are still imported."""
    command = [*CLI, "demo", "--directory", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stderr is not None
        assert demo.stderr.readline().endswith("about half a minute\n")
        os.kill(demo.pid, signal.SIGINT)
        told = demo.stderr.read()
    assert demo.returncode == INTERRUPTED
    assert "interrupted" in told
    assert "Traceback" not in told
