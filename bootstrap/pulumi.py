"""Pulumi's command line as a subprocess, with one backend and one account's credentials.

It does not use or change the person's own login, because the backend is set only for the process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from bootstrap.errors import BootstrapError

STATIC: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Credentials in the environment, which AWS tools would prefer to a profile's."""

STDERR: Final = 2
"""File descriptor for progress messages. Standard output is for results."""


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The command line for one backend."""

    project: Path
    """Directory of `Pulumi.yaml`."""
    backend: str
    """`file://...` or `s3://...`."""
    profile: str | None = None
    """AWS profile for the state and its key. None: the environment's credentials."""

    def stacks(self) -> Mapping[str, int]:
        """Give the backend's stacks of this project, each with its number of resources."""
        listed = cast("Sequence[Mapping[str, Any]]", json.loads(self.ask("stack", "ls", "--json")))
        return {
            str(one["name"]).rpartition("/")[2]: int(one.get("resourceCount") or 0)
            for one in listed
        }

    def outputs(self, stack: str) -> Mapping[str, Any]:
        """Give a stack's outputs."""
        told = self.ask("stack", "output", "--json", "--stack", stack)
        return cast("Mapping[str, Any]", json.loads(told))

    def refuse_protected(self, stack: str) -> None:
        """Raise `BootstrapError` if the stack holds a protected resource.

        A destroy that skips the preview finds out too late: until then it deletes other resources.
        """
        exported = json.loads(self.ask("stack", "export", "--stack", stack))
        resources = cast("Sequence[Mapping[str, Any]]", exported["deployment"].get("resources", []))
        held = [str(one["urn"]).rpartition("::")[2] for one in resources if one.get("protect")]
        if held:
            message = (
                f"{', '.join(held)} in {stack}: protected, so nothing was destroyed: set "
                "keep_data_on_destroy and keep_code_on_destroy to false, deploy, then destroy"
            )
            raise BootstrapError(message)

    def ask(self, *arguments: str) -> str:
        """Run a command and give its output. Raises `BootstrapError` with its last line."""
        try:
            done = subprocess.run(
                self._command(arguments),
                cwd=self.project,
                env=self._environment(),
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise BootstrapError(NOT_THERE) from error
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            reason = lines[-1] if lines else f"exit code {done.returncode}"
            raise BootstrapError(_failed(arguments, reason))
        return done.stdout

    def show(self, *arguments: str) -> None:
        """Run a command with its output on stderr. At Ctrl-C, wait until the command has ended.

        If it were killed, its state might not know some resources. Raises `BootstrapError`.
        """
        try:
            process = subprocess.Popen(
                self._command(arguments),
                cwd=self.project,
                env=self._environment(),
                stdout=STDERR,
            )
        except FileNotFoundError as error:
            raise BootstrapError(NOT_THERE) from error
        interrupted = False
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:  # the terminal sends the signal to the process too
                interrupted = True
        if interrupted:
            raise KeyboardInterrupt
        if code:
            reason = f"exit code {code}; run the same command again to continue"
            raise BootstrapError(_failed(arguments, reason))

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["pulumi", *arguments, "--non-interactive"]

    def _environment(self) -> dict[str, str]:
        given = dict(os.environ)
        if self.profile:
            given = {key: value for key, value in given.items() if key not in STATIC}
            given["AWS_PROFILE"] = self.profile
        return given | {
            # Pulumi finds uv there, also where the environment isn't activated.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{given.get('PATH', os.defpath)}",
            "PULUMI_BACKEND_URL": self.backend,
            # The tooling stack has no secrets, and its state is on this machine only for minutes.
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }


NOT_THERE: Final = (
    "the pulumi command isn't installed: .ci/install-pulumi DIRECTORY fetches the version that fits"
)


def _failed(arguments: Sequence[str], reason: str) -> str:
    words = [each for each in arguments if not each.startswith("-")][:2]
    return f"pulumi {' '.join(words)}: {reason}"
