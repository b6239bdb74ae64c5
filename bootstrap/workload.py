"""A person's first deployment of a workload stack, and its removal.

The stack's state is in the tooling account from the beginning. Later the pipeline deploys the
stack, with the role that this deployment made.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bootstrap.errors import BootstrapError
from bootstrap.pulumi import Pulumi


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The workload stack, and the place of its state, which the tooling stack has made."""

    stack: str
    tooling: str
    """Name of the tooling stack."""
    home: Pulumi
    """State in the tooling account, with credentials for that account."""
    profile: str | None
    """AWS profile of the workload account. None: the environment's credentials are for it too."""
    say: Callable[[str], None]

    def up(self) -> Mapping[str, Any]:
        """Deploy the packaged job, and give the stack's outputs. Raises `BootstrapError`."""
        stacks = self.home.stacks()
        if not stacks.get(self.tooling):
            message = f"{self.home.backend} has no stack {self.tooling}: bootstrap that first"
            raise BootstrapError(message)
        if self.stack not in stacks:
            provider = self._provider()
            self.say(f"state: in {self.home.backend}, its secrets encrypted with a key of its own")
            self.home.ask("stack", "init", self.stack, "--secrets-provider", provider)
        with self._as_a_person():
            self.say(f"pulumi up of {self.stack}")
            self.home.show(
                "up", "--yes", "--skip-preview", "--refresh", "--run-program", "--stack", self.stack
            )
        return self.home.outputs(self.stack)

    def _provider(self) -> str:
        """Give the key of the stack's secrets. The tooling stack makes one for each target."""
        providers = self.home.outputs(self.tooling).get("state_secrets_providers", {})
        if self.stack not in providers:
            message = (
                f"stack {self.tooling} has no key for the secrets of {self.stack}: list "
                f"{self.stack} under pipeline.targets in Pulumi.{self.tooling}.yaml, then run "
                f"pulumi up --stack {self.tooling}"
            )
            raise BootstrapError(message)
        return str(providers[self.stack])

    def away(self) -> None:
        """Destroy the stack, then its state. Raises `BootstrapError`.

        The destroy runs the program. The state may name the pipeline's role as the deployer, and
        that role may not delete what holds data.
        """
        if self.stack not in self.home.stacks():
            self.say(f"{self.stack}: nothing is there")
            return
        self.home.refuse_protected(self.stack)
        with self._as_a_person():
            self.say(f"pulumi destroy of {self.stack}")
            self.home.show(
                "destroy", "--yes", "--skip-preview", "--run-program", "--stack", self.stack
            )
        self.home.ask("stack", "rm", self.stack, "--yes", "--preserve-config")

    @contextmanager
    def _as_a_person(self) -> Generator[None]:
        """Let the stack's provider use the person's profile inside this context."""
        if self.profile is None:
            yield
            return
        self.home.ask("config", "set", "profile", self.profile, "--stack", self.stack)
        try:
            yield
        finally:
            self.home.ask("config", "rm", "profile", "--stack", self.stack)
