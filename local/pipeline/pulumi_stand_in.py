"""A stand-in for Pulumi's command line, for the rehearsal of the pipeline only.

It supports only the commands and options that the deploy's buildspec and `stocktrading release`
use. Any other command or option is refused by name. It has no permissions of its own: it signs with
the credentials in the environment, and deploys only with the role that the stack's provider
assumes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Final, Self, cast

import typer
import yaml

from local.clients import Clients, Credentials
from local.deploy import pulumi_command
from local.deploy.deployment import Deployment
from local.deploy.plan import Action
from local.deploy.policy_pack import PolicyPack
from local.deploy.state import Resource, StackState
from local.errors import LocalError
from local.pipeline.state_backend import StateBackend, Stored, keep_outcome, open_secrets

SELF: Final = "pulumi (stand-in)"

app = typer.Typer(name="pulumi", no_args_is_help=True, pretty_exceptions_enable=False)
stack_app = typer.Typer(no_args_is_help=True)
config_app = typer.Typer(no_args_is_help=True)
plugin_app = typer.Typer(no_args_is_help=True)
app.add_typer(stack_app, name="stack")
app.add_typer(plugin_app, name="plugin")
app.add_typer(config_app, name="config")

YesOption = Annotated[bool, typer.Option("--yes")]
QuietOption = Annotated[bool, typer.Option("--non-interactive")]


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The context of one command: the project in this directory, and what earlier commands set."""

    clients: Clients
    account: str
    project: Path
    home: Path
    """The directory where `login` and `stack select` write values for the next command."""

    @classmethod
    def here(cls) -> Self:
        """Read credentials, endpoint and directory from the environment."""
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        missing = [name for name in (*names, "AWS_SESSION_TOKEN", "PULUMI_HOME") if not _env(name)]
        if missing:
            message = f"{', '.join(missing)} not set: this is Pulumi's stand-in in a rehearsal only"
            raise LocalError(message)
        credentials: Credentials = {
            "aws_access_key_id": _env("AWS_ACCESS_KEY_ID"),
            "aws_secret_access_key": _env("AWS_SECRET_ACCESS_KEY"),
            "aws_session_token": _env("AWS_SESSION_TOKEN"),
        }
        clients = Clients(_env("AWS_ENDPOINT_URL"))
        account = clients.client_as("sts", credentials).get_caller_identity()["Account"]
        return cls(
            clients=clients.acting_as(account, credentials),
            account=account,
            project=Path.cwd(),
            home=Path(_env("PULUMI_HOME")),
        )

    @property
    def project_name(self) -> str:
        """Name of the project."""
        text = (self.project / "Pulumi.yaml").read_text("utf-8")
        return str(cast("Mapping[str, Any]", yaml.safe_load(text))["name"])

    def backend(self, url: str | None = None) -> StateBackend:
        """Give the backend at `url`. Default: the backend of the last `login`."""
        address = url or self.remembered("backend", "pulumi login s3://BUCKET")
        s3 = self.clients.client("s3", self.account)
        return StateBackend.of_url(s3, address, self.project_name)

    def remember(self, what: str, value: str) -> None:
        """Store a value for the next command."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / what).write_text(value, "utf-8")

    def remembered(self, what: str, command: str) -> str:
        """Give a value that an earlier command stored. `command` is the command that stores it."""
        try:
            return (self.home / what).read_text("utf-8")
        except FileNotFoundError as error:
            message = f"no {what} yet: run {command} first"
            raise LocalError(message) from error

    def selected(self) -> str:
        """Give the stack that was selected last."""
        return self.remembered("stack", "pulumi stack select STACK")


@app.command("version")
def show_version() -> None:
    """Print the version that the pipeline installs, so that `.ci/install-pulumi` accepts it."""
    typer.echo(f"v{pulumi_command.version()}")


@plugin_app.command("ls")
def list_plugins(*, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the AWS plugin of the SDK's version, so that `.ci/install-pulumi` fetches none."""
    with _told("plugin ls"):
        _require("--json", given=as_json)
        plugin = {"name": "aws", "kind": "resource", "version": metadata.version("pulumi-aws")}
        typer.echo(json.dumps([plugin]))


@app.command()
def login(url: str, *, non_interactive: QuietOption = False) -> None:
    """Use the backend at URL for the following commands."""
    with _told("login"):
        _require("--non-interactive", given=non_interactive)
        workspace = Workspace.here()
        workspace.backend(url).stacks()
        workspace.remember("backend", url)
        typer.echo(f"logged in to {url}")


