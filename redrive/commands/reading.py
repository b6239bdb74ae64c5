"""`stocktrading dead-letters`: the commands that list, show and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from common.exit_codes import FAILED
from redrive import options as own
from redrive.commands.exits import end, errors, fail
from simulator import options

if TYPE_CHECKING:
    from oracle.verdict import Rules
    from redrive.reading import Reading
    from simulator.target import Target


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
    max_future_seconds: own.MaxFuture = None,
    as_json_object: own.AsJson = False,
) -> None:
    """Count dead letters by reason, time or producer's key.

    A letter for many records counts with the number of its records. Exit codes: 0,
    1 if a letter can't be read or, with keys, a record isn't found, 2 for a wrong
    option.

    Example: stocktrading dead-letters list --by reason --by key --since 6h
    """
    with errors():
        from redrive.listing import check_by, group, groups_json, groups_table
        from simulator.run import target as target_of
        from terminal.answer import answer
        from terminal.console import stdout

        chosen = by or ["reason"]
        check_by(chosen)
        target = target_of(outputs, stack, local=local)
        reading = _reading(target, source, reason, key, since, until, max_future_seconds)
        letters = reading.letters()
        found = group(reading.records(letters) if key or "key" in chosen else letters, chosen)
        if as_json_object:
            answer("dead-letters list", {"groups": groups_json(found, chosen)})
        else:
            stdout().print(groups_table(found, chosen))
        end(complete=reading.complete)


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
    max_future_seconds: own.MaxFuture = None,
    as_json_object: own.AsJson = False,
) -> None:
    """Show rejected records, with why they were rejected.

    Without an id, the latest ones are shown. Exit codes: 0, 1 if a letter can't be
    read, a record isn't found or no record has the id, 2 for a wrong option.

    Example: stocktrading dead-letters show --reason wrong_type --limit 5
    """
    with errors():
        from redrive.listing import describe
        from redrive.reading import check_id, is_about, is_one
        from simulator.run import target as target_of
        from terminal.answer import answer
        from terminal.console import stdout

        for each in ids or ():
            check_id(each)
        target = target_of(outputs, stack, local=local)
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
                fail(f"no dead letter with the id {', '.join(ids)}", FAILED)
        shown = records[-limit:][::-1]
        if as_json_object:
            answer("dead-letters show", {"records": [each.as_json() for each in shown]})
        else:
            for each in shown:
                stdout().message(describe(each))
            if not shown:
                stdout().message("no dead letters")
        end(complete=reading.complete)


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
    max_future_seconds: own.MaxFuture = None,
) -> None:
    """Write each rejected record as a line of JSON.

    The records behind a letter for many are read again from the ingest stream, as
    long as that keeps them. Each record is written once. Exit codes: 0, 1 if a letter
    can't be read or a record isn't found (the others are written), 2 for a wrong option.

    Example: stocktrading dead-letters export --reason wrong_type --to letters.jsonl
    """
    with errors():
        from common.files import write_whole
        from simulator.run import target as target_of
        from terminal.console import stderr

        if to and to.exists():
            fail(f"{to}: it exists; name another file with --to", FAILED)
        target = target_of(outputs, stack, local=local)
        reading = _reading(target, source, reason, key, since, until, max_future_seconds)
        records = reading.records(reading.letters())
        lines = "".join(f"{each.line()}\n" for each in records)
        if to is None:
            typer.echo(lines, nl=False)
        else:
            write_whole(to, lines)
            stderr().message(f"{to}: {len(records):,} records")
        end(complete=reading.complete)


def _reading(  # noqa: PLR0913, PLR0917 -- one parameter for each option
    target: Target,
    source: str,
    reason: list[str] | None,
    key: list[str] | None,
    since: str | None,
    until: str | None,
    max_future_seconds: int | None,
) -> Reading:
    from redrive.chosen import Chosen, moment
    from redrive.reading import Reading
    from redrive.rules import deployed_rules

    chosen = Chosen(
        reasons=frozenset(reason or ()),
        keys=frozenset(key or ()),
        since=moment("--since", since),
        until=moment("--until", until),
    )

    def rules() -> Rules:
        return deployed_rules(target, max_future_seconds=max_future_seconds)

    return Reading(target, source, chosen, rules)
