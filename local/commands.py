"""The implementation of the commands of `stocktrading local`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import typer
from rich.table import Table

from common.errors import UsageError, UserError
from common.exit_codes import INTERRUPTED
from components.streaming import archive
from local.accounts import ACCOUNTS, REGION, WORKLOAD
from local.clients import Clients
from local.cloud import STACK, LocalCloud, Running, find_running
from local.deploy.plan import Action, Summary
from local.deploy.state import Resource
from local.directory import DIRECTORY
from local.errors import LocalError
from local.flink.job_status import JobState, JobStatus
from local.flink.metrics_publisher import MetricsPublisher
from local.flink.watcher import ManagedFlink
from local.restore import Redeployment
from local.signals import Stop
from local.stacks import Engine, Stacks
from release.package import find_stale
from stack.emulator import secret_for
from terminal.answer import answer
from terminal.console import stderr, stdout

console: Final = stderr()

LOOK_SECONDS: Final = 1.0
DOWN_SECONDS: Final = 30.0
"""How long `down` waits for the local cloud to stop."""


NEXT: Final = (
    "up: the job runs. Next, in another terminal:",
    "  stocktrading simulate        sends trades; stocktrading send FILE sends your own",
    "  stocktrading board --open    shows results",
    "  stocktrading local status    says what runs",
    "  stocktrading local down      ends it, as Ctrl-C does here",
)
"""What `up` says when everything runs."""

MEND: Final = (
    "mend it, then run `make package`, `stocktrading local deploy` and, if the job couldn't start, "
    "`stocktrading release start`"
)
"""What `up` says after a failure. A failed start leaves the application stopped."""


def up(port: int, endpoint: str, engine: Engine) -> None:
    """Start the emulator, deploy both stacks, and run the application until it is stopped."""
    with _told_in_a_line("up"), Stop() as stop:
        _tell_if_stale()
        cloud = LocalCloud(
            directory=DIRECTORY,
            port=port,
            endpoint=endpoint.rstrip("/"),
            report=_report,
            engine=engine,
        )
        with cloud:
            name: str = cloud.outputs["application_name"]
            _say(f"AWS at {cloud.endpoint}; outputs in {cloud.outputs_file}; starting the job")
            directory = cloud.directory / "flink"
            with (
                ManagedFlink(cloud.clients, WORKLOAD, cloud.applications, directory) as flink,
                MetricsPublisher(cloud.clients, lambda: flink.status(name)),
            ):
                stop.orderly = True
                told: JobState | None = None
                while not stop.asked(LOOK_SECONDS):
                    told = _tell_job(flink.status(name), told)
                    if cloud.emulator and not cloud.emulator.alive():
                        message = f"the AWS emulator has ended: see {cloud.emulator.log}"
                        raise LocalError(message)
        _say("everything stopped")


def _tell_job(status: JobStatus, told: JobState | None) -> JobState | None:
    """Say once that the job runs, with what to do next, or that it failed. Give what was said."""
    if status.state == told or status.state not in {"RUNNING", "FAILED"}:
        return told
    if status.state == "FAILED":
        _say(f"the job failed: {status.reason}")
        _say(MEND)
    elif told is None:
        for line in NEXT:
            _say(line)
    else:
        _say("the job runs")
    return status.state


def deploy(
    stack: str,
    settings: Sequence[str],
    *,
    refresh: bool,
    start_from: str | None = None,
    as_json: bool = False,
) -> None:
    """Deploy a stack again on the running local cloud, for example with a new job version.

    A job that can't take the running job's state is refused, unless `start_from` is given.
    """
    with _told_in_a_line("deploy"):
        running = _running()
        stacks = Stacks(
            clients=Clients(running.endpoint),
            directory=DIRECTORY,
            report=_report,
            engine=running.engine,
        )
        done: list[Summary] = []

        def up(overrides: Mapping[str, object]) -> None:
            _, summary = stacks.up(stack, overrides, refresh=refresh)
            done.append(summary)
            _say(f"{stack}: {summary}")

        overrides = dict(_setting(text) for text in settings)
        if stack == STACK:
            _redeploy(stacks.clients, overrides, start_from, up)
        elif start_from:
            message = f"--start-from: stack {stack} has no job; allowed: with {STACK}"
            raise UsageError(message)
        else:
            up(overrides)
        if as_json:
            actions = sum((each.actions for each in done), Counter[Action]())
            records = done[-1].records
            answer("local deploy", {"stack": stack, "actions": actions, "records": records})


def _redeploy(
    clients: Clients,
    overrides: Mapping[str, object],
    start_from: str | None,
    up: Callable[[Mapping[str, object]], None],
) -> None:
    _tell_if_stale()
    redeployment = Redeployment(
        clients=clients,
        stack=STACK,
        application=str(_outputs(STACK)["application_name"]),
        overrides=overrides,
        flink_directory=DIRECTORY / "flink",
        say=_say,
    )
    if start_from:
        redeployment.start_from(start_from, up)
    else:
        redeployment.check()
        up(overrides)


def _tell_if_stale() -> None:
    if stale := find_stale(archive.DISTRIBUTION):
        _say(f"warning: {stale}")


def status(*, as_json: bool) -> None:
    """Print what runs."""
    with _told_in_a_line("status"):
        running = _running()
        outputs = _outputs(STACK)
        name = str(outputs["application_name"])
        clients = Clients(running.endpoint)
        flink = clients.client("kinesisanalyticsv2", WORKLOAD)
        detail = flink.describe_application(ApplicationName=name)["ApplicationDetail"]
        job = JobStatus.read(DIRECTORY / "flink" / name / "status.json")
        report = {
            "endpoint": running.endpoint,
            "process": running.process,
            "application": name,
            "application_status": detail["ApplicationStatus"],
            "application_version": detail["ApplicationVersionId"],
            "job_version": outputs["job_version"],
            "job": job.state if job else None,
            "job_exception": job.exception if job else None,
            "flink": job.rest_url if job else None,
        }
        if as_json:
            answer("local status", report)
        else:
            _show(report)


def _show(report: Mapping[str, object]) -> None:
    table = Table(box=None, show_header=False)
    for name, value in report.items():
        table.add_row(name.replace("_", " "), "-" if value is None else str(value))
    stdout().print(table)


def environment(stack: str) -> None:
    """Print the environment variables for a shell's AWS tools and SDKs."""
    with _told_in_a_line("env"):
        endpoint = _running().endpoint
        variables = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNTS[stack],  # for the emulator the key is the account's id
            "AWS_SECRET_ACCESS_KEY": secret_for(endpoint),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }
        for name, value in variables.items():
            typer.echo(f"export {name}={value}")


