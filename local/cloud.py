"""The local cloud: an emulator of AWS, and this project's stacks on it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TextIO

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
"""The stack whose outputs simulator, board and demo go by."""


class Running(NamedTuple):
    """A local cloud that runs in some process."""

    endpoint: str
    process: int
    """The process that holds it; the cloud ends with it."""
    engine: Engine = "in-process"
    """What deploys its stacks, and so knows their state."""


@dataclass(kw_only=True)
class LocalCloud:
    """An emulator and the project's stacks on it, from `__enter__` to `__exit__`.

    With `endpoint`, an emulator that runs already (a LocalStack, say) is used and left running, and
    so is what is deployed on it; without, one is started on `port` (0: a free one) and everything
    ends with it. `overrides` replace configuration of the stack `sandbox`, as in `Deployment.up`.
    `report` hears of each resource as it is made. Raises `LocalError` in one line; a second local
    cloud over the same directory is refused.
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
    """What else is to start while the emulator does."""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any], init=False)
    """Outputs of the stack `sandbox`, by name; also in `sandbox.json` of the directory."""
    summary: Summary = field(init=False)
    """What the latest deployment of the stack `sandbox` did."""
    emulator: Emulator | None = field(default=None, init=False)
    """The emulator, where this object started it."""
    _clients: Clients | None = field(default=None, init=False, repr=False)
    _held: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    @property
    def clients(self) -> Clients:
        """Clients of the emulator; an error before `__enter__`."""
        if self._clients is None:
            message = "the local cloud isn't up"
            raise LocalError(message)
        return self._clients

    @property
    def outputs_file(self) -> Path:
        """Where the outputs of the stack `sandbox` are for those who read them from a file."""
        return self.directory / f"{STACK}.json"

    def client(self, service: str, account: str = WORKLOAD) -> AwsClient:
        """Give the client of a service, signing as the account's root user."""
        return self.clients.client(service, account)

    def __enter__(self) -> Self:
        """Start the emulator, deploy the stacks, write their outputs."""
        with ExitStack() as held:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.directory.chmod(0o700)  # what is in it lets who reads it run code here
            lock = held.enter_context(_alone(self.directory))
            for stack in self.stacks:
                held.callback((self.directory / f"{stack}.json").unlink, missing_ok=True)
            if not self.endpoint:
                # What an earlier emulator held is gone with it.
                shutil.rmtree(self.directory / "state", ignore_errors=True)
                self.emulator = Emulator(run_directory=self.directory / "emulator", port=self.port)
                held.callback(self.emulator.stop)
                self.emulator.launch()
                self.port, self.endpoint = self.emulator.port, self.emulator.endpoint
            if self.meanwhile:
                self.meanwhile()
            # Pulumi's libraries take two seconds to import: the emulator starts in them.
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
        """Stop what was started."""
        self._held.close()

    def deploy(
        self, overrides: Mapping[str, object] | None = None, *, refresh: bool = False
    ) -> Summary:
        """Deploy the stacks again, over what there is; `overrides` count for this time alone.

        With `refresh`, what others changed is changed back.
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
        """Delete everything that the stack `sandbox` made."""
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
    """Find the local cloud that runs over a directory, in whatever process, if one does."""
    path = directory / "lock"
    if not path.exists():
        return None
    with path.open("r", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _read(lock)
    return None


def _alone(directory: Path) -> TextIO:
    """Hold the directory's lock until the file is closed; the system lets go when we end."""
    lock = (directory / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = _read(lock)
        lock.close()
        process = f"process {holder.process}" if holder else "another process"
        message = f"a local cloud already runs over {directory} ({process}): end that first"
        raise LocalError(message) from error
    lock.truncate(0)
    return lock


def _write(lock: TextIO, running: Running) -> None:
    lock.truncate(0)
    lock.write(json.dumps(running._asdict()))
    lock.flush()


def _read(lock: TextIO) -> Running | None:
    lock.seek(0)
    try:
        return Running(**json.loads(lock.read()))
    except (ValueError, TypeError):  # it has only just begun
        return None
