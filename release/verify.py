"""Watch a roll-out until it works, has failed, or its time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from common.application_status import meaning
from common.paths import job_status_file
from release import evidence as rules
from release.application import describe, last_operation
from release.errors import ReleaseError
from release.evidence import Check, Evidence, Expected
from release.figures import fetch
from release.local_job import LocalJob
from release.polling import VERDICT_SECONDS
from release.waiting import Waiting
from release.workload import Workload
from stack.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient


def now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of a watch."""

    version: str
    works: bool
    checks: Sequence[Check]
    seconds: int
    """The duration of the watch."""

    @property
    def message(self) -> str:
        """The verdict in one line."""
        if self.works:
            return f"{self.version} works: {_told(self.checks)}"
        wrong = [check for check in self.checks if check.state == "no"]
        missing = [check for check in self.checks if check.state == "not yet"]
        if wrong:
            return f"{self.version} has failed: {_told(wrong)}"
        return f"{self.version} has not shown that it works in {self.seconds} s: {_told(missing)}"


def _told(checks: Sequence[Check]) -> str:
    return "; ".join(f"{check.name}: {check.words}" for check in checks)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """How a roll-out is watched. By default with the real clock."""

    deadline: timedelta
    poll_seconds: float = VERDICT_SECONDS
    clock: Callable[[], datetime] = now
    sleep: Callable[[float], None] = time.sleep
    report: Callable[[Sequence[Check]], None] = field(default=lambda _: None)
    """Called with the checks of each poll that differ from the previous poll's."""

    def until_known(self, look: Callable[[], Evidence], expected: Expected) -> Verdict:
        """Poll until the roll-out works or has failed. At the deadline the last poll decides."""
        began = self.clock()
        told: list[Check] = []
        while True:
            last = self.clock() - began >= self.deadline
            checks = rules.check_evidence(look(), expected, last=last)
            if checks != told:
                self.report(checks)
                told = checks
            if last or rules.works(checks) or rules.failed(checks):
                return Verdict(
                    version=expected.version,
                    works=rules.works(checks),
                    checks=checks,
                    seconds=round((self.clock() - began).total_seconds()),
                )
            self.sleep(self.poll_seconds)


@dataclass(frozen=True, kw_only=True)
class Witness:
    """Gathers the evidence of an application's roll-out from metrics or from the local cloud."""

    workload: Workload
    version: str
    status_file: Path | None = None
    """The local cloud's status file of the job.

    For an emulator's endpoint it is found by default.
    """
    clock: Callable[[], datetime] = now

    def look(self) -> Evidence:
        """Gather the evidence of this moment.

        Raises `ReleaseError` if the application doesn't exist.
        """
        name = self.workload.application
        found = describe(self.workload.flink, name)
        if found is None:
            message = f"application {name} doesn't exist in {self.workload.outputs.account_id}"
            raise ReleaseError(message)
        told = Evidence(
            status=found.status,
            code_key=found.code_key,
            operation=last_operation(self.workload.flink, name),
        )
        local = self.status_file
        if local is None and self.workload.outputs.endpoint:
            local = job_status_file(name)
        if local is not None:
            return self._with_local_job(told, local, found.updated)
        figures = fetch(self.workload, found.updated, self.clock())
        return Evidence(
            status=told.status,
            code_key=told.code_key,
            operation=told.operation,
            restarts=figures.restarts,
            checkpoint=figures.checkpoint,
            failed_checkpoints=figures.failed_checkpoints,
            arrived=figures.arrived,
            read=figures.read,
            results=figures.results,
        )

    def stopped(self) -> str:
        """Say that the version is deployed and stopped. Raises `ReleaseError` if it is not."""
        waiting = Waiting(flink=self.workload.flink, application=self.workload.application)
        found = waiting.until_settled()
        if found.version != self.version or meaning(found.status).phase != "stopped":
            message = (
                f"{found.name} is {found.status} with {found.version}; expected: stopped with "
                f"{self.version}, as flink.start of the stack's file says"
            )
            raise ReleaseError(message)
        return f"{self.version} is deployed and stopped, as flink.start of the stack's file says"

    def _with_local_job(self, told: Evidence, file: Path, since: datetime) -> Evidence:
        job = LocalJob.read(file)
        if job is None or not job.runs(self.version):
            # The control plane reports the new version before its job has started.
            status = "UPDATING" if told.status == "RUNNING" else told.status
            return Evidence(status=status, code_key=told.code_key, reads_told=False)
        # The deployer may read the results, and of the trades only their number.
        minute = since.replace(second=0, microsecond=0)
        figures = fetch(self.workload, minute, self.clock())
        return Evidence(
            status=_status(job.state),
            code_key=told.code_key,
            operation=told.operation,
            restarts=job.restarts,
            checkpoint=job.checkpoints_completed > 0,
            failed_checkpoints=job.checkpoints_failed,
            arrived=figures.arrived,
            results=_count(self.workload.kinesis, self.workload.outputs.results_stream, since),
            problem=job.exception,
            reads_told=False,
        )


def _count(kinesis: KinesisClient, stream: str, since: datetime) -> int:
    """Count records from a time on, in one read of each shard. The verdict needs one result."""
    return len(StreamReader(kinesis, stream, since=since.timestamp()).poll())


def _status(state: str) -> str:
    """Translate a job's state into the service's status.

    The service reports a restarting job as RUNNING, and an application without a job as READY.
    """
    return {"RESTARTING": "RUNNING", "STOPPED": "READY", "FAILED": "READY"}.get(state, state)
