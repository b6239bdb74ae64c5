"""Prepares the bootstrap of one stack: its file, its accounts, and the places of its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError

from bootstrap.aws import Aws
from bootstrap.errors import BootstrapError
from bootstrap.pulumi import Pulumi
from bootstrap.tooling import Tooling
from bootstrap.workload import Workload
from components.base.place import Place
from components.config.settings import WorkloadSettings
from components.config.tooling import ToolingSettings
from doctor.aws import clients
from doctor.backend import backend_url
from doctor.stack import StackError, StackSettings, read


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person has requested."""

    stack: str
    profile: str | None
    """AWS profile of the stack's own account."""
    tooling_profile: str | None
    """AWS profile of the tooling account, if that is another account."""
    project: Path
    say: Callable[[str], None]
    endpoint: str | None = None

    def settings(self) -> StackSettings:
        """Read the stack's file. Raises `BootstrapError`."""
        try:
            return read(self.stack, self.project)
        except StackError as error:
            raise BootstrapError(str(error)) from error

    def prepared(self, settings: StackSettings) -> Tooling | Workload:
        """Check every account's credentials, and give the stack to deploy or destroy.

        Raises `BootstrapError` in one line, before anything is changed.
        """
        if isinstance(settings, ToolingSettings):
            prepared = self._tooling(settings)
        else:
            prepared = self._workload(settings)
        self.aws(settings, self.profile).check(self.stack, settings)
        return prepared

    def aws(self, place: Place, profile: str | None) -> Aws:
        """Give the account of a profile. Raises `BootstrapError` for an unknown profile."""
        try:
            client = clients(place.region, profile=profile, endpoint=self.endpoint)
        except BotoCoreError as error:
            raise BootstrapError(str(error)) from error
        return Aws(client=client, names=place.names)

    def _tooling(self, settings: ToolingSettings) -> Tooling:
        here = self.project / ".bootstrap"
        here.mkdir(mode=0o700, exist_ok=True)
        return Tooling(
            stack=self.stack,
            here=Pulumi(project=self.project, backend=here.as_uri(), profile=self.profile),
            home=self._home(settings, self.profile),
            aws=self.aws(settings, self.profile),
            say=self.say,
        )

    def _workload(self, settings: WorkloadSettings) -> Workload:
        place = settings.tooling
        if place is None:
            message = (
                f"Pulumi.{self.stack}.yaml has no tooling account, so the place of its state is "
                "not known: run pulumi login for that place, then pulumi up"
            )
            raise BootstrapError(message)
        if self.profile is None and settings.account_id != place.account_id:
            message = (
                f"--profile: required, because {self.stack} is in account {settings.account_id} "
                f"and its state in {place.account_id}, which need separate credentials"
            )
            raise BootstrapError(message)
        name, tooling = self._tooling_stack(place)
        self.aws(place, self.tooling_profile).check(name, tooling)
        return Workload(
            stack=self.stack,
            tooling=name,
            home=self._home(place, self.tooling_profile),
            profile=self.profile,
            say=self.say,
        )

    def _tooling_stack(self, place: Place) -> tuple[str, ToolingSettings]:
        """Find the stack of that place among the project's files."""
        for file in sorted(self.project.glob("Pulumi.*.yaml")):
            name = file.name.split(".")[1]
            try:
                found = read(name, self.project)
            except StackError:
                continue  # its own bootstrap reports the mistake
            if isinstance(found, ToolingSettings) and found.names == place.names:
                return name, found
        message = f"no Pulumi.*.yaml of kind tooling has the account {place.account_id}"
        raise BootstrapError(message)

    def _home(self, place: Place, profile: str | None) -> Pulumi:
        return Pulumi(project=self.project, backend=backend_url(place.names), profile=profile)
