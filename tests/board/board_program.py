"""Runs a program of the tests that serves a board."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from board.address import address, listen


@contextmanager
def serving(program: str, *arguments: Path) -> Generator[str]:
    """Run a file of this directory with a bound socket, and give the address once it answers."""
    with listen(0) as listener:
        url, number = address(listener), listener.fileno()
        child = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name(program)), str(number), *arguments],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            pass_fds=[number],
        )
    try:
        with urllib.request.urlopen(url, timeout=60):  # noqa: S310 -- http, our own
            yield url
    finally:
        child.terminate()
        child.wait(20)
