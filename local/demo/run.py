"""Runs the demo: follows the job while trades are sent, and recounts every result."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from common.progress import Progress, load, written
from local.demo.outcome import Outcome, judge_faults, measure_behind
from local.demo.parts import Options, Parts, start_parts
from local.demo.view import Moment, Steps, View, count
from local.errors import LocalError
from local.flink.distribution import Distribution, check_java
from local.signals import Stop

if TYPE_CHECKING:
    from oracle.report import Report


STUCK_SECONDS: Final = 180
"""How long the job's start may show no progress. A whole start takes 15 s on an idle machine with
two cores."""

DRAIN_SECONDS: Final = 90
"""If no further record comes out for this long, the records that lack count as missing."""

LIVE_SECONDS: Final = 120
"""Longest extra time to wait for a result of a window that ended while the job ran."""

LOOK_SECONDS: Final = 0.5
"""Seconds between two looks at everything."""


class Demo:
    """One run of the demo."""

    def __init__(self, options: Options, view: View) -> None:
        """Set the options. This starts nothing."""
        self._options = options
        self._view = view
        self._steps = Steps(view, options.begun)
        self._running_at: float | None = None

    def run(self) -> Outcome:
        """Start everything, send trades, wait for all results, check them, stop everything.

        Raises `LocalError` in one line if a component fails. Raises `KeyboardInterrupt` if the run
        was interrupted before there were results to check.
        """
        # Report missing programs before anything starts.
        Distribution.find()
        check_java(os.environ)
        with self._steps, Stop() as stop, ExitStack() as held:
            try:
                outcome = self._accompany(start_parts(self._options, self._steps, held), stop)
            finally:
                stop.deafen()
                self._steps.doing = "stopping everything"
        self._steps.done("everything stopped")
        return outcome

    def _accompany(self, parts: Parts, stop: Stop) -> Outcome:
        with self._view:
            stop.orderly = True
            self._follow(parts, stop)
            stop.orderly = False
            parts.simulation.stop()
            report, undelivered = self._drain(parts)
        return self._conclude(parts, report, undelivered)

    def _follow(self, parts: Parts, stop: Stop) -> None:
        """Show the present state until the time is over or the user stops the demo."""
        logs = written(parts.cloud.directory / "flink" / parts.application / "cluster" / "log")
        start = Progress(logs, patience=STUCK_SECONDS)
        while not stop.asked(LOOK_SECONDS):
            moment = parts.moment()
            self._steps.follow(moment)
            self._view.show(moment)
            parts.simulation.ended()  # raises if no more trades can be sent
            if self._running_at is None and moment.job == "RUNNING":
                self._running_at = time.time()
            if self._running_at is not None:
                self._steps.doing = f"running: {count(moment)[0]}"
                if self._is_over(moment, time.time() - self._running_at):
                    return
            elif start.stuck:
                log = f"; log: {parts.job().log}"
                message = f"the job's start shows no progress for {STUCK_SECONDS} s{load()}{log}"
                raise LocalError(message)
        if self._running_at is None:
            raise KeyboardInterrupt

    def _is_over(self, moment: Moment, ran: float) -> bool:
        """Return whether the time is over and a window that ended meanwhile has a result."""
        if self._options.seconds is None or ran < self._options.seconds:
            return False
        since = self._running_at or 0
        live = any(each.result.key.end / 1000 >= since for each in moment.seen.results)
        return live or ran > self._options.seconds + LIVE_SECONDS

    def _drain(self, parts: Parts) -> tuple[Report, int]:
        """Wait until all expected results and dead letters have come and are stored."""
        self._steps.done("no more trades; waiting for the last results")
        self._steps.doing = "waiting for the last results"
        found: tuple[int, ...] = ()
        progress = Progress(lambda: found, patience=DRAIN_SECONDS)
        while True:
            report, undelivered = parts.recount.check()
            moment = parts.moment()
            self._steps.follow(moment)
            self._view.show(moment)
            accepted = parts.simulation.progress().accepted
            complete = not report.mismatches and not undelivered and report.records >= accepted
            found = (report.records, report.mismatches, undelivered, len(moment.seen.results))
            if complete or progress.stuck:
                return report, undelivered
            time.sleep(LOOK_SECONDS)

    def _conclude(self, parts: Parts, report: Report, undelivered: int) -> Outcome:
        sent, seen, status = parts.simulation.progress(), parts.recount.seen(), parts.job()
        for line in report.diff():
            self._view.say(f"MISMATCH {line}")
        first = min((each.at for each in seen.results), default=None)
        p50, p99 = measure_behind(seen.results, since=self._running_at or 0)
        return Outcome(
            trades_sent=sent.sent,
            trades_failed=sent.failed,
            results=len(seen.results),
            objects=seen.objects,
            undelivered=undelivered,
            dead_letters=sum(seen.dead_letters.values()),
            windows_checked=report.windows_checked,
            windows_open=report.windows_open,
            mismatches=report.mismatches,
            faults=judge_faults(report),
            late_by_idleness=report.late_by_idleness,
            first_result_seconds=None if first is None else round(first - self._options.begun, 1),
            behind_p50_seconds=p50,
            behind_p99_seconds=p99,
            job_version=parts.cloud.outputs["job_version"],
            job_restarts=status.restarts,
        )
