"""`stocktrading send`: a person's own trades, from a file."""

import threading
from typing import TYPE_CHECKING, NoReturn

import typer

from common.exit_codes import FAILED, USAGE
from simulator import options
from simulator.batching import WORKERS
from simulator.file import options as own

if TYPE_CHECKING:
    from simulator.file.check import Check


def send(  # noqa: PLR0913 -- one parameter for each option
    file: own.File,
    *,
    outputs: options.Outputs = None,
    stack: options.Stack = None,
    local: options.Local = False,
    role_arn: options.RoleArn = None,
    column: own.Column = None,
    value: own.Value = None,
    file_format: own.Format = None,
    columns: own.Columns = None,
    delimiter: own.Delimiter = None,
    time_format: own.TimeFormat = None,
    time_zone: own.TimeZone = "UTC",
    bad_rows: own.BadRowsChoice = "stop",
    show_bad: own.ShowBad = 20,
    sort: own.Sort = False,
    speed: own.Speed = None,
    rate: own.Rate = None,
    shift_to_now: own.ShiftToNow = False,
    dry_run: own.DryRun = False,
    partition: options.Partition = "spread",
    pack: options.Pack = None,
    workers: options.Workers = WORKERS,
    as_json_object: options.AsJsonObject = False,
) -> None:
    """Send your own trades from a file.

    They go to the ingest stream of a stack. The whole file is read and checked
    first, with the job's own rules. A row that isn't a valid trade is told with
    its line and the reason.

    By default the trades are sent at the pace of their own times. Exit codes: 0
    if all good trades were accepted, 1 if some were not, or the file has bad rows
    and --bad-rows is stop, 2 for a wrong option.

    Example: stocktrading send trades.csv --column TICKER=symbol --column EVENT_TIME=time --dry-run

    Example: stocktrading send trades.csv --shift-to-now --speed 10

    Example: stocktrading send AMZN.csv --value TICKER=AMZN --time-zone America/New_York --rate 500

    Example: stocktrading send trades.parquet --rate 0 --bad-rows report --stack sandbox
    """
    from common.errors import UserError
    from simulator import run
    from simulator.errors import OptionError
    from simulator.file import start
    from simulator.file.rows import find_layout
    from simulator.file.trades import TradeFile, map_columns
    from simulator.report import as_json, as_table, progress
    from terminal.answer import answer
    from terminal.console import stdout

    stop = threading.Event()
    try:
        layout = find_layout(file, file_format, delimiter, columns)
        mapped = map_columns(file, layout, column or [], value or [])
        trades = TradeFile(file, layout, mapped, start.times(time_format, time_zone))
        pace = start.pace(speed, rate, shift=shift_to_now)
        source = start.Source(file=trades, pace=pace, sort=sort)
        target = None if dry_run else run.target(outputs, stack, local=local)
        check = start.examine(source, show_bad)
        if dry_run:
            _print_check(check, as_json_object=as_json_object)
        if refusal := check.refusal(bad_rows):
            _fail(f"{file}: {refusal}", FAILED)
        if target is None:
            return
        producer = run.producer(
            target, pack=pack, partition=partition, workers=workers, role_arn=role_arn
        )
        with run.interruptible(stop), progress(producer.progress):
            summary = producer.send(source.chunks(partition, stop))
    except OptionError as error:
        _fail(str(error), USAGE)
    except UserError as error:
        _fail(str(error), FAILED)
    if as_json_object:
        answer("send", as_json(summary, target.ingest_stream, file=check.as_json()))
    else:
        stdout().print(as_table(summary, check.as_rows()))
    if summary.failed or producer.error:
        reason = f"{producer.error}; " if producer.error else ""
        _fail(f"{reason}{summary.failed} of {summary.sent} trades not accepted", FAILED)
    if summary.sent != check.good:
        reason = "stopped" if stop.is_set() else f"{file} changed while it was sent"
        _fail(f"{reason}; {summary.sent:,} of {check.good:,} trades were sent", FAILED)


def _print_check(check: "Check", *, as_json_object: bool) -> None:
    from simulator.report import counts_table
    from terminal.answer import answer
    from terminal.console import stdout

    if as_json_object:
        answer("send", {"file": check.as_json()})
    else:
        stdout().print(counts_table(check.as_rows()))


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"send: {message}", err=True)
    raise typer.Exit(code)
