"""Small programs to deploy, written by the test that runs them."""

from collections.abc import Mapping
from typing import Any

from local.deploy.deployment import Deployment
from local.deploy.plan import Action, Summary


class Program:
    """A program to deploy, and what its runs report."""

    def __init__(self, deployment: Deployment, done: list[tuple[Action, str]]) -> None:
        """Deploy with `deployment`, which writes to `done` what it does."""
        self.deployment = deployment
        self.done = done
        self.summary = Summary()

    def up(self, *lines: str, config: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Write the program, run it, and give the stack's outputs."""
        head = ("import pulumi", "import pulumi_aws as aws")
        main = self.deployment.project / "__main__.py"
        main.write_text("\n".join([*head, *lines]))
        self.done.clear()
        outputs, self.summary = self.deployment.up(config)
        return outputs
