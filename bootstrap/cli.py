"""`stocktrading bootstrap`: a person's first deployment of a stack, and its removal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.errors import BootstrapError
from common.exit_codes import INTERRUPTED
from common.paths import ROOT

if TYPE_CHECKING:
    from bootstrap.run import Request
    from doctor.stack import StackSettings


def bootstrap(  # noqa: PLR0913 -- an option each
    stack: Annotated[str, typer.Argument(help="Stack to deploy. Deploy the tooling stack first.")],
    *,
    profile: Annotated[
        str | None, typer.Option(help="AWS profile of the stack's own account.")
    ] = None,
    tooling_profile: Annotated[
        str | None,
        typer.Option(help="AWS profile of the tooling account, for a workload stack's state."),
    ] = None,
    wait_minutes: Annotated[
        float,
        typer.Option(
            "--wait", min=0, max=600, help="Minutes to wait until you confirm the connection."
        ),
    ] = 0,
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Destroy everything instead, the state last.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before destroying.")] = False,
) -> None:
    """Deploy a stack for the first time, or destroy it.

    A tooling stack makes the bucket and the key for its own state. It is first
    deployed with its state on this machine. The state then moves to the bucket.
    The state of a workload stack is there from the beginning. If the command
    fails, run it again: it continues. One step is left for you: to confirm the
    connection with GitHub. The command prints its link at the end.

    Example: stocktrading bootstrap sandbox --profile workload --tooling-profile tooling
    """
    from bootstrap.run import Request

    request = Request(
        stack=stack,
        profile=profile,
        tooling_profile=tooling_profile,
        project=ROOT,
        say=_say,
    )
    _told_in_a_line(lambda: _away(request, yes=yes) if destroy else _up(request, wait_minutes))


def _up(request: Request, wait_minutes: float) -> None:
    from bootstrap.tooling import Tooling

    settings = request.settings()
    prepared = request.prepared(settings)
    outputs = prepared.up()
    if isinstance(prepared, Tooling):
        _after_tooling(request, settings, outputs, wait_minutes)
    else:
        _say(f"{request.stack} is up: {outputs.get('dashboard_url', '')}")
        _say("from now on the pipeline deploys it")


def _after_tooling(
    request: Request, settings: StackSettings, outputs: Mapping[str, Any], wait_minutes: float
) -> None:
    aws = request.aws(settings, request.profile)
    status = aws.connection()
    if status != "AVAILABLE":
        _say(f"the connection is {status}: confirm it once at")
        _say(f"  {outputs['connection_url']}", style="bold")
        if wait_minutes:
            aws.wait_for_handshake(wait_minutes)
            status = aws.connection()
    file = f"Pulumi.{request.stack}.yaml"
    _say(f"{request.stack} is deployed, and its connection is {status}. Next:")
    _say(f"  commit {file}, into which Pulumi wrote the key of the stack's secrets")
    for name in ("AWS_PREVIEW_ROLE_ARN", "PULUMI_BACKEND_URL"):
        output = {"AWS_PREVIEW_ROLE_ARN": "preview_role_arn"}.get(name, "state_backend_url")
        if outputs.get(output):
            _say(f"  set this variable of the repository, for previews: {name}={outputs[output]}")
    if outputs.get("preview_role_arn"):
        _say("  for previews, make a GitHub environment with required reviewers: docs/pipeline.md")
    _say("  run stocktrading bootstrap STACK for each workload stack, then push")


def _away(request: Request, *, yes: bool) -> None:
    settings = request.settings()
    prepared = request.prepared(settings)
    if not yes:
        asked = f"This destroys all of {request.stack}. Type its account's id to continue"
        if typer.prompt(asked, err=True) != settings.account_id:
            message = f"not confirmed: that isn't {settings.account_id}; nothing was changed"
            raise BootstrapError(message)
    prepared.away()
    _say(f"{request.stack} is gone")


def _say(line: str, style: str | None = None) -> None:
    from terminal.console import stderr

    stderr().message(line, style=style)


def _told_in_a_line(work: Callable[[], None]) -> None:
    try:
        work()
    except BootstrapError as error:
        _say(f"bootstrap: {error}", style="red")
        sys.exit(1)
    except KeyboardInterrupt:
        _say("bootstrap: interrupted; run the same command again to continue", style="red")
        sys.exit(INTERRUPTED)
