"""`python -m simulator`: the producer without the other commands."""

import typer

from simulator.cli import simulate

typer.run(simulate)
