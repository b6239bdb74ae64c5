"""The command line: one family of commands, one module a room."""

import typer

from board.cli import board
from bootstrap.cli import bootstrap
from components.config.cli import config_command
from components.sizing.cli import capacity_command
from doctor.cli import doctor
from local.cli import app as local
from local.demo.command import demo
from local.rehearsal.command import release_demo
from release.cli import app as release
from simulator.cli import simulate

app = typer.Typer(
    name="stocktrading",
    help="Near-real-time stock analytics on AWS, and all of it on one machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a user's mistake gets one line; a defect its plain traceback
)
app.add_typer(release)
app.add_typer(local)
app.command()(doctor)
app.command()(bootstrap)
app.command()(demo)
app.command("release-demo")(release_demo)
app.command()(board)
app.command()(simulate)
app.command("capacity")(capacity_command)
app.command("config")(config_command)
