"""Runs the demo: starts everything on this machine, sends trades, and recounts every result."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from board.errors import BoardError
from board.process import Board
from common.browser import open_page
from common.progress import Progress, load, written
from local.accounts import REGION, WORKLOAD
from local.cloud import NAMESPACE, STACK, LocalCloud
from local.demo.outcome import Outcome, judge_faults, measure_behind
from local.demo.view import Moment, Steps, View, count
from local.directory import PROJECT
from local.errors import LocalError
from local.flink.distribution import Distribution, check_java
from local.flink.hosting import Host, Shape
from local.flink.metrics_publisher import MetricsPublisher
from local.flink.watcher import ManagedFlink
from local.live_recount import LiveRecount
from local.signals import Stop
from local.simulation import Simulation
from oracle.verdict import Rules
from release.job_rules import read_properties, rules_of
from simulator.faults import Faults

if TYPE_CHECKING:
    from local.flink.job_status import JobStatus
    from oracle.report import Report

OVERRIDES: Final[Mapping[str, object]] = {
    # The streams are new, so the job can read everything, also trades sent while Flink starts.
    f"{NAMESPACE}:job.InitialPosition": "TRIM_HORIZON",
}

STUCK_SECONDS: Final = 180
"""How long the job's start may show no progress. A whole start takes 15 s on an idle machine with
two cores."""

DRAIN_SECONDS: Final = 90
"""If no further record comes out for this long, the records that lack count as missing."""

LIVE_SECONDS: Final = 120
"""Longest extra time to wait for a result of a window that ended while the job ran."""

PAST_SECONDS: Final = 10
"""The first trades are from this many seconds before the last window's end. So that window has a
result at once."""

APPLICATION: Final = "stocktrading-analytics"
"""The application's name, unless the stack's file has another prefix."""

LOOK_SECONDS: Final = 0.5
"""Seconds between two looks at everything."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the demo."""

    directory: Path
    port: int = 0
    """Port of the emulator. 0: a free one."""
    board_port: int = 0
    """Port of the board. 0: a free one."""
    open_board: bool = False
    """Whether the board is opened in the person's browser."""
    seconds: float | None = None
    """How long trades are sent while the job runs. None: until interrupted."""
    rate: float = 100
    """Trades a second."""
    seed: int = 0
    faults: Faults = field(default_factory=Faults)
    begun: float = field(default_factory=time.time)
    """Start of the command, in seconds since the epoch."""


@dataclass(kw_only=True)
class Parts:
    """The components that run during the demo."""

    cloud: LocalCloud
    flink: ManagedFlink
    simulation: Simulation
    recount: LiveRecount

    @property
    def application(self) -> str:
        """Name of the application."""
        return self.cloud.outputs["application_name"]

    def job(self) -> JobStatus:
        """Give the job's status. Raises `LocalError` if the job or the emulator has failed."""
        status = self.flink.status(self.application)
        if status.state == "FAILED":
            message = f"the job failed: {status.reason}"
            raise LocalError(message)
        emulator = self.cloud.emulator
        if emulator and not emulator.alive():
            message = f"the AWS emulator ended by itself; log: {emulator.log}"
            raise LocalError(message)
        return status

    def moment(self) -> Moment:
        """Collect the present state for the view."""
        status = self.job()
        return Moment(
            seen=self.recount.seen(),
            sent=self.simulation.progress().sent,
            job=status.state,
            restarts=status.restarts,
            trouble=status.exception,
            web_ui=status.rest_url,
        )


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
                outcome = self._accompany(self._start(held), stop)
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

    def _start(self, held: ExitStack) -> Parts:
        options, steps = self._options, self._steps
        flink_directory = options.directory / "flink"
        spares: dict[str, Host] = {}

        def launch_flink() -> None:
            shutil.rmtree(flink_directory, ignore_errors=True)
            spare = Host(flink_directory / APPLICATION / "cluster", read_shape())
            held.callback(spare.stop)
            spare.launch()
            spares[APPLICATION] = spare
            steps.done("the AWS emulator and Flink are starting; deploying both stacks")
            steps.doing = "deploying both stacks"

        cloud = LocalCloud(
            directory=options.directory,
            port=options.port,
            overrides=OVERRIDES,
            meanwhile=launch_flink,
        )
        held.enter_context(cloud)
        steps.done(f"emulator at {cloud.endpoint}, stacks tooling and sandbox deployed")
        steps.doing = "starting the job"
        name: str = cloud.outputs["application_name"]
        flink = ManagedFlink(
            cloud.clients, WORKLOAD, cloud.applications, flink_directory, spares=spares
        )
        held.enter_context(flink)
        rules = read_rules(cloud, name)
        simulation = Simulation(
            cloud.outputs_file,
            rate=options.rate,
            seed=options.seed,
            faults=options.faults,
            past=time.time() % rules.slide_seconds + PAST_SECONDS,
        )
        recount = LiveRecount(cloud.client("kinesis"), cloud.client("s3"), cloud.outputs, rules)
        metrics = MetricsPublisher(cloud.clients, lambda: flink.status(name))
        for part in (metrics, simulation, recount):
            held.enter_context(part)
        steps.done(f"sending {options.rate:g} trades a second")
        self._open_board(_board(cloud, name, options.board_port), held)
        return Parts(cloud=cloud, flink=flink, simulation=simulation, recount=recount)

    def _open_board(self, board: Board, held: ExitStack) -> None:
        """Start the board, and print its address once it responds. Nothing else waits for it."""

        def tell() -> None:
            try:
                board.await_answer()
            except BoardError as error:
                self._steps.done(str(error))
            else:
                self._steps.done(f"the board is at {board.url}")
                if self._options.open_board and (problem := open_page(board.url)):
                    self._steps.done(problem)

        held.callback(board.stop)
        board.launch()
        threading.Thread(target=tell, name="board", daemon=True).start()

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


def _board(cloud: LocalCloud, application: str, port: int) -> Board:
    return Board(
        outputs=cloud.outputs_file,
        job_status=cloud.directory / "flink" / application / "status.json",
        port=port,
        log=cloud.directory / "board.log",
    )


def read_shape() -> Shape:
    """Predict the application's cluster from its stack's file."""
    file = yaml.safe_load((PROJECT / f"Pulumi.{STACK}.yaml").read_text("utf-8"))
    flink = file["config"].get(f"{NAMESPACE}:flink", {})
    return Shape(slots=int(flink.get("parallelism", 1)), region=REGION)


def read_rules(cloud: LocalCloud, application: str) -> Rules:
    """Read the job's rules from the deployed application."""
    return rules_of(read_properties(cloud.client("kinesisanalyticsv2"), application))