def outputs(stack: str) -> None:
    """Print a stack's outputs, as `pulumi stack output --json` does."""
    with _told_in_a_line("outputs"):
        _running()
        typer.echo(json.dumps(_outputs(stack), indent=2))


def down() -> None:
    """Stop the running local cloud, and wait until it has stopped."""
    with _told_in_a_line("down"):
        running = _running()
        os.kill(running.process, signal.SIGTERM)
        deadline = time.monotonic() + DOWN_SECONDS
        while find_running(DIRECTORY) is not None:
            if time.monotonic() > deadline:
                message = f"process {running.process} hasn't ended after {DOWN_SECONDS:.0f} s"
                raise LocalError(message)
            time.sleep(0.1)
        _say("down")


def _running() -> Running:
    running = find_running(DIRECTORY)
    if running is None:
        message = "no local cloud is up: run stocktrading local up"
        raise LocalError(message)
    return running


def _outputs(stack: str) -> Mapping[str, Any]:
    path = DIRECTORY / f"{stack}.json"
    if not path.exists():
        message = f"stack {stack} isn't deployed yet; stacks: {', '.join(ACCOUNTS)}"
        raise LocalError(message)
    return cast("Mapping[str, Any]", json.loads(path.read_text("utf-8")))


def _setting(text: str) -> tuple[str, object]:
    key, separator, value = text.partition("=")
    if not separator or ":" not in key:
        message = f"--set {text}: allowed: namespace:key=value or namespace:key.part=value"
        raise UsageError(message)
    try:
        return key, cast("object", json.loads(value))
    except ValueError:
        return key, value


def _report(action: Action, resource: Resource) -> None:
    if action != "unchanged":
        _say(f"{action} {resource.name} ({resource.type})")


def _say(line: str) -> None:
    console.message(line)


@contextmanager
def _told_in_a_line(command: str) -> Generator[None]:
    """Print an error as one line on stderr, and exit with a non-zero code."""
    try:
        yield
    except UserError as error:
        line = f"local {command}: {error}"
        console.message(line, style="red")
        sys.exit(error.code)
    except KeyboardInterrupt:
        console.print(f"local {command}: interrupted", style="red")
        sys.exit(INTERRUPTED)
