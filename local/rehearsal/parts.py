"""Starts the components of the rehearsal: both stacks, Flink, the load, and the pipeline."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local.accounts import TOOLING, WORKLOAD
from local.cloud import NAMESPACE, STACK, LocalCloud
from local.demo.parts import read_rules
from local.directory import PROJECT
from local.emulator.child import Emulator
from local.errors import LocalError
from local.firehose.service import Firehose
from local.flink.metrics_publisher import MetricsPublisher
from local.flink.watcher import ManagedFlink
from local.live_recount import LiveRecount
from local.pipeline.build import Machine
from local.pipeline.run import Pipeline
from local.pipeline.state_backend import StateBackend, keep_outcome
from local.rehearsal.changes import patient, small
from local.rehearsal.job_watch import JobWatch
from local.rehearsal.scratch_clone import Scratch
from local.rehearsal.view import RehearsalView
from local.simulation import Simulation
from simulator.faults import Faults

if TYPE_CHECKING:
    from local.flink.job_status import JobStatus

PULUMI: Final = """\
#!/bin/sh
# The stand-in for Pulumi's command line. It runs on the program's own Python, as Pulumi.yaml says.
exec .venv/bin/python -m local.pipeline.pulumi_stand_in "$@"
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the rehearsal."""

    directory: Path
    port: int = 0
    """Port of the emulator. 0: a free one."""
    rate: float = 100
    """Trades a second."""
    seed: int = 0
    checks: str = "lint"
    """Make targets that the build runs before it packages, separated by spaces."""
    verify_minutes: int = 8
    faults: Faults = field(default_factory=Faults)


@dataclass(kw_only=True)
class Parts:
    """The components that run during the rehearsal."""

    cloud: LocalCloud
    flink: ManagedFlink
    simulation: Simulation
    recount: LiveRecount
    job_watch: JobWatch
    scratch: Scratch
    pipeline: Pipeline
    good: str
    """The last commit that works. The next change is built on it."""
    version: str
    """The running version of the job."""

    @property
    def application(self) -> str:
        """Name of the application."""
        return self.cloud.outputs["application_name"]

    def job(self) -> JobStatus:
        """Give the job's status. Raises `LocalError` if the emulator or the load has failed."""
        emulator = self.cloud.emulator
        if emulator and not emulator.alive():
            message = f"the AWS emulator ended by itself; log: {emulator.log}"
            raise LocalError(message)
        self.simulation.ended()
        self.recount.seen()
        return self.flink.status(self.application)


def start(options: Options, view: RehearsalView, held: ExitStack) -> Parts:
    """Start everything. Closing `held` stops everything. Raises `LocalError` in one line."""
    directory = options.directory
    shutil.rmtree(directory / "state", ignore_errors=True)  # from an earlier emulator
    emulator = Emulator(run_directory=directory / "emulator", port=options.port)
    held.enter_context(emulator)
    scratch = Scratch.clone(PROJECT, directory / "scratch")
    scratch.configure("sandbox", lambda config: _place(config, WORKLOAD, emulator.endpoint))
    scratch.configure("tooling", lambda config: _place(config, TOOLING, emulator.endpoint))
    scratch.configure("sandbox", _trust)
    scratch.configure("sandbox", small)
    scratch.configure("tooling", lambda config: patient(config, options.verify_minutes))
    first = scratch.commit("Set up the rehearsal")
    view.done(f"scratch clone at {scratch.directory}, {first.commit[:10]}")
    cloud = LocalCloud(directory=directory, endpoint=emulator.endpoint, project=scratch.directory)
    held.enter_context(cloud)
    cloud.emulator = emulator
    held.enter_context(Firehose(cloud.clients, WORKLOAD))
    view.done(f"emulator at {cloud.endpoint}, stacks tooling and sandbox deployed")
    _hand_state_over(cloud)
    load = _Load.on(options, cloud, held)
    view.job = lambda: load.flink.status(load.application).state
    view.done(f"sending {options.rate:g} trades a second")
    return Parts(
        cloud=cloud,
        flink=load.flink,
        simulation=load.simulation,
        recount=load.recount,
        job_watch=load.job_watch,
        scratch=scratch,
        pipeline=_pipeline(options, cloud, view),
        good=first.commit,
        version=cloud.outputs["job_version"],
    )


@dataclass(frozen=True, kw_only=True)
class _Load:
    """The job, the load, and the threads that watch both."""

    application: str
    flink: ManagedFlink
    simulation: Simulation
    recount: LiveRecount
    job_watch: JobWatch

    @classmethod
    def on(cls, options: Options, cloud: LocalCloud, held: ExitStack) -> _Load:
        name = str(cloud.outputs["application_name"])
        flink = ManagedFlink(cloud.clients, WORKLOAD, lambda: [name], cloud.directory / "flink")
        simulation = Simulation(
            cloud.outputs_file,
            rate=options.rate,
            seed=options.seed,
            faults=options.faults,
        )
        rules = read_rules(cloud, name)
        recount = LiveRecount(cloud.client("kinesis"), cloud.client("s3"), cloud.outputs, rules)
        job_watch = JobWatch(lambda: flink.status(name))
        metrics = MetricsPublisher(cloud.clients, lambda: flink.status(name))
        for part in (flink, metrics, simulation, recount, job_watch):
            held.enter_context(part)
        return cls(
            application=name,
            flink=flink,
            simulation=simulation,
            recount=recount,
            job_watch=job_watch,
        )


def _pipeline(options: Options, cloud: LocalCloud, view: RehearsalView) -> Pipeline:
    tools = cloud.directory / "pipeline" / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    (tools / "pulumi").write_text(PULUMI, "utf-8")
    (tools / "pulumi").chmod(0o755)
    machine = Machine(
        directory=cloud.directory / "pipeline",
        clients=cloud.clients,
        tools=tools,
        # The local service changes within seconds, and polling it costs nothing.
        extra={"RELEASE_POLL_SECONDS": "1"},
    )
    return Pipeline.read(
        cloud.directory / "state" / "tooling.json",
        cloud.clients,
        machine,
        {"CHECKS": options.checks},
        view.hear,
    )


def _place(config: dict[str, Any], account: str, endpoint: str) -> None:
    config[f"{NAMESPACE}:account_id"] = account
    config[f"{NAMESPACE}:endpoint"] = endpoint


def _trust(config: dict[str, Any]) -> None:
    """Let the account's root user send trades. The pipeline only reads the stack's file."""
    config[f"{NAMESPACE}:producer"] = {"trusted": [f"arn:aws:iam::{WORKLOAD}:root"]}


def _hand_state_over(cloud: LocalCloud) -> None:
    """Copy the state of the first deployment to the backend that the pipeline uses."""
    tooling = json.loads((cloud.directory / "tooling.json").read_text("utf-8"))
    s3 = cloud.client("s3", TOOLING)
    backend = StateBackend.of_url(s3, tooling["state_backend_url"], NAMESPACE)
    keep_outcome(backend, STACK, cloud.directory / "state" / f"{STACK}.json", cloud.outputs)
