"""The project's policy pack over an in-process deployment: the pure rules, without their engine."""

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from local.deploy.plan import Registration
from local.deploy.state import Resource as Made
from local.errors import LocalError
from policies.model import Exemption, Level, Resource, ResourceRule, Rule, find_violations

MANIFEST: Final = "PulumiPolicy.yaml"


@dataclass(frozen=True, kw_only=True)
class PolicyPack:
    """Refuses what a mandatory rule is against.

    A resource's own rules are held before it is made, those over the whole stack at the end, as
    Pulumi's engine does.
    """

    rules: Sequence[Rule]
    exemptions: Sequence[Exemption]

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Take the pack in a directory of the project. Raises `LocalError` where there is none."""
        if not (directory / MANIFEST).is_file():
            message = f"{directory} is no policy pack: it holds no {MANIFEST}"
            raise LocalError(message)
        pack: Any = importlib.import_module(f"{directory.name}.pack")
        return cls(rules=pack.RULES, exemptions=pack.EXEMPTIONS)

    def check(self, wanted: Registration) -> None:
        """Hold one resource against the rules for its type."""
        one = Resource(kind=wanted.type, name=wanted.name, props=wanted.inputs, urn=wanted.urn)
        self._refuse([rule for rule in self.rules if isinstance(rule, ResourceRule)], [one])

    def conclude(self, made: Iterable[Made]) -> None:
        """Hold everything together against the rules over a stack."""
        everything = [
            Resource(kind=each.type, name=each.name, props={**each.outputs, **each.inputs})
            for each in made
        ]
        whole = [rule for rule in self.rules if not isinstance(rule, ResourceRule)]
        self._refuse(whole, everything)

    def _refuse(self, rules: Sequence[Rule], resources: Sequence[Resource]) -> None:
        for rule in rules:
            if rule.level is Level.MANDATORY:
                for violation in find_violations(rule, resources, self.exemptions):
                    name = violation.resource.name
                    message = f"{name}: policy {rule.name}: {violation.message}"
                    raise LocalError(message)
