"""The AWS emulator as a child process, on 127.0.0.1 only.

ministack's own settings are environment variables; those that matter here are named in
`_environment` with the reason for each.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from local.accounts import HOST, REGION
from local.errors import LocalError
from local.progress import load
from stack.emulator import secret_file

START_SECONDS: Final = 300.0
"""How long the emulator may take to answer, as long as it runs. It takes 2 s on an idle machine of
two cores, and more than a minute on a busy one."""

SECRET_BYTES: Final = 20
"""As many as AWS's secret access keys have letters, in hexadecimal digits."""

STOP_SECONDS: Final = 10.0
"""How long it may take to end after a signal, before it is killed."""

_FOREIGN: Final = ("AWS_", "MINISTACK_", "LOCALSTACK_", "DOCKER_", "LAMBDA_", "PYTHON")
"""Prefixes of variables that would change the emulator's behaviour from outside."""


@dataclass(kw_only=True)
class Emulator:
    """An AWS emulator that lives as long as the `with` block, and never longer than its parent.

    `port` 0 takes a free one. Log and scratch files go under `run_directory`. Raises `LocalError`
    where the port is taken or the emulator doesn't answer in time.
    """

    run_directory: Path
    port: int = 0
    region: str = REGION
    plain: bool = False
    """Without what is added to it; for the tests that ask what it lacks."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def endpoint(self) -> str:
        """The one address of all services."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """Where the emulator's output goes."""
        return self.run_directory / "emulator.log"

    @property
    def pid(self) -> int:
        """Process id, which is also its process group; an error before the start."""
        if self._process is None:
            message = "the emulator isn't running"
            raise LocalError(message)
        return self._process.pid

    def __enter__(self) -> Self:
        """Start it, and return once it answers."""
        self.launch()
        self.await_answer()
        return self

    def launch(self) -> None:
        """Start it, and don't wait."""
        self.run_directory.mkdir(parents=True, exist_ok=True)
        with _bind(self.port) as listener, self.log.open("wb") as log:
            self.port = listener.getsockname()[1]
            self._tell(secret := secrets.token_hex(SECRET_BYTES))
            options = ["plain"] if self.plain else []
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.emulator.server", str(listener.fileno()), *options],
                cwd=Path(__file__).parents[2],
                env=_environment(os.environ, self, secret),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C ends us first; we then stop it in order
            )

    def await_answer(self) -> None:
        """Return once it answers."""
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the process and whatever it started; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # children it may have left
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
        secret_file(self.port).unlink(missing_ok=True)

    def _tell(self, secret: str) -> None:
        """Leave the run's secret where this user's programs find it, and nobody else reads it."""
        file = secret_file(self.port)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secret)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.alive():
                message = f"the AWS emulator ended as it started: {self._last_line()}"
                raise LocalError(message)
            if _answers(f"{self.endpoint}/_ministack/health"):
                return
            time.sleep(0.1)
        message = (
            f"the AWS emulator gave no answer in {START_SECONDS:.0f} s{load()}: see {self.log}"
        )
        raise LocalError(message)

    def _last_line(self) -> str:
        lines = self.log.read_text("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no output")
        return f"{last} (log: {self.log})"


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        problem = f"the AWS emulator can't listen on {HOST}:{port}: {error.strerror}"
        message = f"{problem}; give another port, or 0 for a free one"
        raise LocalError(message) from error
    return listener


def _environment(outer: Mapping[str, str], emulator: Emulator, secret: str) -> dict[str, str]:
    run = emulator.run_directory.absolute()
    kept = {key: value for key, value in outer.items() if not key.startswith(_FOREIGN)}
    return kept | {
        "AUTH": "true",  # enforce signatures and IAM policies
        "AWS_SECRET_ACCESS_KEY": secret,  # the secret of each account's root user
        "BIND_HOST": HOST,  # its default is every interface
        "GATEWAY_PORT": str(emulator.port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": emulator.region,
        # With a Docker daemon at hand it would run Flink, Lambda and CodeBuild in containers.
        "DOCKER_HOST": f"unix://{run}/no-docker.sock",
        "IOT_MTLS_ENABLED": "0",  # its MQTT listener binds 8883 on every interface
        "SFTP_ENABLED": "0",  # and its SFTP listener would, once used
        "TMPDIR": str(run),
        "PYTHONUNBUFFERED": "1",
    }


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:  # noqa: S310 -- http, ours
            return response.status == 200  # noqa: PLR2004 -- HTTP's OK
    except (urllib.error.URLError, OSError):
        return False
