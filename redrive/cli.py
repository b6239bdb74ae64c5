"""`stocktrading dead-letters`: list, show and export them, and send their records again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from common.exit_codes import FAILED, USAGE
from redrive import options as own
from simulator import options
from simulator.file import options as mapping_options
from simulator.options import Grouped

if TYPE_CHECKING:
    from redrive.reading import Reading
    from simulator.target import Target


app = typer.Typer(
    name="dead-letters",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, show and export dead letters; send them again.",
)


@app.command("list", cls=Grouped)
def list_letters(  # noqa: PLR0913 -- one parameter for each option
    *,
    outputs: options.Outputs = None,
    stack: options.Stack = None,
    local: options.Local = False,
    source: own.From = "stream",
    reason: own.Reason = None,
    key: own.Key = None,
    since: own.Since = None,
    until: own.Until = None,
    by: own.GroupBy = None,
    max_future_seconds: own.MaxFuture = 60,
    as_json_object: own.AsJson = False,
) -> None:
    """Count dead letters by reason, time or producer's key.

    A letter for many records counts with the number of its records. Exit codes: 0,
    1 if a letter can't be read or, with keys, a record isn't found, 2 for a wrong
    option.

    Example: stocktrading dead-letters list --by reason --by key --since 6h
    """
    with _errors():
        from redrive.listing import check_by, group, groups_json, groups_table
        from terminal.answer import answer
        from terminal.console import stdout

        chosen = by or ["reason"]
        check_by(chosen)
        target = _target(outputs, stack, local=local)
        reading = _reading(target, source, reason, key, since, until, max_future_seconds)
        letters = reading.letters()
        found = group(reading.records(letters) if key or "key" in chosen else letters, chosen)
        if as_json_object:
            answer("dead-letters list", {"groups": groups_json(found, chosen)})
        else:
            stdout().print(groups_table(found, chosen))
        _end(complete=reading.complete)


@app.command("show", cls=Grouped)
def show(  # noqa: PLR0913 -- one parameter for each option
    ids: own.Ids = None,
    *,
    outputs: options.Outputs = None,
    stack: options.Stack = None,
    local: options.Local = False,
    source: own.From = "stream",
    reason: own.Reason = None,
    key: own.Key = None,
    since: own.Since = None,
    until: own.Until = None,
    limit: own.Limit = 20,
    max_future_seconds: own.MaxFuture = 60,
    as_json_object: own.AsJson = False,
) -> None:
    """Show rejected records, with why they were rejected.

    Without an id, the latest ones are shown. Exit codes: 0, 1 if a letter can't be
    read, a record isn't found or no record has the id, 2 for a wrong option.

    Example: stocktrading dead-letters show --reason wrong_type --limit 5
    """
    with _errors():
        from redrive.listing import describe
        from redrive.reading import check_id, is_about, is_one
        from terminal.answer import answer
        from terminal.console import stdout

        for each in ids or ():
            check_id(each)
        target = _target(outputs, stack, local=local)
        reading = _reading(target, source, reason, key, since, until, max_future_seconds)
        letters = reading.letters()
        if ids:
            letters = [one for one in letters if any(is_about(one, each) for each in ids)]
        elif not key:
            letters = sorted(letters, key=lambda one: one.arrival_time)[-limit:]
        records = reading.records(letters)
        if ids:
            records = [one for one in records if any(is_one(one, each) for each in ids)]
            if not records:
                _fail(f"no dead letter with the id {', '.join(ids)}", FAILED)
        shown = records[-limit:][::-1]
        if as_json_object:
            answer("dead-letters show", {"records": [each.as_json() for each in shown]})
        else:
            for each in shown:
                stdout().message(describe(each))
            if not shown:
                stdout().message("no dead letters")
        _end(complete=reading.complete)


@app.command("export", cls=Grouped)
def export(  # noqa: PLR0913 -- one parameter for each option
    *,
    outputs: options.Outputs = None,
    stack: options.Stack = None,
    local: options.Local = False,
    source: own.From = "stream",
    reason: own.Reason = None,
    key: own.Key = None,
    since: own.Since = None,
    until: own.Until = None,
    to: own.To = None,
    max_future_seconds: own.MaxFuture = 60,
) -> None:
    """Write each rejected record as a line of JSON.

    The records behind a letter for many are read again from the ingest stream, as
    long as that keeps them. Each record is written once. Exit codes: 0, 1 if a letter
    can't be read or a record isn't found (the others are written), 2 for a wrong option.

    Example: stocktrading dead-letters export --reason wrong_type --to letters.jsonl
    """
    with _errors():
        from common.files import write_whole
        from terminal.console import stderr

        if to and to.exists():
            _fail(f"{to}: it exists; name another file with --to", FAILED)
        target = _target(outputs, stack, local=local)
        reading = _reading(target, source, reason, key, since, until, max_future_seconds)
        records = reading.records(reading.letters())
        lines = "".join(f"{each.line()}\n" for each in records)
        if to is None:
            typer.echo(lines, nl=False)
        else:
            write_whole(to, lines)
            stderr().message(f"{to}: {len(records):,} records")
        _end(complete=reading.complete)


@app.command("resend", cls=Grouped)
def resend(  # noqa: PLR0913 -- one parameter for each option
    file: own.Export,
    *,
    outputs: options.Outputs = None,
    stack: options.Stack = None,
    local: options.Local = False,
    role_arn: options.RoleArn = None,
    reason: own.Reason = None,
    key: own.Key = None,
    column: mapping_options.Column = None,
    value: mapping_options.Value = None,
    columns: own.Columns = None,
    delimiter: own.Delimiter = None,
    time_format: mapping_options.TimeFormat = None,
    time_zone: own.TimeZone = None,
    date_now: own.DateNow = False,
    again: own.Again = False,
    ledger: own.LedgerFile = None,
    late_to: own.LateFile = None,
    dry_run: own.DryRun = False,
    show_lines: own.Show = 20,
    max_future_seconds: own.MaxFuture = 60,
    watermark_delay_seconds: own.WatermarkDelay = 5,
    as_json_object: own.AsJson = False,
) -> None:
    """Send the records of an export again, after a fix.

    Each record is fixed by the mapping, or was edited in the file, and is checked with
    the job's rules. What would be rejected again, or is too late to count, isn't sent.
    What is sent is marked, and noted in a ledger.

    Exit codes: 0 if every line was sent, now or before; in a dry run, if every line
    would be. 1 if some were not. 2 for a wrong option.

    Example: stocktrading dead-letters resend letters.jsonl --time-format millis --dry-run
    """
    with _errors():
        from oracle.verdict import Rules
        from redrive.cure import Cure, mapping
        from redrive.resend import Resend, advice, as_json, say_lines, table
        from terminal.answer import answer
        from terminal.console import stderr, stdout

        path = Path(file)
        cure = Cure(
            rules=Rules(
                max_future_seconds=max_future_seconds,
                watermark_delay_seconds=watermark_delay_seconds,
            ),
            mapping=mapping(
                column or [],
                value or [],
                columns=columns,
                delimiter=delimiter,
                time_format=time_format,
                time_zone=time_zone,
            ),
            date_now=date_now,
            again=again,
        )
        target = _target(outputs, stack, local=local)
        run = Resend(target, path, cure)
        with run.open_ledger(ledger, writes=not dry_run) as opened:
            plan = run.plan(opened, reason or [], key or [])
            say_lines(plan, path, show_lines, dry_run=dry_run)
            late = None if dry_run else run.write_late(plan, late_to)
            sent = None if dry_run else run.send(plan, opened, role_arn)
        if as_json_object:
            answer(
                "dead-letters resend",
                as_json(plan, sent, stream=target.ingest_stream, file=file),
            )
        else:
            stdout().print(table(plan, sent))
        if hint := advice(plan):
            stderr().message(hint, style="yellow")
        if late:
            stderr().message(
                f"{late}: the late trades, one a line, as `stocktrading send` reads them"
            )
        if sent and sent.error:
            _fail(sent.error, FAILED)
        _end(complete=not plan.left and (sent is None or len(sent.sent) == len(plan.of("send"))))


def _target(outputs: Path | None, stack: str | None, *, local: bool) -> Target:
    from simulator import run

    return run.target(outputs, stack, local=local)


def _reading(  # noqa: PLR0913, PLR0917 -- one parameter for each option
    target: Target,
    source: str,
    reason: list[str] | None,
    key: list[str] | None,
    since: str | None,
    until: str | None,
    max_future_seconds: int,
) -> Reading:
    from oracle.verdict import Rules
    from redrive.chosen import Chosen, moment
    from redrive.reading import Reading

    chosen = Chosen(
        reasons=frozenset(reason or ()),
        keys=frozenset(key or ()),
        since=moment("--since", since),
        until=moment("--until", until),
    )
    return Reading(target, source, chosen, Rules(max_future_seconds=max_future_seconds))


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
    except OSError as error:
        _fail(f"{error.filename or 'error'}: {error.strerror or error}", FAILED)
    except (UserError, BotoCoreError, ClientError) as error:
        _fail(one_line(error), FAILED)


def _end(*, complete: bool) -> None:
    if not complete:
        raise typer.Exit(FAILED)


def _fail(message: str, code: int) -> NoReturn:
    from terminal.text import visible

    typer.echo(f"dead-letters: {visible(message)}", err=True)
    raise typer.Exit(code)
