"""The project's policy pack for an in-process deployment: its pure rules, without Pulumi."""

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
    """Refuses violations of mandatory rules.

    As in Pulumi's engine, the rules for one resource are checked before it is created, and the
    rules for the whole stack at the end.
    """

    rules: Sequence[Rule]
    exemptions: Sequence[Exemption]

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Load the pack of a directory. Raises `LocalError` if the directory contains no pack."""
        if not (directory / MANIFEST).is_file():
            message = f"{directory} isn't a policy pack: it contains no {MANIFEST}"
            raise LocalError(message)
        pack: Any = importlib.import_module(f"{directory.name}.pack")
        return cls(rules=pack.RULES, exemptions=pack.EXEMPTIONS)

    def check(self, wanted: Registration) -> None:
        """Check one resource against the rules for its type."""
        one = Resource(kind=wanted.type, name=wanted.name, props=wanted.inputs, urn=wanted.urn)
        self._refuse([rule for rule in self.rules if isinstance(rule, ResourceRule)], [one])

    def conclude(self, made: Iterable[Made]) -> None:
        """Check all resources against the rules for a whole stack."""
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
