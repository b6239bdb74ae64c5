"""`stocktrading dead-letters`: list, show and export them, and send their records again."""

import typer

from redrive.commands.reading import export, list_letters, show
from redrive.commands.resending import resend
from simulator.options import Grouped

app = typer.Typer(
    name="dead-letters",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, show and export dead letters; send them again.",
)
app.command("list", cls=Grouped)(list_letters)
app.command("show", cls=Grouped)(show)
app.command("export", cls=Grouped)(export)
app.command("resend", cls=Grouped)(resend)
