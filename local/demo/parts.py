"""Starts what the demo needs on this machine: the local cloud, Flink, the simulator, the board."""

from __future__ import annotations

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
from local.accounts import REGION, WORKLOAD
from local.cloud import NAMESPACE, STACK, LocalCloud
from local.demo.view import Moment, Steps
from local.directory import PROJECT
from local.errors import LocalError
from local.flink.hosting import Host, Shape
from local.flink.metrics_publisher import MetricsPublisher
from local.flink.watcher import ManagedFlink
from local.live_recount import LiveRecount
from local.simulation import Simulation
from oracle.verdict import Rules
from release.job_rules import read_properties, rules_of
from simulator.faults import Faults

if TYPE_CHECKING:
    from local.flink.job_status import JobStatus

OVERRIDES: Final[Mapping[str, object]] = {
    # The streams are new, so the job can read everything, also trades sent while Flink starts.
    f"{NAMESPACE}:job.InitialPosition": "TRIM_HORIZON",
}

PAST_SECONDS: Final = 10
"""The first trades are from this many seconds before the last window's end. So that window has a
result at once."""

APPLICATION: Final = "stocktrading-analytics"
"""The application's name, unless the stack's file has another prefix."""


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


def start_parts(options: Options, steps: Steps, held: ExitStack) -> Parts:
    """Start everything, and don't wait for the job or the board. `held` stops it at its exit.

    Raises `LocalError` in one line if a part can't start.
    """
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
    _open_board(_board(cloud, name, options.board_port), options, steps, held)
    return Parts(cloud=cloud, flink=flink, simulation=simulation, recount=recount)


def _open_board(board: Board, options: Options, steps: Steps, held: ExitStack) -> None:
    """Start the board, and print its address once it responds. Nothing else waits for it."""

    def tell() -> None:
        try:
            board.await_answer()
        except BoardError as error:
            steps.done(str(error))
        else:
            steps.done(f"the board is at {board.url}")
            if options.open_board and (problem := open_page(board.url)):
                steps.done(problem)

    held.callback(board.stop)
    board.launch()
    threading.Thread(target=tell, name="board", daemon=True).start()


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
