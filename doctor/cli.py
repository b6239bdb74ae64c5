"""`stocktrading doctor`: says beforehand why a long command would fail."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def doctor(
    *,
    stack: Annotated[
        str | None,
        typer.Option(help="Also check this stack's file and account, by read-only calls."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="AWS profile with the credentials for the checks.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Endpoint of an emulator, in place of AWS's own.")
    ] = None,
    json_object: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, not a table.")
    ] = False,
) -> None:
    """Say what is missing on this machine or in an account.

    It finds what would make a long command fail later. It changes nothing. Exit
    code 0 means that nothing is missing. Exit code 1 means that something is, and
    the output says what to do. Without --stack it uses no network.

    Example: stocktrading doctor --stack sandbox --profile workload
    """
    from doctor.check import as_json, ready, table
    from doctor.machine import Host, machine
    from terminal.answer import answer

    host = Host()
    checks = machine(host, deploys=stack is not None and endpoint is None)
    if stack:
        from doctor.look import look

        checks += look(host, stack, profile=profile, endpoint=endpoint)
    if json_object:
        answer("doctor", as_json(checks))
    else:
        typer.echo(table(checks, colours=sys.stdout.isatty()))
    raise typer.Exit(0 if ready(checks) else 1)
