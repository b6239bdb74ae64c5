"""`stocktrading board`: the page over any deployed stack, with the person's own credentials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from board.address import PORT

if TYPE_CHECKING:
    from board.stack import Stack

FAILED: Final = 1
USAGE: Final = 2


def board(
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
    from board.errors import BoardError
    from board.server import serve
    from board.watch import Watch
    from terminal.console import stderr

    try:
        with listen(port) as listener:
            found, status = _find(stack, outputs)
            found.require_credentials()
            watch = Watch(found, job_status=job_status or status)
            stderr().message(f"board of {found.place} at {address(listener)}")
            serve(watch, listener)
    except BoardError as error:
        _fail(str(error), FAILED)


def _find(stack: str | None, outputs: Path | None) -> tuple[Stack, Path | None]:
    from board.errors import BoardError
    from board.stack import LOCAL_OUTPUTS, Stack

    if stack:
        return Stack.from_stack(stack), None
    if outputs:
        return Stack.from_file(outputs), None
    if not LOCAL_OUTPUTS.exists():
        message = (
            f"{LOCAL_OUTPUTS}: missing: no local cloud runs in this directory; start one with "
            "`make demo`, or name a stack with --stack NAME or --outputs FILE"
        )
        raise BoardError(message)
    found = Stack.from_file(LOCAL_OUTPUTS)
    # Where the local cloud's Managed Flink keeps each application's status.
    return found, LOCAL_OUTPUTS.parent / "flink" / found.application_name / "status.json"


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"board: {message}", err=True)
    raise typer.Exit(code)
