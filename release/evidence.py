"""The evidence of a roll-out, and its checks. Pure, and the same for AWS and the local cloud."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from common.application_status import meaning
from common.releases import key_of, version_of_key

OperationStatus: TypeAlias = Literal["IN_PROGRESS", "CANCELLED", "SUCCESSFUL", "FAILED"]

Answer: TypeAlias = Literal["yes", "no", "not yet", "not told"]
"""`no` is final. `not yet` can still change. `not told` is unknown and does not count."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The last call on the application that the service keeps a record of."""

    name: str
    status: OperationStatus
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was found since the roll-out. None means unknown, or not known yet."""

    status: str
    """The application's status."""
    code_key: str | None
    """The S3 key of the archive that the application is configured to run."""
    operation: Operation | None = None
    """None if there was none."""
    restarts: int | None = None
    """Number of times that Flink has restarted the job since the roll-out."""
    checkpoint: bool | None = None
    """Whether a checkpoint has completed since the roll-out."""
    failed_checkpoints: int | None = None
    arrived: int | None = None
    """Trades that arrived on the ingest stream."""
    read: int | None = None
    """Trades that were read from it."""
    results: int | None = None
    """Results that were written."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One condition of a roll-out that works."""

    name: str
    state: Answer
    words: str
    """What was found, for a person."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a roll-out must show."""

    version: str
    restarts_allowed: int = 0
    """The number of restarts that the roll-out itself may cause."""
    traffic_required: bool = False
    """Whether it is a failure if no trade arrives on the ingest stream."""


def check_evidence(evidence: Evidence, expected: Expected, *, last: bool = False) -> list[Check]:
    """Check a roll-out against the evidence. `last` says that no time is left.

    The roll-out works if no check is `no` or `not yet`. It has failed as soon as one check is `no`.
    """
    return [
        _operation(evidence.operation),
        _version(evidence, expected.version),
        _restarts(evidence, expected.restarts_allowed),
        _checkpoint(evidence),
        *_traffic(evidence, required=expected.traffic_required, last=last),
    ]


def failed(checks: list[Check]) -> bool:
    """Whether the roll-out has failed for good."""
    return any(check.state == "no" for check in checks)


def works(checks: list[Check]) -> bool:
    """Whether the roll-out has shown all that it must."""
    return all(check.state in {"yes", "not told"} for check in checks)


def _operation(operation: Operation | None) -> Check:
    name = "operation"
    if operation is None:
        return Check(name=name, state="not told", words="no operation is recorded")
    match operation.status:
        case "SUCCESSFUL":
            return Check(name=name, state="yes", words=f"{operation.name} succeeded")
        case "IN_PROGRESS":
            return Check(name=name, state="not yet", words=f"{operation.name} is in progress")
        case _:
            reason = operation.error or "no reason given"
            words = f"{operation.name} {operation.status.lower()}: {' '.join(reason.split())}"
            return Check(name=name, state="no", words=words)


def _version(evidence: Evidence, version: str) -> Check:
    name, running = "version", version_of_key(evidence.code_key)
    if evidence.code_key != key_of(version):
        words = f"{running or evidence.code_key or 'nothing'} is deployed, not {version}"
        return Check(name=name, state="no", words=words)
    if meaning(evidence.status).phase == "running":
        return Check(name=name, state="yes", words=f"{version} runs")
    state: Answer = "not yet" if meaning(evidence.status).settles else "no"
    return Check(name=name, state=state, words=f"{version} is {evidence.status}")


def _restarts(evidence: Evidence, allowed: int) -> Check:
    name, restarts = "restarts", evidence.restarts
    if restarts is None:
        return Check(name=name, state="not yet", words="no figures yet")
    if restarts > allowed:
        words = f"restarted {restarts} times, {allowed} allowed"
        return Check(name=name, state="no", words=words)
    return Check(name=name, state="yes", words=f"restarted {restarts} times")


def _checkpoint(evidence: Evidence) -> Check:
    name = "checkpoint"
    if evidence.checkpoint:
        return Check(name=name, state="yes", words="completed")
    lost = evidence.failed_checkpoints
    words = f"none completed, {lost} failed" if lost else "none completed"
    return Check(name=name, state="not yet", words=words)


def _traffic(evidence: Evidence, *, required: bool, last: bool) -> list[Check]:
    # CloudWatch has no points of a stream without records. So the figure is None, not 0.
    silent = not evidence.arrived and not evidence.read
    if last and silent and not required:
        words = "no trade arrived, so this can't be checked"
        return [Check(name=name, state="not told", words=words) for name in ("trades", "results")]
    arrived = "?" if evidence.arrived is None else evidence.arrived
    words = f"{evidence.read or 0} read, {arrived} arrived"
    trades = Check(name="trades", state="yes" if evidence.read else "not yet", words=words)
    written = evidence.results or 0
    state: Answer = "yes" if written else "not yet"
    return [trades, Check(name="results", state=state, words=f"{written} written")]
