"""Small programs to deploy, written by the test that runs them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.deploy.plan import Action, Summary
from local.stacks import Deploys


class Program:
    """A program to deploy, and the changes that its runs report."""

    def __init__(
        self, deployment: Deploys, project: Path, state: Path, done: list[tuple[Action, str]]
    ) -> None:
        """Deploy a project with `deployment`, which adds its changes to `done`."""
        self.deployment = deployment
        self.project = project
        self.state = state
        self.done = done
        self.summary = Summary()

    def up(
        self, *lines: str, config: Mapping[str, object] | None = None, refresh: bool = False
    ) -> dict[str, Any]:
        """Write the program, run it, and give the stack's outputs."""
        head = ("import pulumi", "import pulumi_aws as aws")
        main = self.project / "__main__.py"
        main.write_text("\n".join([*head, *lines]))
        self.done.clear()
        outputs, self.summary = self.deployment.up(config, refresh=refresh)
        return outputs
