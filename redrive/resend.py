"""`stocktrading dead-letters resend`: the plan, its output, and the run."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from common.errors import UserError
from common.files import drafted
from redrive.lateness import find_watermark
from redrive.ledger import Ledger
from redrive.plan import FATES, Fate, Item, Plan, make_plan
from redrive.sending import Sender, Sent, find_marks
from simulator.run import interruptible
from stack.clients import client
from terminal.console import stderr

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

    from redrive.cure import Cure
    from simulator.target import Target

SLACK_MS: Final = 300_000
"""A record this near to the end of the stream's retention counts as gone."""

GUIDE: Final = "docs/how-to/count-historic-trades.md"


class Resend:
    """One run over the file of an export."""

    def __init__(self, target: Target, file: Path, cure: Cure) -> None:
        """Take the stack, the file, and what is done to each record."""
        self._target = target
        self._file = file
        self._cure = cure
        self._kinesis: KinesisClient = client(target, "kinesis")

    def open_ledger(self, path: Path | None, *, writes: bool) -> Ledger:
        """Open the ledger, and find out what became of requests without an answer.

        Raises `LedgerError` and botocore's errors.
        """
        target = self._target
        name = f"{target.account_id}/{target.region}/{target.ingest_stream}"
        ledger = Ledger(path or self._file.with_name("resent.jsonl"), name, writes=writes)
        if ledger.unclear:
            stderr().message(f"looking for {len(ledger.unclear)} unclear records in the stream")
            ledger.settle(partial(find_marks, self._kinesis, target.ingest_stream), self._oldest())
        return ledger

    def plan(self, ledger: Ledger, reasons: Sequence[str], keys: Sequence[str]) -> Plan:
        """Decide about each line. Raises `UserError` and botocore's errors."""
        now = _now()

        def watermark(times: Collection[int]) -> int | None:
            stream = self._target.ingest_stream
            return find_watermark(self._kinesis, stream, times, self._cure.rules, now)

        return make_plan(
            _lines(self._file), self._cure, ledger, watermark, now=now, reasons=reasons, keys=keys
        )

    def send(self, plan: Plan, ledger: Ledger, role_arn: str | None) -> Sent:
        """Send what the plan says. Raises `UserError`."""
        items = plan.of("send")
        if not items:
            return Sent()
        stop = threading.Event()
        sender = Sender(
            self._target.client(1, role_arn),
            self._target.ingest_stream,
            ledger,
            date_now=self._cure.date_now,
            stop=stop,
        )
        with interruptible(stop):
            return sender.send(items)

    def write_late(self, plan: Plan, path: Path | None) -> Path | None:
        """Write the late trades, one JSON object a line. Give the file. None without any."""
        items = plan.of("late")
        if not items:
            return None
        path = path or self._file.with_suffix(".late.jsonl")
        try:
            with drafted(path) as draft:
                draft.write_bytes(b"".join(item.data + b"\n" for item in items))
        except OSError as error:
            message = f"{path}: {error.strerror or error}; name another file with --late-to"
            raise UserError(message) from error
        return path

    def _oldest(self) -> int:
        """Give the time from which on the stream keeps its records."""
        stream = self._target.ingest_stream
        found = self._kinesis.describe_stream_summary(StreamName=stream)
        hours = found["StreamDescriptionSummary"]["RetentionPeriodHours"]
        return _now() - int(timedelta(hours=hours).total_seconds() * 1000) + SLACK_MS


def say_lines(plan: Plan, file: Path, show: int, *, dry_run: bool) -> None:
    """Print the lines that are not sent with the reason, and in a dry run those that would be."""
    console = stderr()
    kinds: tuple[Fate, ...] = ("refused", "unclear", "sent_before", "late")
    for fate in kinds:
        items = plan.of(fate)
        for item in items[:show]:
            style = None if fate == "sent_before" else "red"
            console.message(f"{file}:{item.line}: {fate}: {item.why}", style=style)
        if len(items) > show:
            console.message(f"{file}: {len(items) - show:,} more lines: {fate}; --show-lines")
    if dry_run:
        for item in plan.of("send")[:show]:
            data = item.data.decode("utf-8", "backslashreplace")
            console.message(f"{file}:{item.line}: would be sent: {data}")


def advice(plan: Plan) -> str | None:
    """Say what can be done with late trades. None without any."""
    if not (late := len(plan.of("late"))):
        return None
    return (
        f"{late:,} trades are late: event time on the stream has passed them, so they can't enter "
        "their windows any more. They are not sent. Count their windows again with "
        f"`stocktrading history count`, or date them now with --date-now; see {GUIDE}"
    )


def table(plan: Plan, sent: Sent | None) -> Table:
    """Give the numbers of lines by fate and by reason as a table."""
    found = Table(title="Dead letters", title_justify="left")
    for name in ("what becomes of it", "reason of its letter"):
        found.add_column(name)
    found.add_column("lines", justify="right")
    for fate, counts in plan.counts().items():
        for reason, number in sorted(counts.items()):
            found.add_row(FATES[fate], reason, f"{number:,}")
    if sent:
        found.add_section()
        for name, ids in (
            ("sent", sent.sent),
            ("not sent", sent.refused),
            ("perhaps sent", sent.unclear),
        ):
            found.add_row(name, "", f"{len(ids):,}")
    return found


def as_json(plan: Plan, sent: Sent | None, **more: object) -> dict[str, object]:
    """Give everything for programs: counts, each line, and where each record went."""

    def line(item: Item) -> dict[str, Any]:
        found: dict[str, Any] = {"line": item.line, "id": item.id, "reason": item.reason}
        if item.why:
            found["why"] = item.why
        return found

    fates = {fate: [line(item) for item in plan.of(fate)] for fate in FATES}
    counts = {fate: dict(found) for fate, found in plan.counts().items()}
    run = sent and {
        "sent": sent.sent,
        "not_sent": sent.refused,
        "perhaps_sent": sent.unclear,
        "error": sent.error,
    }
    return {**more, "counts": counts, "lines": fates, "run": run}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except OSError as error:
        message = f"{path}: {error.strerror or error}; expected what `dead-letters export` wrote"
        raise UserError(message) from error


def _now() -> int:
    return time.time_ns() // 1_000_000
