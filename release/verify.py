"""Watch a roll-out until it works, has failed, or its time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from common.application_status import meaning
from release import evidence as rules
from release.application import describe, recorded
from release.errors import ReleaseError
from release.evidence import Check, Evidence, Expected
from release.figures import fetch, summarize
from release.polling import VERDICT_SECONDS
from release.waiting import Waiting
from release.workload import Workload


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
    """Gathers the evidence of an application's roll-out from the service and CloudWatch."""

    workload: Workload
    version: str
    clock: Callable[[], datetime] = now

    def look(self) -> Evidence:
        """Gather the evidence of this moment.

        While the application is being changed, the job of the version before still has metrics. So
        the figures count from the end of the last operation. Raises `ReleaseError` if the
        application doesn't exist.
        """
        name = self.workload.application
        found = describe(self.workload.flink, name)
        if found is None:
            message = f"application {name} doesn't exist in {self.workload.outputs.account_id}"
            raise ReleaseError(message)
        known = recorded(self.workload.flink, name)
        operation, since = known.last, max(found.updated, known.ended or found.updated)
        runs = meaning(found.status).phase == "running"
        ended = operation is None or operation.status != "IN_PROGRESS"
        figures = fetch(self.workload, since, self.clock()) if runs and ended else summarize({})
        return Evidence(
            status=found.status,
            code_key=found.code_key,
            operation=operation,
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
