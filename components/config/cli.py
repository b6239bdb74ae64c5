"""`stocktrading config`: every key of a stack's configuration, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from common.exit_codes import USAGE
from components.sizing.cli import AsJson

if TYPE_CHECKING:
    from rich.table import Table

    from components.config.reference import Entry

Prefix = Annotated[
    str, typer.Argument(help="Show only keys with this beginning: flink or sink.destination.")
]
Kind = Annotated[
    Literal["workload", "tooling"] | None, typer.Option(help="Show only keys of this kind.")
]


def config_command(prefix: Prefix = "", *, kind: Kind = None, as_json: AsJson = False) -> None:
    """Show the keys of a stack's configuration.

    It shows each key's limits, its default and its meaning.

    Example: stocktrading config flink
    """
    from components.config.reference import KINDS, sections
    from terminal.answer import answer
    from terminal.console import stdout

    found = {
        each: [
            entry
            for section in sections(each)
            for entry in section.entries
            if entry.key.startswith(prefix)
        ]
        for each in ([kind] if kind else KINDS)
    }
    if not any(found.values()):
        _refuse(f"PREFIX: given {prefix!r}; allowed: the beginning of a key, such as flink or sink")
    if as_json:
        answer("config", {"keys": [_plain(kind, one) for kind in found for one in found[kind]]})
        return
    for each, entries in found.items():
        if entries:
            stdout().print(_table(each, entries))


def _table(kind: str, entries: list[Entry]) -> Table:
    from rich.table import Table

    table = Table(title=f"Keys of a stack of kind {kind}", show_lines=True)
    for column in ("key", "allowed", "default", "what it is"):
        table.add_column(column, overflow="fold")
    for each in entries:
        cells = (each.key, each.form, each.default, each.says)
        table.add_row(*(cell.replace("`", "") for cell in cells))
    return table


def _plain(kind: str, entry: Entry) -> dict[str, str]:
    cells = {
        "kind": kind,
        "key": entry.key,
        "allowed": entry.form,
        "default": entry.default,
        "says": entry.says,
    }
    return {name: cell.replace("`", "") for name, cell in cells.items()}


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(USAGE)
