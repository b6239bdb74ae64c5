"""How a command for dead letters ends: its errors, and its exit codes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

import typer

from common.exit_codes import FAILED, USAGE


@contextmanager
def errors() -> Generator[None]:
    """Turn errors into one line and an exit code."""
    from botocore.exceptions import BotoCoreError, ClientError

    from common.errors import UserError, one_line
    from simulator.errors import OptionError

    try:
        yield
    except OptionError as error:
        fail(str(error), USAGE)
    except OSError as error:
        fail(f"{error.filename or 'error'}: {error.strerror or error}", FAILED)
    except (UserError, BotoCoreError, ClientError) as error:
        fail(one_line(error), FAILED)


def end(*, complete: bool) -> None:
    """End with the exit code for failure unless everything was done."""
    if not complete:
        raise typer.Exit(FAILED)


def fail(message: str, code: int) -> NoReturn:
    """Print an error of one line, and end with the exit code."""
    from terminal.text import visible

    typer.echo(f"dead-letters: {visible(message)}", err=True)
    raise typer.Exit(code)
