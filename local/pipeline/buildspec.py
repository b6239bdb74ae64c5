"""Reads a buildspec as CodeBuild does, and turns it into one shell script."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import yaml

from local.errors import LocalError

PHASES: Final = ("install", "pre_build", "build", "post_build")
MARK: Final = "[Container] "
"""The prefix of the agent's own lines, as in CodeBuild's log."""

ENTERING: Final = f"{MARK}Entering phase "
RUNNING: Final = f"{MARK}Running command "
PHASE_KEYS: Final = frozenset({"runtime-versions", "on-failure", "commands"})


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Commands that one shell runs in order until one fails."""

    name: str
    commands: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Buildspec:
    """The commands and the runtimes of a build."""

    phases: Sequence[Phase]
    runtimes: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a buildspec. Raises `LocalError` with the name of a key that isn't supported."""
        spec = cast("object", yaml.safe_load(text))
        if not isinstance(spec, dict):
            message = "the buildspec isn't a mapping"
            raise LocalError(message)
        given = cast("dict[str, Any]", spec)
        _only(given, {"version", "env", "phases", "cache"}, "buildspec")
        if given.get("version") != 0.2 or given.get("env") != {"shell": "bash"}:  # noqa: PLR2004 -- the format's number
            message = "buildspec: allowed: version 0.2 with env.shell bash"
            raise LocalError(message)
        phases = cast("dict[str, dict[str, Any]]", given.get("phases") or {})
        _only(phases, set(PHASES), "phases")
        for name, phase in phases.items():
            _only(phase, PHASE_KEYS, f"phases.{name}")
            if phase.get("on-failure") != "ABORT":
                message = f"buildspec: phases.{name}.on-failure: allowed: ABORT"
                raise LocalError(message)
        runtimes = phases.get("install", {}).get("runtime-versions", {})
        return cls(
            phases=[
                Phase(name=name, commands=list(phases[name].get("commands", [])))
                for name in PHASES
                if name in phases
            ],
            runtimes={name: str(version) for name, version in runtimes.items()},
        )

    def script(self) -> str:
        """Give the script for one bash: the unchanged commands, with an exit if one fails.

        The commands share the shell, as in version 0.2. So the next command sees a variable or a
        directory that a command has set.
        """
        lines: list[str] = []
        for phase in self.phases:
            lines.append(f"echo {shlex.quote(ENTERING + phase.name.upper())}")
            for command in phase.commands:
                first, *more = command.strip().splitlines()
                shown = first.rstrip("\\ ") + " ..." if more else first
                said = RUNNING + shown
                lines += [f"echo {shlex.quote(said)}", command.rstrip("\n"), _CHECK]
        return "\n".join(lines) + "\n"


_CHECK: Final = (
    f'code=$?; if [ $code != 0 ]; then echo "{MARK}Command did not exit successfully: $code"; '
    "exit $code; fi"
)


def _only(given: Mapping[str, object], known: set[str] | frozenset[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        allowed = ", ".join(sorted(known))
        message = f"{where}: {', '.join(unknown)} isn't supported here; allowed: {allowed}"
        raise LocalError(message)