@stack_app.command("select")
def select(
    stack: str,
    secrets_provider: Annotated[str, typer.Option("--secrets-provider")],
    *,
    create: Annotated[bool, typer.Option("--create")] = False,
) -> None:
    """Select a stack for the following commands. With --create, make it if it is missing."""
    with _told("stack select"):
        workspace = Workspace.here()
        open_secrets(workspace.clients.client("kms", workspace.account), secrets_provider)
        backend = workspace.backend()
        if stack not in backend.stacks():
            if not create:
                message = f"no stack {stack}; stacks: {', '.join(backend.stacks()) or 'none'}"
                raise LocalError(message)
            backend.write(stack, Stored.empty())
        workspace.remember("stack", stack)


@stack_app.command("output")
def output(
    stack: Annotated[str, typer.Option("--stack")],
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print a stack's outputs as JSON."""
    with _told("stack output"):
        _require("--json", given=as_json)
        stored = Workspace.here().backend().read(stack)
        if stored is None:
            message = f"no stack named '{stack}' found"
            raise LocalError(message)
        typer.echo(json.dumps(stored.outputs, indent=2))


@config_app.command("set")
def set_config(key: str, value: str) -> None:
    """Set a value in the configuration file of the selected stack."""
    with _told("config set"):
        workspace = Workspace.here()
        path = workspace.project / f"Pulumi.{workspace.selected()}.yaml"
        content = cast("dict[str, Any]", yaml.safe_load(path.read_text("utf-8")))
        name = key if ":" in key else f"{workspace.project_name}:{key}"
        content.setdefault("config", {})[name] = value
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


@app.command()
def up(  # noqa: PLR0913 -- the options of the command
    policy_pack: Annotated[Path, typer.Option("--policy-pack")],
    message: Annotated[str, typer.Option("--message")],
    *,
    yes: YesOption = False,
    non_interactive: QuietOption = False,
    refresh: Annotated[bool, typer.Option("--refresh")] = False,
    run_program: Annotated[bool, typer.Option("--run-program")] = False,
) -> None:
    """Deploy the selected stack. The policy pack checks every resource first."""
    with _told("up"):
        # This stand-in always refreshes with the program's provider. The real one only does so with
        # the option, and would else use the provider in the state.
        if refresh:
            _require("--run-program", given=run_program)
        _require("--yes", given=yes)
        _require("--non-interactive", given=non_interactive)
        workspace = Workspace.here()
        typer.echo(f"updating {workspace.selected()}: {message}")
        typer.echo(_up(workspace, PolicyPack.load(workspace.project / policy_pack), refresh))


def _up(workspace: Workspace, pack: PolicyPack, refresh: bool) -> str:  # noqa: FBT001 -- the option
    stack, backend = workspace.selected(), workspace.backend()
    with backend.locked(stack), tempfile.TemporaryDirectory() as scratch:
        stored = backend.read(stack) or Stored.empty()
        state = Path(scratch) / f"{stack}.json"
        if stored.state:
            state.write_text(stored.state, "utf-8")
        outputs = stored.outputs
        deployment = Deployment(
            stack=stack,
            account=workspace.account,
            clients=workspace.clients,
            state=Path(scratch),
            project=workspace.project,
            report=_report,
            check=pack.check,
        )
        try:
            outputs, summary = deployment.up(refresh=refresh)
            pack.conclude(StackState(state, workspace.clients.endpoint))
        finally:
            keep_outcome(backend, stack, state, outputs)
    return str(summary)


def _report(action: Action, resource: Resource) -> None:
    if action != "unchanged":
        typer.echo(f"{action} {resource.name} ({resource.type})")


def _env(name: str) -> str:
    return os.environ.get(name, "")


def _require(option: str, *, given: bool) -> None:
    if not given:
        message = f"without {option} is not supported"
        raise LocalError(message)


@contextmanager
def _told(command: str) -> Generator[None]:
    """Print an error as one line on stderr, and exit with 255, as Pulumi does."""
    try:
        yield
    except LocalError as error:
        print(f"{SELF} {command}: {error}", file=sys.stderr)  # noqa: T201 -- a command's stderr
        sys.exit(255)


if __name__ == "__main__":
    app()
