"""A workload stack's first deployment, and its last: by a person, with its state where all is.

From then on the pipeline deploys it, by the role that this made.
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
    """The stack and the place of its state, which the tooling stack has made."""

    stack: str
    tooling: str
    """Name of the tooling stack."""
    home: Pulumi
    """State in the tooling account, with credentials for that."""
    profile: str | None
    """AWS profile of the workload account; None: the credentials at hand are of it, too."""
    say: Callable[[str], None]

    def up(self) -> Mapping[str, Any]:
        """Deploy what is packaged; give the stack's outputs. Raises `BootstrapError`."""
        stacks = self.home.stacks()
        if not stacks.get(self.tooling):
            message = f"{self.home.backend} holds no stack {self.tooling}: bootstrap that first"
            raise BootstrapError(message)
        if self.stack not in stacks:
            provider = str(self.home.outputs(self.tooling)["state_secrets_provider"])
            self.say(f"state: in {self.home.backend}, under the key of its secrets")
            self.home.ask("stack", "init", self.stack, "--secrets-provider", provider)
        with self._as_a_person():
            self.say(f"pulumi up of {self.stack}")
            self.home.show("up", "--yes", "--skip-preview", "--refresh", "--stack", self.stack)
        return self.home.outputs(self.stack)

    def away(self) -> None:
        """Destroy the stack, then its state. Raises `BootstrapError`.

        The program runs, as the state may say that the pipeline's role makes the stack, and that
        role deletes nothing that holds data.
        """
        if self.stack not in self.home.stacks():
            self.say(f"{self.stack}: nothing is there")
            return
        with self._as_a_person():
            self.say(f"pulumi destroy of {self.stack}")
            self.home.show(
                "destroy", "--yes", "--skip-preview", "--run-program", "--stack", self.stack
            )
        self.home.ask("stack", "rm", self.stack, "--yes", "--preserve-config")

    @contextmanager
    def _as_a_person(self) -> Generator[None]:
        """Let the stack's provider take the person's profile, for as long as this lasts."""
        if self.profile is None:
            yield
            return
        self.home.ask("config", "set", "profile", self.profile, "--stack", self.stack)
        try:
            yield
        finally:
            self.home.ask("config", "rm", "profile", "--stack", self.stack)
