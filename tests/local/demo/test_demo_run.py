"""The demo as its own process: it checks every result, and it always ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest
from patience import wait_for

Start: TypeAlias = Callable[..., subprocess.Popen[str]]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts the demo as a process. A process still running is ended."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: str, **variables: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from cli import app; app()", "demo"]
        with (tmp_path / "stderr").open("w") as errors:
            demo = subprocess.Popen(
                [*command, *options, "--directory", str(tmp_path)],
                cwd=ROOT,
                env={**os.environ, **variables},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        started.append(demo)
        return demo

    yield begin
    for demo in started:
        if demo.poll() is None:
            demo.terminate()
            demo.communicate(timeout=60)


def said(directory: Path) -> str:
    """Give the demo's output on stderr so far."""
    return (directory / "stderr").read_text("utf-8")


def await_(condition: Callable[[], bool], demo: subprocess.Popen[str], directory: Path) -> None:
    """Wait until the condition is true. Fail if the demo has ended."""

    def found() -> bool:
        return condition() or demo.poll() is not None

    wait_for(found, progress=lambda: said(directory))
    assert demo.poll() is None, "the demo ended"


def all_gone(processes: list[psutil.Process]) -> bool:
    """Wait a moment, and return whether all processes have ended."""
    _, alive = psutil.wait_procs(processes, timeout=10)
    return not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.cluster
def test_the_demo_recounts_every_result(tmp_path: Path, start: Start) -> None:
    """It sends trades for half a minute. Some are bad or late on purpose."""
    demo = start("--for", "40", "--seed", "7", "--late-share", "0.02")
    await_(lambda: "the job is RUNNING" in said(tmp_path), demo, tmp_path)
    children = psutil.Process(demo.pid).children(recursive=True)
    wait_for(lambda: demo.poll() is not None, progress=lambda: said(tmp_path))
    printed, _ = demo.communicate()
    outcome = json.loads(printed.splitlines()[-1])
    assert demo.returncode == 0, said(tmp_path)
    assert (outcome["right"], outcome["mismatches"], outcome["undelivered"]) == (True, 0, 0)
    assert outcome["trades_sent"] >= 3_900
    assert outcome["windows_checked"] == outcome["results"] >= 5
    assert outcome["dead_letters"] > 0
    # An object contains the records of one second.
    assert 0 < outcome["objects"] <= outcome["results"] + outcome["dead_letters"]
    assert outcome["job_restarts"] == 0
    assert len(children) > 3
    assert all_gone(children)


@pytest.mark.cluster
def test_an_interrupt_during_the_start_leaves_no_process(tmp_path: Path, start: Start) -> None:
    """After SIGTERM during Flink's start there is one line, and the exit code is a shell's."""
    demo = start()
    await_(lambda: "stacks tooling and sandbox deployed" in said(tmp_path), demo, tmp_path)
    time.sleep(1)
    children = psutil.Process(demo.pid).children(recursive=True)
    demo.send_signal(signal.SIGTERM)
    printed, _ = demo.communicate(timeout=60)
    assert (demo.returncode, printed) == (130, "")
    assert said(tmp_path).splitlines()[-1].startswith("demo: interrupted")
    assert children
    assert all_gone(children)


@pytest.mark.emulator
def test_the_error_for_a_port_in_use_is_one_line(tmp_path: Path, start: Start) -> None:
    """Another process listens on the emulator's port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        demo = start("--port", port)
        printed, _ = demo.communicate(timeout=60)
    assert (demo.returncode, printed) == (1, "")
    first, line = said(tmp_path).splitlines()
    assert "starting: " in first
    assert line.startswith(f"demo: the AWS emulator can't listen on 127.0.0.1:{port}")


def test_a_missing_jdk_is_reported_before_anything_starts(tmp_path: Path, start: Start) -> None:
    """Neither JAVA_HOME nor the PATH has a JDK."""
    demo = start(PATH=str(tmp_path), JAVA_HOME="")
    printed, _ = demo.communicate(timeout=60)
    assert (demo.returncode, printed) == (1, "")
    first, line = said(tmp_path).splitlines()
    assert "starting: " in first
    assert line.startswith("demo: no Java")


def test_an_invalid_rate_is_refused(tmp_path: Path, start: Start) -> None:
    """A usage error has the exit code 2."""
    demo = start("--rate", "0")
    demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert "--rate" in said(tmp_path)
