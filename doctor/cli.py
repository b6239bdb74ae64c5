"""`stocktrading doctor`: what a long command would fail for, before it does."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def doctor(
    *,
    stack: Annotated[
        str | None,
        typer.Option(help="Look at this stack's file and account too, by read-only calls."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="AWS profile whose credentials to look with.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Another endpoint than AWS's own, for an emulator.")
    ] = None,
    json_object: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of a table.")
    ] = False,
) -> None:
    """Say what is missing on this machine or in an account.

    A long command would fail for it later. This one changes nothing. Exit code 0:
    nothing is missing; 1: something is, with what to do about it. Without --stack
    nothing leaves this machine.

    Example: stocktrading doctor --stack sandbox --profile workload
    """
    from doctor.check import as_json, ready, table
    from doctor.machine import Host, machine

    host = Host()
    checks = machine(host, deploys=stack is not None and endpoint is None)
    if stack:
        from doctor.look import look

        checks += look(host, stack, profile=profile, endpoint=endpoint)
    if json_object:
        typer.echo(as_json(checks))
    else:
        typer.echo(table(checks, colours=sys.stdout.isatty()))
    raise typer.Exit(0 if ready(checks) else 1)
