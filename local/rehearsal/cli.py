"""`stocktrading release-demo` runs the pipeline for three commits under load."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from common.exit_codes import INTERRUPTED
from components.pipeline.buildspec import CHECKS
from local.demo.cli import JITTER_SECONDS, LATE_SECONDS
from local.directory import DIRECTORY

FAULTS_SHARE = 0.005
"""Share of late trades, and share of invalid records."""


def release_demo(  # noqa: PLR0913 -- an option each
    *,
    checks: Annotated[
        str,
        typer.Option(
            help="Targets that the build checks each commit with; the pipeline's own are "
            f"'{' '.join(CHECKS)}', which take minutes for each."
        ),
    ] = "lint",
    rate: Annotated[float, typer.Option(min=1, max=1_000, help="Trades a second.")] = 100,
    verify_minutes: Annotated[
        int,
        typer.Option(
            min=2, max=45, help="Minutes within which a roll-out must show that it works."
        ),
    ] = 8,
    seed: Annotated[
        int | None, typer.Option(help="Any whole number. The same number gives the same trades.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the emulator. 0: a free one.")
    ] = 0,
    directory: Annotated[
        Path, typer.Option(file_okay=False, help="Directory for logs, clone and state.")
    ] = DIRECTORY / "rehearsal",
) -> None:
    """Rehearse the pipeline here: three commits, under load.

    The first commit changes the job. The second fails at its start. The third starts, then fails
    again and again. The buildspecs are those of the deployed pipeline, and run only with its roles'
    credentials. Exit code 0: the first is deployed, the others are rolled back, and a recount finds
    no window wrong or missing. The last line on stdout is one JSON object.

    Example: stocktrading release-demo --checks "lint test-java"
    """
    import logging

    from common.errors import UserError
    from local.rehearsal.parts import Options
    from local.rehearsal.run import Rehearsal
    from local.rehearsal.view import RehearsalView
    from simulator.errors import OptionError
    from simulator.faults import Faults
    from terminal.answer import answer
    from terminal.console import stderr

    console = stderr()
    directory.mkdir(parents=True, exist_ok=True)
    # The components' own warnings would break the live lines.
    logging.basicConfig(filename=directory / "rehearsal.log", filemode="w", level=logging.INFO)
    faults = Faults(
        bad_share=FAULTS_SHARE,
        late_share=FAULTS_SHARE,
        late_by=LATE_SECONDS,
        jitter=JITTER_SECONDS,
    )
    try:
        options = Options(
            directory=directory.resolve(),
            port=port,
            rate=rate,
            seed=time.time_ns() if seed is None else seed,
            checks=checks,
            verify_minutes=verify_minutes,
            faults=faults,
        )
        rehearsed = Rehearsal(options, RehearsalView(console)).run()
    except (UserError, OptionError) as error:
        console.message(f"release-demo: {error}", style="red")
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("release-demo: interrupted; everything stopped", style="red")
        sys.exit(INTERRUPTED)
    console.print(rehearsed.table())
    for line in rehearsed.words():
        console.message(line)
    answer("release-demo", rehearsed.as_json())
    sys.exit(0 if rehearsed.right else 1)
