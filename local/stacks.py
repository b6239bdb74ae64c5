"""Deploys and deletes the project's stacks on one endpoint, and stores their outputs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias

from common.files import write_whole
from local.accounts import NAMESPACE, WORKLOAD, account_of
from local.clients import Clients
from local.deploy.deployment import Deployment
from local.deploy.plan import Report, Summary
from local.directory import PROJECT

OWN: Final[Mapping[str, Mapping[str, object]]] = {
    # Anyone who can reach the emulator may send trades, with the stack's own role for producers.
    "sandbox": {f"{NAMESPACE}:producer.trusted": [f"arn:aws:iam::{WORKLOAD}:root"]},
}
"""The local cloud's settings of a stack."""


Engine: TypeAlias = Literal["in-process", "pulumi"]
"""The engine that deploys. `in-process` is the project's own engine, which needs no other program.
`pulumi` is Pulumi's engine, which needs Pulumi's command line."""


class Deploys(Protocol):
    """Deploys one stack."""

    def up(
        self, overrides: Mapping[str, object] | None = None, *, refresh: bool = False
    ) -> tuple[dict[str, Any], Summary]:
        """Deploy the stack as the program describes it. Give its outputs and the changes."""
        ...

    def destroy(self) -> Summary:
        """Delete all resources of the stack."""
        ...


def _quiet(_action: str, _resource: object) -> None:
    """Report nothing."""


@dataclass(frozen=True, kw_only=True)
class Stacks:
    """Deploys the project's stacks on an endpoint. `directory` gets their outputs and state."""

    clients: Clients
    directory: Path
    project: Path = PROJECT
    report: Report = field(default=_quiet)
    engine: Engine = "in-process"

    def outputs_file(self, stack: str) -> Path:
        """Give the file with a stack's outputs."""
        return self.directory / f"{stack}.json"

    def up(
        self,
        stack: str,
        overrides: Mapping[str, object] | None = None,
        *,
        refresh: bool = False,
    ) -> tuple[dict[str, Any], Summary]:
        """Deploy a stack for the first time or again. Give its outputs and the changes.

        With `refresh`, changes that were made outside of the deployment are undone. Raises
        `LocalError` in one line.
        """
        own = {
            f"{NAMESPACE}:endpoint": self.clients.endpoint,
            f"{NAMESPACE}:account_id": account_of(stack),
            **OWN.get(stack, {}),
        }
        outputs, summary = self._deployment(stack).up({**own, **(overrides or {})}, refresh=refresh)
        write_whole(self.outputs_file(stack), json.dumps(outputs, indent=2) + "\n")
        return outputs, summary

    def destroy(self, stack: str) -> Summary:
        """Delete all resources of a stack."""
        summary = self._deployment(stack).destroy()
        self.outputs_file(stack).unlink(missing_ok=True)
        return summary

    def _deployment(self, stack: str) -> Deploys:
        return deployment(
            self.engine,
            stack=stack,
            account=account_of(stack),
            clients=self.clients,
            state=self.directory / "state",
            project=self.project,
            report=self.report,
        )


def deployment(engine: Engine, **of: Any) -> Deploys:  # noqa: ANN401 -- the fields of `Deployment`
    """Give the deployment of a stack with an engine. `of` are the fields of `Deployment`."""
    if engine == "in-process":
        return Deployment(**of)
    from local.deploy.pulumi_deployment import (  # noqa: PLC0415 -- takes a second that most don't need
        PulumiDeployment,
    )

    return PulumiDeployment(**of)
