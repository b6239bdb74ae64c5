"""`stocktrading dead-letters`: every rejected record, also those behind a letter for many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from common.paths import LOCAL_OUTPUTS


def dead_letters(
    letters: Annotated[
        Path, typer.Argument(help="File of dead letters, one a line; - is standard input.")
    ] = Path("-"),
    outputs: Annotated[
        Path, typer.Option(help="File of the stack's outputs: pulumi stack output --json.")
    ] = LOCAL_OUTPUTS,
    max_future_seconds: Annotated[
        int, typer.Option(min=0, help="The job's MaxFutureSeconds when the records came.")
    ] = 60,
) -> None:
    """Print a dead letter for each rejected record.

    Above a rate the job writes one letter for many records. For each such letter the records are
    read again from the ingest stream, as long as that keeps them. A letter for one record is
    printed as it is. Where records are missing, the command says so and ends with 1.

    Example: aws s3 cp s3://BUCKET/dead-letters/KEY - | stocktrading dead-letters --outputs out.json
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from common.errors import UserError
    from oracle.letters import print_letters
    from oracle.verdict import Rules

    try:
        missing = print_letters(letters, outputs, Rules(max_future_seconds=max_future_seconds))
    except (OSError, ValueError, UserError, BotoCoreError, ClientError) as error:
        typer.echo(f"dead-letters: {error}", err=True)
        raise typer.Exit(1) from error
    if missing:
        raise typer.Exit(1)
