"""Runs a module of the project as a child process that listens on 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from common.errors import UserError
from common.paths import ROOT
from common.progress import load

HOST: Final = "127.0.0.1"
"""The only interface that the project's servers listen on."""


def listen(port: int, what: str) -> socket.socket:
    """Bind a port (0: a free one) for `what`. Raises `UserError` if the port is in use."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # reserves the port from now on
    except OSError as error:
        listener.close()
        problem = f"{what} can't listen on {HOST}:{port}: {error.strerror}"
        message = f"{problem}; give another port, or 0 for a free one"
        raise UserError(message) from error
    return listener


class Child:
    """A child process that ends when its parent ends for any reason.

    It runs `python -m MODULE DESCRIPTOR ARGUMENTS...`. DESCRIPTOR is the number of an open socket
    that is bound already, so that no other process can take the port. The child's standard input is
    a pipe. When the parent ends, the pipe closes. The child notices this by `end_with_parent`,
    which it must call.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        listener: socket.socket,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the child. Its output goes to `log`. Default `environment`: that of the parent."""
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, str(listener.fileno()), *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C ends the parent only; the parent ends the child
            )
        self._log = log

    def alive(self) -> bool:
        """Return whether the process runs."""
        return self.process.poll() is None

    def wait_for(self, url: str, seconds: float, what: str) -> None:
        """Wait until the address responds. Raises `UserError`; its text begins with `what`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.alive():
                message = f"{what} ended at its start: {self._last_line()} (log: {self._log})"
                raise UserError(message)
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- http, our own
                    return
            except OSError:
                time.sleep(0.1)
        message = f"{what} did not respond in {seconds:.0f} s{load()} (log: {self._log})"
        raise UserError(message)

    def stop(self, seconds: float) -> None:
        """End the process and its own child processes. Kill it after `seconds`."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _last_line(self) -> str:
        lines = self._log.read_text("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "no output")


def end_with_parent() -> None:
    """End this process by SIGTERM when its parent ends. If it leads a group, end the group."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        leads = os.getpgrp() == os.getpid()
        (os.killpg if leads else os.kill)(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
