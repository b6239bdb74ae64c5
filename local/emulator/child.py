"""The AWS emulator as a child process, on 127.0.0.1 only.

The settings of ministack are environment variables. `_environment` sets those that matter here and
gives the reasons.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from common.child import Child, listen
from local.accounts import HOST, REGION
from local.errors import LocalError
from stack.emulator import secret_file

START_SECONDS: Final = 300.0
"""Timeout of the emulator's start, while its process runs. The start takes 2 s on an idle machine
with two cores, and more than a minute on a busy one."""

SECRET_BYTES: Final = 20
"""Its hexadecimal digits are as many as the characters of AWS's secret access keys."""

STOP_SECONDS: Final = 10.0
"""Time between the signal to stop and the kill."""

_FOREIGN: Final = ("AWS_", "MINISTACK_", "LOCALSTACK_", "DOCKER_", "LAMBDA_", "PYTHON")
"""Prefixes of environment variables that would change the emulator's behaviour."""


@dataclass(kw_only=True)
class Emulator:
    """An AWS emulator that runs during the `with` block. It stops if its parent process ends.

    `port` 0 means a free port. Log and temporary files go under `run_directory`. Raises `UserError`
    if the port is in use or the emulator doesn't answer in time.
    """

    run_directory: Path
    port: int = 0
    region: str = REGION
    plain: bool = False
    """Whether to run it without the patches. The tests of what the emulator lacks do so."""
    _child: Child | None = field(default=None, init=False, repr=False)

    @property
    def endpoint(self) -> str:
        """The address of all services."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The file with the emulator's output."""
        return self.run_directory / "emulator.log"

    @property
    def disturbances(self) -> Path:
        """The file with rules for faults on the way to Kinesis (`local.emulator.disturbance`)."""
        return self.run_directory / "disturbances.json"

    @property
    def pid(self) -> int:
        """Id of the process and of its process group. Raises `LocalError` before the start."""
        if self._child is None:
            message = "the emulator isn't running"
            raise LocalError(message)
        return self._child.process.pid

    def __enter__(self) -> Self:
        """Start the emulator, and return when it answers."""
        self.launch()
        self.await_answer()
        return self

    def launch(self) -> None:
        """Start the emulator without waiting."""
        self.run_directory.mkdir(parents=True, exist_ok=True)
        self.disturbances.unlink(missing_ok=True)  # an earlier run's
        with listen(self.port, "the AWS emulator") as listener:
            self.port = listener.getsockname()[1]
            self._tell(secret := secrets.token_hex(SECRET_BYTES))
            self._child = Child(
                "local.emulator.server",
                ["plain"] if self.plain else [],
                listener,
                self.log,
                _environment(os.environ, self, secret),
            )

    def await_answer(self) -> None:
        """Return when the emulator answers."""
        if self._child is None:
            message = "the emulator isn't running"
            raise LocalError(message)
        try:
            health = f"{self.endpoint}/_ministack/health"
            self._child.wait_for(health, START_SECONDS, "the AWS emulator")
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the emulator."""
        self.stop()

    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._child is not None and self._child.alive()

    def stop(self) -> None:
        """Stop the process and its child processes. A second call does nothing."""
        child, self._child = self._child, None
        if child:
            child.stop(STOP_SECONDS)
            secret_file(self.port).unlink(missing_ok=True)

    def _tell(self, secret: str) -> None:
        """Write the run's secret to a file that only this user's programs can read."""
        file = secret_file(self.port)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secret)


def _environment(outer: Mapping[str, str], emulator: Emulator, secret: str) -> dict[str, str]:
    run = emulator.run_directory.absolute()
    kept = {key: value for key, value in outer.items() if not key.startswith(_FOREIGN)}
    return kept | {
        "AUTH": "true",  # check signatures and IAM policies
        "AWS_SECRET_ACCESS_KEY": secret,  # the secret of each account's root user
        "EMULATOR_DISTURBANCES": str(emulator.disturbances.absolute()),
        "BIND_HOST": HOST,  # the default is every interface
        "GATEWAY_PORT": str(emulator.port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": emulator.region,
        # With a Docker daemon the emulator would run Flink, Lambda and CodeBuild in containers.
        "DOCKER_HOST": f"unix://{run}/no-docker.sock",
        "IOT_MTLS_ENABLED": "0",  # the MQTT listener binds port 8883 on every interface
        "SFTP_ENABLED": "0",  # the SFTP listener binds every interface when it is first used
        "TMPDIR": str(run),
        "PYTHONUNBUFFERED": "1",
    }
