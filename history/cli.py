"""`stocktrading history`: count historic trades beside a live stack."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from common.exit_codes import FAILED, INTERRUPTED, USAGE
from history import options as own
from simulator.file import options as file_options
from simulator.options import Grouped
from terminal.answer import answer

if TYPE_CHECKING:
    from history.place import Place
    from history.run import Outcome

MISTAKES_SHOWN: Final = 20

app = typer.Typer(
    name="history",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Count historic trades beside a live stack.",
)


@app.command("count", cls=Grouped)
def count(  # noqa: PLR0913 -- one parameter for each option
    file: file_options.File,
    *,
    stack: own.Stack = None,
    results: own.Results = Path("history-results"),
    keep: own.Keep = False,
    yes: own.Yes = False,
    patience_minutes: own.Patience = 15,
    column: file_options.Column = None,
    value: file_options.Value = None,
    file_format: file_options.Format = None,
    columns: file_options.Columns = None,
    delimiter: file_options.Delimiter = None,
    time_format: file_options.TimeFormat = None,
    time_zone: file_options.TimeZone = "UTC",
    bad_rows: file_options.BadRowsChoice = "stop",
    show_bad: file_options.ShowBad = 20,
    as_json: own.AsJson = False,
) -> None:
    """Count the trades of a file in windows of their own times.

    A stack with an application, streams and a bucket of its own is deployed beside
    the live one. The trades are sent in the order of their times. A closing trade
    ends the last windows. The results are fetched from the bucket and compared with
    a recount of the file. Then the stack is taken away.

    Exit codes: 0 if every result is right, 1 if not or something failed, 2 for a
    wrong option, 130 after Ctrl-C. If the stack is left, the last line says so.

    Example: stocktrading history count trades.csv --column TICKER=symbol --column EVENT_TIME=time

    Example: stocktrading history count letters.late.jsonl --stack sandbox --results recount
    """
    from history.run import Count
    from history.trades import FileTrades
    from simulator.file import start
    from simulator.file.rows import find_layout
    from simulator.file.trades import TradeFile, map_columns
    from terminal.console import stderr

    with _errors():
        layout = find_layout(file, file_format, delimiter, columns)
        mapped = map_columns(file, layout, column or [], value or [])
        trades = FileTrades.read(
            TradeFile(file, layout, mapped, start.times(time_format, time_zone)), show_bad
        )
        for line in trades.check.bad_lines(file):
            stderr().message(line, style="red")
        if refusal := trades.check.refusal(bad_rows):
            _fail(f"{file}: {refusal}", FAILED)
        work = Count(
            place=_place(stack, yes=yes),
            trades=trades,
            results=results,
            patience_seconds=patience_minutes * 60,
        )
        work.prepare()
        try:
            outcome = work.run()
            _show(outcome, as_json=as_json)
            if not keep and not outcome.mistakes:
                work.take_away()
        finally:
            if work.made:
                _say_left(stack)
        if outcome.mistakes:
            _fail(f"{len(outcome.mistakes)} differences from the recount of {file}", FAILED)


@app.command("remove", cls=Grouped)
def remove(*, stack: own.Stack = None, yes: own.Yes = False) -> None:
    """Take away the stack that a count has left, with its bucket.

    Example: stocktrading history remove --stack sandbox
    """
    from terminal.console import stderr

    with _errors():
        place = _place(stack, yes=yes)
        place.take_away()
        stderr().message(f"the stack {place.live}-history is gone")


def _place(stack: str | None, *, yes: bool) -> Place:
    from history.place import LocalPlace, PulumiPlace

    return PulumiPlace(live=stack, yes=yes) if stack else LocalPlace()


def _show(outcome: Outcome, *, as_json: bool) -> None:
    from rich.table import Table

    from terminal.console import stderr, stdout

    for line in outcome.mistakes[:MISTAKES_SHOWN]:
        stderr().message(line, style="red")
    if as_json:
        answer("history count", outcome.as_json())
        return
    table = Table(box=None, show_header=False)
    for name, number in outcome.as_json().items():
        shown = f"{len(number):,}" if name == "mistakes" else number
        table.add_row(name, f"{shown:,}" if isinstance(shown, int) else str(shown))
    stdout().print(table)


def _say_left(stack: str | None) -> None:
    from terminal.console import stderr

    words = f" --stack {stack}" if stack else ""
    stderr().message(
        f"left: the stack {stack or 'sandbox'}-history, which costs as long as it exists; to take "
        f"it away: stocktrading history remove{words}",
        style="yellow",
    )


@contextmanager
def _errors() -> Generator[None]:
    """Turn errors into one line and an exit code."""
    from botocore.exceptions import BotoCoreError, ClientError

    from common.errors import UserError, one_line
    from simulator.errors import OptionError

    try:
        yield
    except OptionError as error:
        _fail(str(error), USAGE)
    except (UserError, BotoCoreError, ClientError) as error:
        _fail(one_line(error), FAILED)
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)


def _fail(message: str, code: int) -> NoReturn:
    from terminal.text import visible

    typer.echo(f"history: {visible(message)}", err=True)
    raise typer.Exit(code)
