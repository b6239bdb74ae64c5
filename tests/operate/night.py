"""The commands of the runbook's section "Night work", as they stand on the page."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.paths import ROOT

PAGE: Final = ROOT / "docs" / "runbook.md"
STACK: Final = " --stack sandbox"
"""What the page tells to leave out on the local cloud."""

SNAPSHOT: Final = "release.3f2c9d1.20260131T093000Z"
TIME: Final = "2026-01-31T09:30:00Z"
"""The page's examples, for which a person puts in their own."""


def night_work() -> dict[str, list[str]]:
    """Give the commands of each piece of work, by its heading."""
    text = PAGE.read_text("utf-8")
    (chapter,) = re.findall(r"^## Night work\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    _, *parts = re.split(r"^### (.+)$", chapter, flags=re.MULTILINE)
    return {
        heading: [line for block in _blocks(body) for line in block.splitlines()]
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def _blocks(body: str) -> Sequence[str]:
    return re.findall(r"^```sh\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command printed."""

    command: str
    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        """Give the command with its output, for a failed test."""
        return f"$ {self.command}\n{self.stdout}{self.stderr}(exit code {self.code})"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A person at a terminal who follows the runbook."""

    outputs: Path
    """The file with the outputs of the local cloud."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def follows(self, heading: str, given: Mapping[str, str] | None = None) -> list[Ran]:
        """Run all commands under a heading, each of which must succeed.

        `given` has what the person puts in place of the page's examples.
        """
        done: list[Ran] = []
        for command in night_work()[heading]:
            one = self.types(command, given or {})
            assert one.code == 0, str(one)
            done.append(one)
        return done

    def types(self, command: str, given: Mapping[str, str]) -> Ran:
        """Run a command of the page."""
        assert command.startswith("stocktrading "), command
        assert command.endswith(STACK), command
        typed = f"{command.removesuffix(STACK)} --outputs {self.outputs}"
        for example, own in given.items():
            typed = typed.replace(example, own)
        done = subprocess.run(
            [Path(sys.executable).with_name("stocktrading"), *shlex.split(typed)[1:]],
            cwd=self.outputs.parent,
            env={**os.environ, "RELEASE_POLL_SECONDS": "0.5", "COLUMNS": "200", **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(command=typed, code=done.returncode, stdout=done.stdout, stderr=done.stderr)
