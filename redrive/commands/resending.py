"""`stocktrading dead-letters resend`."""

from __future__ import annotations

from pathlib import Path

from common.exit_codes import FAILED
from redrive import options as own
from redrive.commands.exits import end, errors, fail
from simulator import options
from simulator.file import options as mapping_options


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
    max_future_seconds: own.MaxFuture = None,
    watermark_delay_seconds: own.WatermarkDelay = None,
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
    with errors():
        from redrive.cure import Cure, mapping
        from redrive.resend import Resend, advice, as_json, say_lines, table
        from redrive.rules import deployed_rules
        from simulator.run import target as target_of
        from terminal.answer import answer
        from terminal.console import stderr, stdout

        path = Path(file)
        how = mapping(
            column or [],
            value or [],
            columns=columns,
            delimiter=delimiter,
            time_format=time_format,
            time_zone=time_zone,
        )
        target = target_of(outputs, stack, local=local)
        rules = deployed_rules(
            target,
            max_future_seconds=max_future_seconds,
            watermark_delay_seconds=watermark_delay_seconds,
        )
        cure = Cure(rules=rules, mapping=how, date_now=date_now, again=again)
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
            fail(sent.error, FAILED)
        end(complete=not plan.left and (sent is None or len(sent.sent) == len(plan.of("send"))))
