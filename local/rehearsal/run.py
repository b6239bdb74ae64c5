"""Rehearses the pipeline: rolls commits out under load on the local cloud, and recounts."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from common.progress import Progress, written
from common.releases import key_of
from local.cloud import LocalCloud
from local.demo.run import DRAIN_SECONDS, LOOK_SECONDS, STUCK_SECONDS
from local.errors import LocalError
from local.flink.distribution import Distribution, check_java
from local.pipeline.buildspec import MARK
from local.pipeline.pulumi_stand_in import SELF
from local.pipeline.run import Finished
from local.rehearsal.changes import CHANGED_RESULT, CHANGES, Change, Outcome
from local.rehearsal.outcome import Rehearsed, Run
from local.rehearsal.parts import Options, Parts, start
from local.rehearsal.view import RehearsalView
from local.signals import Stop
from release.application import describe
from stack.reader import StreamReader

if TYPE_CHECKING:
    from oracle.report import Report

RIGHT_SECONDS: Final = 120
"""Time limit for the results to become right while trades continue to arrive."""


class Rehearsal:
    """One rehearsal."""

    def __init__(self, options: Options, view: RehearsalView) -> None:
        """Set the options. This starts nothing."""
        self._options = options
        self._view = view

    def run(self) -> Rehearsed:
        """Start everything, roll each change out, recount, stop everything.

        Raises `LocalError` in one line if a component fails. Raises `KeyboardInterrupt` if the user
        interrupts.
        """
        # Report missing programs before anything starts.
        Distribution.find()
        check_java(os.environ)
        with Stop() as stop, ExitStack() as held:
            try:
                held.enter_context(self._view)
                parts = start(self._options, self._view, held)
                rehearsed = self._rehearse(parts)
            finally:
                stop.deafen()
        return rehearsed

    def _rehearse(self, parts: Parts) -> Rehearsed:
        if not (self._await_running(parts) and self._await_right(parts, b"")):
            message = f"the first version {parts.version} doesn't work: {parts.job().exception}"
            raise LocalError(message)
        self._view.done(f"{parts.version[:20]} runs, and its results are right")
        runs: list[Run] = []
        for change in CHANGES:
            runs.append(self._roll_out(parts, change))
            if runs[-1].outcome == "broken":
                break  # later runs would prove nothing
        self._view.done("no more trades; waiting for the last results")
        parts.simulation.stop()
        report, undelivered = self._drain(parts)
        for line in report.diff():
            self._view.done(f"MISMATCH {line}", "red")
        sent = parts.simulation.progress()
        return Rehearsed(
            runs=runs,
            all_runs=len(CHANGES),
            trades_sent=sent.sent,
            trades_failed=sent.failed,
            windows_checked=report.windows_checked,
            mismatches=report.mismatches,
            undelivered=undelivered,
            seconds=round(self._view.seconds, 1),
        )

    def _roll_out(self, parts: Parts, change: Change) -> Run:
        before = parts.version
        parts.scratch.go_to(parts.good)
        parts.scratch.edit(change.edits)
        source = parts.scratch.commit(change.subject)
        self._view.done(f"commit {source.commit[:10]}: {change.subject}", "bold")
        since = time.monotonic()
        finished = parts.pipeline.run(source)
        if finished.succeeded:
            parts.good = parts.version = source.commit
        running = self._await_running(parts)
        without = parts.job_watch.seconds_without({key_of(before), key_of(parts.version)}, since)
        right = running and self._await_right(parts, CHANGED_RESULT)
        outcome = _outcome(parts, finished) if right else "broken"
        seen = _seen(finished)
        self._view.done(f"{outcome}: {seen}", "green" if outcome == change.expected else "red")
        return Run(
            change=change.subject,
            commit=source.commit,
            expected=change.expected,
            outcome=outcome,
            seen=seen,
            seconds=round(finished.seconds, 1),
            seconds_without_job=round(without, 1),
        )

    def _await_running(self, parts: Parts) -> bool:
        """Wait until the expected version runs, as long as its start shows progress."""
        directory = parts.cloud.directory / "flink" / parts.application
        progress = Progress(written(directory / "cluster" / "log"), patience=STUCK_SECONDS)
        while not progress.stuck:
            status = parts.job()
            if status.state == "RUNNING" and status.code == key_of(parts.version):
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def _await_right(self, parts: Parts, beginning: bytes) -> bool:
        """Wait until no window is wrong or missing and the newest result has this beginning."""
        deadline = time.monotonic() + RIGHT_SECONDS
        while time.monotonic() < deadline:
            parts.job()
            report, _ = parts.recount.check()
            newest = _newest_result(parts.cloud)
            if report.windows_checked and not report.mismatches and newest.startswith(beginning):
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def _drain(self, parts: Parts) -> tuple[Report, int]:
        """Wait until all expected results and dead letters have come and are stored."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while True:
            report, undelivered = parts.recount.check()
            parts.job()
            accepted = parts.simulation.progress().accepted
            complete = not report.mismatches and not undelivered and report.records >= accepted
            if complete or time.monotonic() > deadline:
                return report, undelivered
            time.sleep(LOOK_SECONDS)


def _newest_result(cloud: LocalCloud) -> bytes:
    reader = StreamReader(cloud.client("kinesis"), cloud.outputs["results_stream"])
    records = reader.read_all()
    return max(records, key=lambda record: record.arrival).data if records else b""


def _outcome(parts: Parts, finished: Finished) -> Outcome:
    """Give the outcome of a commit, from the application's present configuration."""
    flink = parts.cloud.client("kinesisanalyticsv2")
    configured = describe(flink, parts.application)
    if configured is None or configured.version != parts.version:
        return "broken"
    match finished.failed:
        case None:
            return "deployed"
        case "Deploy":
            return "rolled back"
        case _:
            return "refused by the build"


def _seen(finished: Finished) -> str:
    """Give the pipeline's message on a commit: the release's verdict, or an earlier failure.

    An operation that failed on the application is already an error of `pulumi up`.
    """
    built = finished.build
    if built is None:
        return "no build ran"
    if finished.succeeded:
        return built.last(f"{finished.commit} works: ")
    verdict = built.last("release verify: ") or built.last(f"{SELF} up: ")
    own = (line for line in reversed(built.lines) if line and not line.startswith(MARK))
    return verdict or f"{finished.failed} failed: {next(own, built.code)} ({built.log})"
