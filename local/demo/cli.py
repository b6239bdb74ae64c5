"""`stocktrading demo` runs the whole system on this machine and recounts every result."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from common.exit_codes import INTERRUPTED
from local.directory import DIRECTORY

LATE_SECONDS: Final = 600
"""Late trades are this much older than others, far more than any watermark delay."""

JITTER_SECONDS: Final = 1
"""Trades are out of order by at most this much, which is less than the watermark's delay."""


def demo(  # noqa: PLR0913 -- an option each
    *,
    seconds: Annotated[
        float | None,
        typer.Option("--for", min=1, help="Seconds that the job runs. Without it: until Ctrl-C."),
    ] = None,
    rate: Annotated[float, typer.Option(min=1, max=5_000, help="Trades a second.")] = 100,
    bad_share: Annotated[
        float, typer.Option(min=0, max=0.5, help="Share of records that are not valid trades.")
    ] = 0.005,
    late_share: Annotated[
        float, typer.Option(min=0, max=0.5, help="Share of trades that come ten minutes late.")
    ] = 0.005,
    seed: Annotated[
        int | None, typer.Option(help="Any whole number. The same number gives the same trades.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the emulator. 0: a free one.")
    ] = 0,
    directory: Annotated[
        Path, typer.Option(file_okay=False, help="Directory for logs, state and outputs.")
    ] = DIRECTORY,
    board_port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the board. 0: a free one.")
    ] = 0,
    open_board: Annotated[
        bool, typer.Option("--open", help="Open the board in your browser.")
    ] = False,
) -> None:
    """Run the whole system here, send trades, check every result.

    Everything runs on this machine. Results are shown as they come. At the end, everything in the
    streams is recounted. The last line on stdout is one JSON object. The exit code is 0 if nothing
    is wrong or missing.

    Example: stocktrading demo --for 90
    """
    from terminal.answer import answer
    from terminal.console import stderr

    begun = time.time()
    console = stderr()
    console.message("   0.0 s  starting: the first result comes in about half a minute")

    import logging

    from common.errors import UserError
    from components.streaming import archive
    from local.demo.parts import Options
    from local.demo.run import Demo
    from local.demo.view import View
    from release.package import find_stale
    from simulator.errors import OptionError
    from simulator.faults import Faults

    if stale := find_stale(archive.DISTRIBUTION):
        console.message(f"warning: {stale}", style="red")
    directory.mkdir(parents=True, exist_ok=True)
    # The components' own warnings would break the live table.
    logging.basicConfig(filename=directory / "demo.log", filemode="w", level=logging.INFO)
    try:
        options = Options(
            directory=directory,
            port=port,
            board_port=board_port,
            open_board=open_board,
            seconds=seconds,
            rate=rate,
            seed=time.time_ns() if seed is None else seed,
            faults=Faults(
                bad_share=bad_share,
                late_share=late_share,
                late_by=LATE_SECONDS,
                jitter=JITTER_SECONDS,
            ),
            begun=begun,
        )
        outcome = Demo(options, View(console)).run()
    except (UserError, OptionError) as error:
        console.message(f"demo: {error}", style="red")
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("demo: interrupted before there were results to check", style="red")
        sys.exit(INTERRUPTED)
    for line in outcome.lines():
        console.message(line)
    answer("demo", outcome.as_json())
    sys.exit(0 if outcome.right else 1)
