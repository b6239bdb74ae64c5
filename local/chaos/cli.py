"""`stocktrading chaos` runs the local cloud under faults and recounts everything."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from local.directory import DIRECTORY

INTERRUPTED: Final = 130
"""A shell's exit code for a command that Ctrl-C has ended."""

SEEDS: Final = 100_000
"""A seed that nobody gave is below this number, so that it is short to type."""


def chaos(  # noqa: PLR0913 -- an option each
    *,
    rounds: Annotated[int, typer.Option(min=1, max=1_000, help="Number of rounds.")] = 1,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the first round; each later round has the next number."),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=5, max=600, help="Seconds in which a round's faults begin.")
    ] = 60,
    kinds: Annotated[int, typer.Option(min=1, max=20, help="Faults in a round.")] = 6,
    rate: Annotated[float, typer.Option(min=1, max=1_000, help="Trades a second.")] = 100,
    directory: Annotated[
        Path, typer.Option(file_okay=False, help="Directory for logs, state and outputs.")
    ] = DIRECTORY / "chaos",
) -> None:
    """Run the local cloud under faults, and recount everything.

    Each round kills and freezes processes, throttles and breaks requests, splits and merges shards,
    rescales, updates and rolls back the application, and sends wrong clocks, poison and broken
    packs. The seed chooses which faults, when and how. Then the oracle recounts every window and
    every dead letter from the records that were accepted. Exit code 0: all faults happened, and
    nothing is wrong, missing, half-counted or lost. The last line on stdout is one JSON object.

    Example: stocktrading chaos --rounds 3 --seed 7
    """
    import logging

    from common.errors import UserError
    from local.chaos import outcome
    from local.chaos.run import Campaign, Options
    from terminal.console import stderr

    console, begun = stderr(), time.monotonic()

    def say(line: str) -> None:
        console.message(f"{time.monotonic() - begun:6.1f} s  {line}")

    def tell(one: outcome.Outcome) -> None:
        console.print(one.faults())
        for line in one.lines():
            console.message(line, style=None if one.right else "red")

    directory.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=directory / "chaos.log", filemode="w", level=logging.INFO)
    options = Options(
        directory=directory.resolve(),
        seed=time.time_ns() % SEEDS if seed is None else seed,
        rounds=rounds,
        seconds=seconds,
        kinds=kinds,
        rate=rate,
    )
    campaign = Campaign(options, say, tell)
    try:
        campaign.run()
    except UserError as error:
        console.message(f"chaos: {error}", style="red")
        sys.exit(1)
    except KeyboardInterrupt:
        if campaign.outcomes:
            console.print(outcome.rounds(campaign.outcomes))
        console.print("chaos: interrupted; everything stopped", style="red")
        sys.exit(INTERRUPTED)
    console.print(outcome.rounds(campaign.outcomes))
    for line in outcome.repeat(campaign.outcomes):
        console.message(line)
    typer.echo(outcome.as_json(campaign.outcomes, rounds))
    sys.exit(0 if outcome.is_right(campaign.outcomes, rounds) else 1)
