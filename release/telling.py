"""How the commands print: lines for a person on stderr, and with --json one object on stdout."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table
from rich.text import Text

from common import errors
from common.errors import UserError
from common.exit_codes import FAILED
from release.evidence import Answer, Check
from release.verify import now
from terminal.answer import answer
from terminal.console import stderr, stdout

MARKS: Final[Mapping[Answer, tuple[str, str]]] = {
    "yes": ("ok", "green"),
    "no": ("FAILED", "red"),
    "not yet": ("waiting", "yellow"),
    "not told": ("-", "dim"),
}

console: Final = stderr()

_command: Final = ContextVar[str]("command")


def say(message: str) -> None:
    """Print a message to stderr."""
    console.message(message)


def tell(message: str, told: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the result: a message to stderr, and with --json an object to stdout."""
    say(message)
    if as_json:
        tell_program(told)


def tell_program(told: Mapping[str, Any]) -> None:
    """Print the object of the command that runs in `one_line`."""
    answer(_command.get(), told)


def show_rows(name: str, rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """Print rows as a table to stdout, or as one object that has them as `name`."""
    if as_json:
        tell_program({name: list(rows)})
    elif not rows:
        say(f"no {name}")
    else:
        first, *others = rows[0]
        table = Table(box=None)
        table.add_column(first, no_wrap=True)  # a name that another command takes is shown whole
        for each in others:
            table.add_column(each)
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        stdout().print(table)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


@contextmanager
def one_line(command: str, group: str = "release") -> Generator[None]:
    """Print an error in one line, and exit with 1, or with 2 for a wrong option."""
    _command.set(f"{group} {command}")
    try:
        yield
    except (UserError, ClientError, BotoCoreError) as error:
        console.message(f"{group} {command}: {errors.one_line(error)}", style="red")
        raise typer.Exit(error.code if isinstance(error, UserError) else FAILED) from error


def show(checks: Sequence[Check]) -> None:
    """Print the state of a roll-out, one line for each check."""
    stamp = f"{now():%H:%M:%S}"
    for check in checks:
        mark, style = MARKS[check.state]
        console.message(
            Text.assemble(
                (f"{stamp} ", "dim"), (f"{mark:8}", style), f"{check.name:11}{check.words}"
            )
        )
