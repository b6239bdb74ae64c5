"""Reads and checks a stack's file as Pulumi would, without Pulumi."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from common.paths import ROOT
from components.base.place import Place
from components.base.validation import SettingsError
from components.config.settings import SINK_SECRET, WorkloadSettings, parse, sized
from components.config.stack_config import StackConfig
from components.config.tooling import ToolingSettings
from doctor.check import Check

StackSettings: TypeAlias = WorkloadSettings | ToolingSettings
KINDS: Final[dict[str, type[WorkloadSettings] | type[ToolingSettings]]] = {
    "workload": WorkloadSettings,
    "tooling": ToolingSettings,
}


class StackError(Exception):
    """A stack's file that can't be used, in one line."""


def read(stack: str, root: Path = ROOT) -> StackSettings:
    """Read `Pulumi.<stack>.yaml` and fill in numbers from its load. Raises `StackError`."""
    try:
        # Only Pulumi's engine can decrypt a secret. No check needs its text.
        config = StackConfig.read(root, stack, {f"stocktrading-analytics:{SINK_SECRET}": None})
        place = f"{config.project}:"
        kind = config.values.get(f"{place}kind", "")
        if kind not in KINDS:
            message = f"{place}kind: given {kind!r}; allowed: {', '.join(KINDS)}"
            raise StackError(message)
        settings = parse(KINDS[kind], config.values, place)
        return sized(settings) if isinstance(settings, WorkloadSettings) else settings
    except SettingsError as error:
        raise StackError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Checks whether a stack's file agrees with the files of the stacks that it works with."""

    stack: str
    settings: StackSettings
    root: Path = ROOT

    def checks(self) -> Iterator[Check]:
        """Compare a pipeline's targets with their stacks, or a stack with its pipeline's."""
        match self.settings:
            case ToolingSettings() as tooling:
                for target in tooling.pipeline.targets:
                    yield self._target(target.stack, target, tooling)
            case WorkloadSettings(tooling=place):
                none = Check("tooling", "ok", "none; no pipeline deploys here")
                yield self._pipeline(place) if place else none

    def _pipeline(self, place: Place) -> Check:
        """Check that the pipeline there has the stack as a target, with a role and a key for it."""
        for file in sorted(self.root.glob("Pulumi.*.yaml")):
            try:
                found = read(file.name.split(".")[1], self.root)
            except StackError:
                continue  # the check of that stack reports the mistake
            if not isinstance(found, ToolingSettings) or found.names != place.names:
                continue
            if self.stack not in [target.stack for target in found.pipeline.targets]:
                do = f"list it under pipeline.targets in {file.name}, then deploy that stack first"
                return Check("tooling", "missing", f"{file.name} has no target {self.stack}", do)
        return Check("tooling", "ok", f"account {place.account_id}")

    def _target(self, stack: str, target: Place, tooling: ToolingSettings) -> Check:
        what, file = f"target {stack}", f"Pulumi.{stack}.yaml"
        try:
            found = read(stack, self.root)
        except StackError as error:
            return Check(what, "missing", str(error), f"write {file}")
        pairs = [("the target", target, found)]
        if isinstance(found, WorkloadSettings):
            if found.tooling is None:
                return Check(what, "missing", f"{file} names no tooling", "set it: who deploys")
            pairs.append(("its tooling", found.tooling, tooling))
        for who, said, place in pairs:
            for key in ("account_id", "region", "prefix"):
                here, there = getattr(said, key), getattr(place, key)
                if here != there:
                    do = f"set the same {key} in {file} and Pulumi.{self.stack}.yaml"
                    return Check(what, "missing", f"{who} says {here}, the stack {there}", do)
        return Check(what, "ok", f"account {target.account_id}, {target.region}")
