"""The command line: one family of commands, one module a room.

Help and completion come at once: the modules named here declare commands, and import what a command
needs only when it runs.
"""

import io
import os
import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from board.cli import board
from bootstrap.cli import bootstrap
from common.exit_codes import FAILED, INTERRUPTED
from components.config.cli import config_command
from components.sizing.cli import capacity_command
from doctor.cli import doctor
from history.cli import app as history
from local.chaos.cli import chaos
from local.cli import app as local
from local.demo.cli import demo
from local.rehearsal.cli import release_demo
from operate.cli import app as operate
from redrive.cli import app as dead_letters
from release.cli import app as release
from simulator.cli import simulate
from simulator.file.cli import send
from simulator.options import Grouped
from terminal.text import visible

UNASKED: Final = {
    "help": False,
    "install_completion": False,
    "show_completion": False,
    "local": {"help": False},
    "release": {"help": False},
    "dead-letters": {"help": False},
    "history": {"help": False},
    "operate": {"help": False},
}
"""Typer's own options, where they aren't given. Without a value, Typer would validate `None`, which
takes the import of Pydantic: longer than all of a help."""

LOOPBACK: Final = ("127.0.0.1", "localhost")


SECTIONS: Final = {
    "Commands for this machine": ("doctor", "demo", "local", "board", "chaos", "release-demo"),
    "Commands for trades": ("simulate", "send", "history", "dead-letters"),
    "Commands for a stack on AWS": (
        "capacity",
        "config",
        "bootstrap",
        "package",
        "release",
        "operate",
    ),
}
"""The commands in the order of the help: what a person needs first comes first."""


class Family(TyperGroup):
    """All commands, with the errors that any of them can meet.

    A full disk, or a file that can't be written, gets one line. So does Ctrl-C where the command
    doesn't handle it itself.
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 -- click's signature
        """Give the names in the order of the sections."""
        return [name for names in SECTIONS.values() for name in names]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 -- as above
        """Write a list of commands for each section."""
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(80)) for name in names]
                )

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- Typer doesn't export its type
        """Run the command that was given."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            from common.files import advice

            told = advice(error)
            if told is None:
                raise
            typer.echo(f"{ctx.info_name}: {visible(told)}", err=True)
            raise typer.Exit(FAILED) from error
        except KeyboardInterrupt as error:
            typer.echo(f"{ctx.info_name}: interrupted", err=True)
            raise typer.Exit(INTERRUPTED) from error


app = typer.Typer(
    name="stocktrading",
    cls=Family,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a user's mistake gets one line; a defect its plain traceback
    rich_markup_mode=None,  # Rich takes longer to import than all of this
    context_settings={"default_map": UNASKED},
)


@app.callback()
def prepare() -> None:
    """Near-real-time stock analytics on AWS, and all of it on one machine."""
    # Everything local is on the loopback interface, which no proxy reaches. Children inherit this.
    for name in ("no_proxy", "NO_PROXY"):
        given = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys([*given, *LOOPBACK]))
    # A terminal that has no Unicode gets escapes, such as \u2192, in place of an error.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


app.add_typer(release)
app.add_typer(local)
app.command()(doctor)
app.command()(bootstrap)
app.command()(demo)
app.command()(chaos)
app.command("release-demo")(release_demo)
app.command()(board)
app.command(cls=Grouped)(simulate)
app.command(cls=Grouped)(send)
app.add_typer(dead_letters)
app.add_typer(history)
app.add_typer(operate)
app.command("capacity")(capacity_command)
app.command("config")(config_command)
