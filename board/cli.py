"""`stocktrading board` shows any deployed stack on a page, with the person's own credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from board.address import PORT
from common.exit_codes import FAILED, USAGE


def board(  # noqa: PLR0913 -- one parameter for each option
    *,
    stack: Annotated[str | None, typer.Option(help="A stack. Pulumi gives its outputs.")] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(help="A file of `pulumi stack output --json`, or - for standard input."),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="The local cloud. This is the default.")
    ] = False,
    job_status: Annotated[
        Path | None,
        typer.Option(help="Status file of the job. Default: the local cloud's."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1; 0: a free one.")
    ] = PORT,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in your browser.")
    ] = False,
) -> None:
    """Show a running stack on a web page, only on this machine.

    It only reads, with your own AWS credentials. It runs until Ctrl-C. Exit code 0: ended by
    Ctrl-C. 1: it can't start. 2: a wrong option.

    Example: stocktrading board --stack sandbox
    """
    given = [name for name, value in (("--stack", stack), ("--outputs", outputs)) if value]
    given += ["--local"] * local
    if len(given) > 1:
        _fail(f"given {' and '.join(given)}; allowed: one of them", USAGE)
    from board.address import address, listen
    from board.monitor import StackMonitor
    from board.server import serve
    from board.stack import Stack
    from common.browser import open_page
    from common.errors import UserError
    from common.paths import job_status_file
    from terminal.console import stderr

    try:
        with listen(port) as listener:
            found = Stack.find(stack, outputs)
            if not (stack or outputs):
                job_status = job_status or job_status_file(found.application_name)
            found.require_credentials()
            monitor = StackMonitor(found, job_status=job_status)
            stderr().message(f"board of {found.place} at {address(listener)}")
            # The port already listens, so the browser waits until the server answers.
            if open_browser and (problem := open_page(address(listener))):
                stderr().message(problem)
            serve(monitor, listener)
    except UserError as error:
        _fail(str(error), FAILED)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"board: {message}", err=True)
    raise typer.Exit(code)
