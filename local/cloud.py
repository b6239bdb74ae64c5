"""The local cloud: an emulator of AWS with this project's stacks."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TextIO

from common.paths import LOCK, lock_text
from local.accounts import ACCOUNTS, NAMESPACE, WORKLOAD
from local.clients import AwsClient, Clients
from local.directory import DIRECTORY, PROJECT
from local.emulator.child import Emulator
from local.errors import LocalError

if TYPE_CHECKING:
    from local.deploy.plan import Report, Summary
    from local.stacks import Engine, Stacks

__all__ = ["NAMESPACE", "STACK", "LocalCloud", "Running", "find_running"]

STACK: Final = "sandbox"
"""The stack whose outputs the simulator, the board and the demo use."""


BESIDE: Final = f"{STACK}-*.json"
"""Outputs of the stacks that a command made beside `sandbox`, such as `sandbox-history`."""


class Running(NamedTuple):
    """A running local cloud."""

    endpoint: str
    process: int
    """Id of the process that runs it. The cloud stops when this process ends."""
    engine: Engine = "in-process"
    """The engine that deploys its stacks and keeps their state."""


@dataclass(kw_only=True)
class LocalCloud:
    """An emulator and the project's stacks on it, from `__enter__` to `__exit__`.

    With `endpoint`, an emulator that runs already is used, such as a LocalStack. It and its stacks
    stay afterwards. Without `endpoint`, an emulator is started on `port` (0: a free one), and is
    stopped with everything on it. `overrides` replace configuration of the stack `sandbox`, as in
    `Deployment.up`. `report` is called for each resource that is made. Raises `LocalError` in one
    line, also if another local cloud uses the same directory.
    """

    directory: Path = DIRECTORY
    port: int = 0
    endpoint: str = ""
    project: Path = PROJECT
    stacks: Sequence[str] = tuple(ACCOUNTS)
    overrides: Mapping[str, object] = field(default_factory=dict[str, object])
    report: Report | None = None
    engine: Engine = "in-process"
    meanwhile: Callable[[], None] | None = None
    """A function that is called while the emulator starts."""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any], init=False)
    """Outputs of the stack `sandbox`, by name. They are also in the directory's `sandbox.json`."""
    summary: Summary = field(init=False)
    """The changes of the latest deployment of the stack `sandbox`."""
    emulator: Emulator | None = field(default=None, init=False)
    """The emulator, if this object started it."""
    _clients: Clients | None = field(default=None, init=False, repr=False)
    _held: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    @property
    def clients(self) -> Clients:
        """Clients of the emulator. Raises `LocalError` before `__enter__`."""
        if self._clients is None:
            message = "the local cloud isn't up"
            raise LocalError(message)
        return self._clients

    @property
    def outputs_file(self) -> Path:
        """The file with the outputs of the stack `sandbox`."""
        return self.directory / f"{STACK}.json"

    def applications(self) -> list[str]:
        """Give the names of the applications: that of `sandbox`, and those of stacks beside it."""
        beside: list[str] = []
        for file in self.directory.glob(BESIDE):
            with suppress(FileNotFoundError):  # its stack was deleted in this moment
                beside.append(json.loads(file.read_text("utf-8"))["application_name"])
        return [self.outputs["application_name"], *beside]

    def client(self, service: str, account: str = WORKLOAD) -> AwsClient:
        """Give the client of a service. It signs as the account's root user."""
        return self.clients.client(service, account)

    def __enter__(self) -> Self:
        """Start the emulator, deploy the stacks, write their outputs."""
        with ExitStack() as held:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.directory.chmod(0o700)  # its files let a reader run code on this machine
            lock = held.enter_context(_alone(self.directory))
            for stack in self.stacks:
                held.callback((self.directory / f"{stack}.json").unlink, missing_ok=True)
            if not self.endpoint:
                # The resources of an earlier emulator no longer exist.
                shutil.rmtree(self.directory / "state", ignore_errors=True)
                for file in self.directory.glob(BESIDE):
                    file.unlink()
                self.emulator = Emulator(run_directory=self.directory / "emulator", port=self.port)
                held.callback(self.emulator.stop)
                self.emulator.launch()
                self.port, self.endpoint = self.emulator.port, self.emulator.endpoint
            if self.meanwhile:
                self.meanwhile()
            # Pulumi's libraries take two seconds to import. The emulator starts in this time.
            from local.firehose.service import Firehose  # noqa: PLC0415

            if self.emulator:
                self.emulator.await_answer()
            self._clients = Clients(self.endpoint)
            _write(lock, Running(self.endpoint, os.getpid(), self.engine))
            if self.emulator:
                held.enter_context(Firehose(self._clients, WORKLOAD))
            self.deploy()
            self._held = held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything that this object started."""
        self._held.close()

    def deploy(
        self, overrides: Mapping[str, object] | None = None, *, refresh: bool = False
    ) -> Summary:
        """Deploy the stacks again. `overrides` apply only to this deployment.

        With `refresh`, changes that were made outside of the deployment are undone.
        """
        from local.deploy.plan import Summary  # noqa: PLC0415 -- as above

        self.summary = Summary()
        for stack in self.stacks:
            if stack == STACK:
                given = {**self.overrides, **(overrides or {})}
                self.outputs, self.summary = self._stacks.up(stack, given, refresh=refresh)
            else:
                self._stacks.up(stack, refresh=refresh)
        return self.summary

    def destroy(self) -> Summary:
        """Delete all resources of the stack `sandbox`."""
        self.outputs = {}
        return self._stacks.destroy(STACK)

    @property
    def _stacks(self) -> Stacks:
        from local.stacks import Stacks  # noqa: PLC0415 -- as above

        told = {} if self.report is None else {"report": self.report}
        return Stacks(
            clients=self.clients,
            directory=self.directory,
            project=self.project,
            engine=self.engine,
            **told,
        )


def find_running(directory: Path = DIRECTORY) -> Running | None:
    """Find the local cloud that uses a directory, in any process. None if there is none."""
    text = lock_text(directory)
    return None if text is None else _parse(text)


def _alone(directory: Path) -> TextIO:
    """Lock the directory until the file is closed. The lock also ends with this process."""
    lock = (directory / LOCK).open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = _parse(lock.read())
        lock.close()
        process = f"process {holder.process}" if holder else "another process"
        message = f"a local cloud already uses {directory} ({process}): stop that one first"
        raise LocalError(message) from error
    lock.truncate(0)
    return lock


def _write(lock: TextIO, running: Running) -> None:
    lock.truncate(0)
    lock.write(json.dumps(running._asdict()))
    lock.flush()


def _parse(text: str) -> Running | None:
    try:
        return Running(**json.loads(text))
    except (ValueError, TypeError):  # it has just started and has written nothing yet
        return None
