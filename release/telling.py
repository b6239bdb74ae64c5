"""How the commands speak: lines for a person on stderr, one JSON object on stdout where asked."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from release.errors import ReleaseError

console: Final = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Say something to a person."""
    console.print(message)


def tell(message: str, told: Mapping[str, Any], *, as_json: bool) -> None:
    """Tell the result, to a person and, where asked, to a machine."""
    say(message)
    if as_json:
        typer.echo(json.dumps(told))


@contextmanager
def one_line(command: str) -> Generator[None]:
    """Tell what goes wrong in one line, and end with 1."""
    try:
        yield
    except (ReleaseError, ClientError, BotoCoreError) as error:
        reason = " ".join(str(error).split())
        console.print(f"release {command}: {reason}", style="red")
        raise typer.Exit(1) from error
