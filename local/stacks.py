"""The project's stacks on one endpoint: deployed, written down, deleted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local.accounts import TOOLING, WORKLOAD
from local.clients import Clients
from local.deploy.deployment import Deployment
from local.deploy.plan import Report, Summary
from local.directory import PROJECT

NAMESPACE: Final = "stocktrading-analytics"
"""The project's name, which its configuration keys begin with."""

ACCOUNTS: Final[Mapping[str, str]] = {"tooling": TOOLING, "sandbox": WORKLOAD}
"""Each stack's account, in the order of deployment: a trust policy in the workload account names a
role of the tooling account, which must exist by then."""


OWN: Final[Mapping[str, Mapping[str, object]]] = {
    # Who sends trades here is whoever reaches the emulator, and sends with the stack's own role.
    "sandbox": {f"{NAMESPACE}:producer.trusted": [f"arn:aws:iam::{WORKLOAD}:root"]},
}
"""Settings of a stack that are the local cloud's."""


def _quiet(_action: str, _resource: object) -> None:
    """Report nothing."""


@dataclass(frozen=True, kw_only=True)
class Stacks:
    """Deploys the project's stacks on an endpoint; outputs and state go under `directory`."""

    clients: Clients
    directory: Path
    project: Path = PROJECT
    report: Report = field(default=_quiet)

    def outputs_file(self, stack: str) -> Path:
        """Where a stack's outputs are for those who read them from a file."""
        return self.directory / f"{stack}.json"

    def up(
        self, stack: str, overrides: Mapping[str, object] | None = None
    ) -> tuple[dict[str, Any], Summary]:
        """Deploy a stack, over what there is; give its outputs and what was done.

        Raises `LocalError` in one line.
        """
        own = {
            f"{NAMESPACE}:endpoint": self.clients.endpoint,
            f"{NAMESPACE}:account_id": ACCOUNTS[stack],
            **OWN.get(stack, {}),
        }
        outputs, summary = self._deployment(stack).up({**own, **(overrides or {})})
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

    def _deployment(self, stack: str) -> Deployment:
        return Deployment(
            stack=stack,
            account=ACCOUNTS[stack],
            clients=self.clients,
            state=self.directory / "state",
            project=self.project,
            report=self.report,
        )
