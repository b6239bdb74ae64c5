"""The AWS emulator as a child process, on 127.0.0.1 only.

ministack's own settings are environment variables; those that matter here are named in
`_environment` with the reason for each.
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

    `port` 0 takes a free one. Log and scratch files go under `run_directory`. Raises `UserError`
    where the port is taken or the emulator doesn't answer in time.
    """

    run_directory: Path
    port: int = 0
    region: str = REGION
    plain: bool = False
    """Without what is added to it; for the tests that ask what it lacks."""
    _child: Child | None = field(default=None, init=False, repr=False)

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
        if self._child is None:
            message = "the emulator isn't running"
            raise LocalError(message)
        return self._child.process.pid

    def __enter__(self) -> Self:
        """Start it, and return once it answers."""
        self.launch()
        self.await_answer()
        return self

    def launch(self) -> None:
        """Start it, and don't wait."""
        self.run_directory.mkdir(parents=True, exist_ok=True)
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
        """Return once it answers."""
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
        """Stop it."""
        self.stop()

    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._child is not None and self._child.alive()

    def stop(self) -> None:
        """End the process and whatever it started; a second call does nothing."""
        child, self._child = self._child, None
        if child:
            child.stop(STOP_SECONDS)
            secret_file(self.port).unlink(missing_ok=True)

    def _tell(self, secret: str) -> None:
        """Leave the run's secret where this user's programs find it, and nobody else reads it."""
        file = secret_file(self.port)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secret)


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
