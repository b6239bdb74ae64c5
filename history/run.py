"""One count of historic trades: deploy, send, close, wait, compare, take away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from common.errors import UserError
from common.words import counted
from components.base.validation import SettingsError
from components.streaming.archive import Archive
from history.configuration import SPAN_MS, hourly_dollars, stack_name, write
from history.delivered import Delivered
from history.trades import FileTrades, closing_time, closing_trades, open_shards
from oracle.windows import Key
from release.job_rules import read_properties, rules_of
from simulator import run
from simulator.report import progress
from stack.clients import client
from stack.reader import StreamReader
from terminal.console import stderr

if TYPE_CHECKING:
    from history.place import Place
    from oracle.verdict import Rules, Trade
    from simulator.target import Target

LOOK_SECONDS: Final = 2.0
WORKERS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a count has found."""

    trades: int
    windows: int
    """Windows that the trades need. Each has one ticker."""
    right: int
    """Windows whose result is as the recount has it."""
    repeated: int
    """Results that were delivered more than once, with the same values."""
    mistakes: Sequence[str]
    """Every difference from the recount, one line each."""
    file: Path
    """The results."""

    def as_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "trades": self.trades,
            "windows": self.windows,
            "right": self.right,
            "repeated": self.repeated,
            "mistakes": list(self.mistakes),
            "results": str(self.file),
        }


@dataclass(kw_only=True)
class Count:
    """A count of a file's trades beside a live stack."""

    place: Place
    trades: FileTrades
    results: Path
    patience_seconds: float = 900
    """How long no new result may come before the count gives up."""
    sleep: Callable[[float], None] = time.sleep
    made: bool = False
    """Whether the history stack may exist."""

    def prepare(self) -> None:
        """Check everything that can be checked before anything is made. Raises `UserError`."""
        live = self.place.live_target()
        properties = read_properties(client(live, "kinesisanalyticsv2"), live.application_name)
        rules = rules_of(properties)
        windows = self.trades.windows(rules)
        closing_time(windows, rules, self.trades.now)
        name = stack_name(self.place.live)
        file = write(self.place.project, self.place.live, properties)
        try:
            dollars, packaged = hourly_dollars(self.place.project, name), Archive.packaged().version
        except SettingsError as error:
            file.unlink()
            raise UserError(str(error)) from error
        if live.job_version != packaged:
            _say(
                f"warning: the live job is version {live.job_version}, and the archive in dist/ is "
                f"{packaged}, which will count; for the same one, check it out and make package"
            )
        _say(f"{counted(len(windows), 'window')} to count; the configuration is {file.name}")
        if not live.endpoint:
            _say(f"stack {name}: about ${dollars:.2f} for each hour that it exists")

    def run(self) -> Outcome:
        """Count. Raises `UserError`, and botocore's errors unchanged."""
        _say(f"deploying the stack {stack_name(self.place.live)}")
        self.made = True
        target = self.place.up()
        flink = client(target, "kinesisanalyticsv2")
        rules = rules_of(read_properties(flink, target.application_name))
        windows = self.trades.windows(rules)
        self._refuse_records(target)
        self._send(target, closing_time(windows, rules, self.trades.now))
        delivered = self._await(target, rules, windows)
        right, mistakes = delivered.compare(windows)
        return Outcome(
            trades=len(self.trades.trades),
            windows=len(windows),
            right=right,
            repeated=delivered.repeated,
            mistakes=mistakes,
            file=delivered.write(self.results),
        )

    def take_away(self) -> None:
        """Delete the history stack."""
        _say(f"taking away the stack {stack_name(self.place.live)}")
        self.place.take_away()
        self.made = False

    def _refuse_records(self, target: Target) -> None:
        """Refuse a stack that has trades: they would count too."""
        if any(StreamReader(client(target, "kinesis"), target.ingest_stream).pages()):
            message = f"{target.ingest_stream} already has trades, so an earlier count has left it"
            raise UserError(message)

    def _send(self, target: Target, end: int) -> None:
        """Send the trades, and then a closing trade to each shard. Raises `UserError`."""
        stop = threading.Event()
        producer = run.producer(
            target,
            pack=None,
            partition="spread",
            workers=WORKERS,
            role_arn=None,
            span_ms=SPAN_MS,
        )
        with run.interruptible(stop), progress(producer.progress):
            summary = producer.send(self.trades.chunks(stop))
        if stop.is_set():
            raise KeyboardInterrupt
        if summary.failed or producer.error:
            reason = producer.error or "the stream refused some"
            message = f"{reason}; {summary.accepted:,} of {summary.sent:,} trades were accepted"
            raise UserError(message)
        shards = open_shards(client(target, "kinesis"), target.ingest_stream)
        last = run.producer(target, pack=False, partition="spread", workers=1, role_arn=None)
        if last.send([closing_trades(shards, end)]).failed or last.error:
            message = f"the closing trades were not accepted: {last.error or 'throttled'}"
            raise UserError(message)
        _say(f"sent, with a closing trade on each of {counted(len(shards), 'shard')}; waiting")

    def _await(
        self, target: Target, rules: Rules, windows: Mapping[Key, Sequence[Trade]]
    ) -> Delivered:
        """Wait until every window has a result. Raises `UserError` if no more come."""
        if target.sink_bucket is None:
            message = "the history stack has no output sink_bucket"
            raise UserError(message)
        delivered = Delivered(client(target, "s3"), target.sink_bucket, rules)
        left, since = len(windows), time.monotonic()
        while left:
            delivered.poll()
            now_left = len(windows.keys() - delivered.results.keys())
            if now_left < left:
                left, since = now_left, time.monotonic()
                _say(f"{len(windows) - left:,} of {len(windows):,} windows have a result")
            elif problem := self.place.problem(target):
                message = f"the application {target.application_name} has failed: {problem}"
                raise UserError(message)
            elif time.monotonic() > since + self.patience_seconds:
                message = (
                    f"{counted(left, 'window')} of {len(windows):,} have no result, and none came "
                    f"for {self.patience_seconds:.0f} s; look at the application "
                    f"{target.application_name} and its log {target.log_group}"
                )
                raise UserError(message)
            if left:
                self.sleep(LOOK_SECONDS)
        return delivered


def _say(line: str) -> None:
    stderr().message(line)
