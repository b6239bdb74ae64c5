"""The project's stacks on one endpoint: deployed, written down, deleted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias

from local.accounts import ACCOUNTS, NAMESPACE, WORKLOAD
from local.clients import Clients
from local.deploy.deployment import Deployment
from local.deploy.plan import Report, Summary
from local.directory import PROJECT

OWN: Final[Mapping[str, Mapping[str, object]]] = {
    # Who sends trades here is whoever reaches the emulator, and sends with the stack's own role.
    "sandbox": {f"{NAMESPACE}:producer.trusted": [f"arn:aws:iam::{WORKLOAD}:root"]},
}
"""Settings of a stack that are the local cloud's."""


Engine: TypeAlias = Literal["in-process", "pulumi"]
"""What deploys: our own engine, which needs nothing besides, or Pulumi's, whose command line must
be there."""


class Deploys(Protocol):
    """Deploys one stack."""

    def up(
        self, overrides: Mapping[str, object] | None = None, *, refresh: bool = False
    ) -> tuple[dict[str, Any], Summary]:
        """Make the stack what the program says; give its outputs and what was done."""
        ...

    def destroy(self) -> Summary:
        """Delete everything that it made."""
        ...


def _quiet(_action: str, _resource: object) -> None:
    """Report nothing."""


@dataclass(frozen=True, kw_only=True)
class Stacks:
    """Deploys the project's stacks on an endpoint; outputs and state go under `directory`."""

    clients: Clients
    directory: Path
    project: Path = PROJECT
    report: Report = field(default=_quiet)
    engine: Engine = "in-process"

    def outputs_file(self, stack: str) -> Path:
        """Where a stack's outputs are for those who read them from a file."""
        return self.directory / f"{stack}.json"

    def up(
        self,
        stack: str,
        overrides: Mapping[str, object] | None = None,
        *,
        refresh: bool = False,
    ) -> tuple[dict[str, Any], Summary]:
        """Deploy a stack, over what there is; give its outputs and what was done.

        With `refresh`, what others changed is changed back. Raises `LocalError` in one line.
        """
        own = {
            f"{NAMESPACE}:endpoint": self.clients.endpoint,
            f"{NAMESPACE}:account_id": ACCOUNTS[stack],
            **OWN.get(stack, {}),
        }
        outputs, summary = self._deployment(stack).up({**own, **(overrides or {})}, refresh=refresh)
        file = self.outputs_file(stack)
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(outputs, indent=2) + "\n", "utf-8")
        draft.replace(file)
        return outputs, summary

    def destroy(self, stack: str) -> Summary:
        """Delete everything that a stack made."""
        summary = self._deployment(stack).destroy()
        self.outputs_file(stack).unlink(missing_ok=True)
        return summary

    def _deployment(self, stack: str) -> Deploys:
        return deployment(
            self.engine,
            stack=stack,
            account=ACCOUNTS[stack],
            clients=self.clients,
            state=self.directory / "state",
            project=self.project,
            report=self.report,
        )


def deployment(engine: Engine, **of: Any) -> Deploys:  # noqa: ANN401 -- the fields of `Deployment`
    """Give what deploys a stack with an engine; `of` are the fields of `Deployment`."""
    if engine == "in-process":
        return Deployment(**of)
    from local.deploy.pulumi_deployment import (  # noqa: PLC0415 -- takes a second that most don't need
        PulumiDeployment,
    )

    return PulumiDeployment(**of)
