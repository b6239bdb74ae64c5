"""Where a history stack is deployed and taken away: on the local cloud, or by `pulumi`."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import yaml

from common.errors import UserError
from common.paths import ROOT
from history.configuration import stack_name
from local.clients import Clients
from local.cloud import STACK, find_running
from local.directory import DIRECTORY
from local.flink.job_status import JobStatus
from simulator.target import Target
from stack.clients import client
from terminal.console import stderr

if TYPE_CHECKING:
    from local.stacks import Stacks

NO_CLOUD: Final = "no local cloud is up: run stocktrading local up, or name a stack with --stack"

ALIVE: Final = {"STARTING", "RUNNING", "UPDATING", "AUTOSCALING"}
"""Statuses of an application that can still bring results."""


class Place(Protocol):
    """A live stack, and the history stack beside it."""

    project: Path
    live: str

    def live_target(self) -> Target:
        """Give the live stack's outputs. Raises `UserError`."""
        ...

    def up(self) -> Target:
        """Deploy the history stack from its file, and give its outputs. Raises `UserError`."""
        ...

    def problem(self, target: Target) -> str | None:
        """Say why the application of the history stack has failed. None if nothing is known."""
        ...

    def take_away(self) -> None:
        """Delete the history stack and its file. Raises `UserError`."""
        ...


@dataclass(kw_only=True)
class LocalPlace:
    """On the local cloud that runs. The process of the local cloud also runs the application."""

    project: Path = ROOT
    directory: Path = DIRECTORY
    live: str = field(default=STACK, init=False)

    def live_target(self) -> Target:
        """Give the outputs of the stack `sandbox`."""
        if find_running(self.directory) is None:
            raise UserError(NO_CLOUD)
        return Target.of_file(self.directory / f"{STACK}.json")

    def up(self) -> Target:
        """Deploy with the local cloud's engine."""
        stacks, name = self._stacks(), stack_name(self.live)
        stacks.up(name)
        return Target.of_file(stacks.outputs_file(name))

    def problem(self, target: Target) -> str | None:
        """Read the status that the local cloud writes."""
        job = JobStatus.read(self.directory / "flink" / target.application_name / "status.json")
        return job.reason or "no reason" if job and job.state == "FAILED" else None

    def take_away(self) -> None:
        """Delete the stack, unless the local cloud has ended and its resources with it."""
        if find_running(self.directory) is not None:
            self._stacks().destroy(stack_name(self.live))
        _file(self).unlink(missing_ok=True)

    def _stacks(self) -> Stacks:
        from local.stacks import Stacks  # noqa: PLC0415 -- Pulumi's libraries take two seconds

        running = find_running(self.directory)
        if running is None:
            raise UserError(NO_CLOUD)
        return Stacks(
            clients=Clients(running.endpoint),
            directory=self.directory,
            project=self.project,
            engine=running.engine,
        )


@dataclass(kw_only=True)
class PulumiPlace:
    """With the `pulumi` command and its login, in the live stack's account."""

    live: str
    yes: bool = False
    """Whether `pulumi` deploys and deletes without asking."""
    project: Path = ROOT

    def live_target(self) -> Target:
        """Give the live stack's outputs."""
        return Target.of_stack(self.live)

    def up(self) -> Target:
        """Make the stack with the live stack's secrets provider, and deploy it."""
        name = stack_name(self.live)
        found = yaml.safe_load((self.project / f"Pulumi.{self.live}.yaml").read_text("utf-8"))
        provider = cast("dict[str, Any]", found).get("secretsprovider")
        secrets = ["--secrets-provider", str(provider)] if provider else []
        self._pulumi("stack", "init", name, "--no-select", *secrets)
        self._pulumi("up", "--stack", name, *self._unasked)
        return Target.of_stack(name)

    def problem(self, target: Target) -> str | None:
        """Ask the service whether the application runs, is being started, or neither."""
        flink = client(target, "kinesisanalyticsv2")
        detail = flink.describe_application(ApplicationName=target.application_name)
        status = detail["ApplicationDetail"]["ApplicationStatus"]
        return None if status in ALIVE else f"its status is {status}"

    def take_away(self) -> None:
        """Delete the resources, the stack and its file."""
        name = stack_name(self.live)
        self._pulumi("destroy", "--stack", name, *self._unasked)
        self._pulumi("stack", "rm", name, "--yes")
        _file(self).unlink(missing_ok=True)

    @property
    def _unasked(self) -> list[str]:
        return ["--yes"] if self.yes else []

    def _pulumi(self, *words: str) -> None:
        command = ["pulumi", *words]
        stderr().message(f"$ {' '.join(command)}")
        try:  # its messages go to standard error, as standard output may be JSON
            code = subprocess.run(command, cwd=self.project, stdout=2, check=False).returncode
        except FileNotFoundError as error:
            message = "the pulumi command is not installed; stocktrading doctor says how"
            raise UserError(message) from error
        if code:
            message = f"{' '.join(command)}: exit code {code}; its own messages are above"
            raise UserError(message)


def _file(place: Place) -> Path:
    return place.project / f"Pulumi.{stack_name(place.live)}.yaml"
