"""The tooling stack, which makes the bucket and the key for its own state.

It is first deployed with its state on this machine. The state then moves to the bucket. A destroy
does the reverse. Each step looks at what exists, so the same command continues after a failure.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bootstrap.aws import Aws
from bootstrap.errors import BootstrapError
from bootstrap.pulumi import Pulumi

BUCKETS: Final = ("artifacts", "state")
"""Buckets that a destroy must empty. The state's bucket is the last."""


@dataclass(frozen=True, kw_only=True)
class Tooling:
    """The tooling stack, the two places of its state, and its account."""

    stack: str
    here: Pulumi
    """State on this machine."""
    home: Pulumi
    """State in the stack's own bucket."""
    aws: Aws
    say: Callable[[str], None]

    def up(self) -> Mapping[str, Any]:
        """Deploy the stack, move its state to its own bucket, and give its outputs.

        Raises `BootstrapError` in one line.
        """
        kept = self._resources_at_home()
        if kept:
            self.say(f"state: in {self.home.backend} already, {kept} resources")
            return self.home.outputs(self.stack)
        resources = self.here.stacks().get(self.stack)
        moving = kept is not None and bool(resources)
        if moving:
            self.say("state: half moved; going on")
        else:
            self._make(resources)
        outputs = self.here.outputs(self.stack)
        self._move_home(outputs, begun=kept is not None)
        return outputs

    def _resources_at_home(self) -> int | None:
        """Give the number of resources in the bucket's state; None if it has no such stack."""
        if not self.aws.has_bucket("state"):
            return None
        return self.home.stacks().get(self.stack)

    def _make(self, resources: int | None) -> None:
        if resources is None:
            if self.aws.has_bucket("state"):
                bucket = self.aws.names.bucket("state")
                message = (
                    f"bucket {bucket} exists, but neither it nor this machine has a state of "
                    f"{self.stack}: continue on the machine where it was begun, or delete its "
                    "resources by hand"
                )
                raise BootstrapError(message)
            self.say("state: on this machine, until its bucket exists")
            self.here.ask("stack", "init", self.stack, "--secrets-provider", "passphrase")
        self.say(f"pulumi up of {self.stack}")
        self.here.show("up", "--yes", "--skip-preview", "--stack", self.stack)

    def _move_home(self, outputs: Mapping[str, Any], *, begun: bool) -> None:
        """Move the state into the bucket, encrypted with its key, and delete the copy here."""
        if outputs.get("state_backend_url") != self.home.backend:
            message = (
                f"output state_backend_url: {outputs.get('state_backend_url')}; expected "
                f"{self.home.backend}: is this stack of kind tooling?"
            )
            raise BootstrapError(message)
        self.say(f"state: moving to {self.home.backend}")
        with _private_file() as file:
            self.here.ask(
                "stack", "export", "--show-secrets", "--stack", self.stack, "--file", file
            )
            if not begun:
                provider = str(outputs["state_secrets_providers"][self.stack])
                self.home.ask("stack", "init", self.stack, "--secrets-provider", provider)
            self.home.ask("stack", "import", "--stack", self.stack, "--file", file)
        if self.home.outputs(self.stack) != outputs:
            message = "the moved state has different outputs; the state on this machine is kept"
            raise BootstrapError(message)
        self.here.ask("stack", "rm", self.stack, "--yes", "--force", "--preserve-config")

    def away(self) -> None:
        """Destroy everything, the state last. Raises `BootstrapError` in one line."""
        kept = self._resources_at_home()
        resources = self.here.stacks().get(self.stack)
        if kept is None and resources is None:
            self.say(f"{self.stack}: nothing is there")
            return
        (self.home if kept else self.here).refuse_protected(self.stack)
        if kept:
            self._refuse_while_others_live()
            self._move_here(resources)
        for noun in BUCKETS:
            if self.aws.has_bucket(noun):
                self.say(f"bucket {self.aws.names.bucket(noun)}: {self.aws.empty(noun)} deleted")
        self.say(f"pulumi destroy of {self.stack}")
        self.here.show("destroy", "--yes", "--skip-preview", "--stack", self.stack)
        self.here.ask("stack", "rm", self.stack, "--yes", "--preserve-config")

    def _refuse_while_others_live(self) -> None:
        living = sorted(
            name for name, count in self.home.stacks().items() if count and name != self.stack
        )
        if living:
            first = living[0]
            message = (
                f"the state of {', '.join(living)} is in the same bucket and would be lost: "
                f"run stocktrading bootstrap {first} --destroy first"
            )
            raise BootstrapError(message)

    def _move_here(self, resources: int | None) -> None:
        self.say("state: moving to this machine")
        with _private_file() as file:
            self.home.ask(
                "stack", "export", "--show-secrets", "--stack", self.stack, "--file", file
            )
            if resources is None:
                self.here.ask("stack", "init", self.stack, "--secrets-provider", "passphrase")
            self.here.ask("stack", "import", "--stack", self.stack, "--file", file)


@contextmanager
def _private_file() -> Generator[str]:
    """Give a file's path in a directory that only this user may read. It is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="stocktrading-state-") as directory:
        yield str(Path(directory) / "state.json")
