"""What is known of a roll-out, and what it says: pure, and the same for AWS and the local cloud."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from release.versions import key_of, version_of_key

OperationStatus: TypeAlias = Literal["IN_PROGRESS", "CANCELLED", "SUCCESSFUL", "FAILED"]

State: TypeAlias = Literal["yes", "no", "not yet", "not told"]
"""`no` is final; `not yet` can become any other; `not told` neither helps nor harms."""

CHANGING: Final = frozenset({"STARTING", "UPDATING", "AUTOSCALING", "STOPPING", "ROLLING_BACK"})
"""Application statuses that pass by themselves."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The last operation on the application that the service keeps a record of."""

    name: str
    status: OperationStatus
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was found since the roll-out. None: not known, or not known yet."""

    status: str
    """The application's status."""
    code_key: str | None
    """S3 key of the archive that it is configured with."""
    operation: Operation | None = None
    """None where the endpoint keeps no record of operations, or has none."""
    restarts: int | None = None
    """How often Flink has restarted the job since."""
    checkpoint: bool | None = None
    """Whether a checkpoint was completed since."""
    failed_checkpoints: int | None = None
    arrived: int | None = None
    """Trades that arrived on the ingest stream."""
    read: int | None = None
    """Trades that were read from it."""
    results: int | None = None
    """Results that were written."""
    problem: str | None = None
    """What the job itself says is wrong, in one line."""
    reads_told: bool = True
    """Whether this place can tell at all what was read."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must be so."""

    name: str
    state: State
    words: str
    """What was found, for a person."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a roll-out must show."""

    version: str
    restarts_allowed: int = 0
    """Restarts that are taken for the roll-out's own."""
    traffic_required: bool = False
    """Whether silence on the ingest stream is a failure."""


def judge(evidence: Evidence, expected: Expected, *, last: bool = False) -> list[Check]:
    """Judge a roll-out by what is known; `last` where no more time is left.

    It works when no check is `no` or `not yet`; it doesn't as soon as one is `no`.
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
        return Check(name=name, state="not told", words="this endpoint keeps no operations")
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
    if evidence.status == "RUNNING":
        return Check(name=name, state="yes", words=f"{version} runs")
    state: State = "not yet" if evidence.status in CHANGING else "no"
    why = f": {evidence.problem}" if evidence.problem else ""
    return Check(name=name, state=state, words=f"{version} is {evidence.status}{why}")


def _restarts(evidence: Evidence, allowed: int) -> Check:
    name, restarts = "restarts", evidence.restarts
    if restarts is None:
        return Check(name=name, state="not yet", words="no figures yet")
    if restarts > allowed:
        why = f": {evidence.problem}" if evidence.problem else ""
        words = f"restarted {restarts} times, {allowed} allowed{why}"
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
    # A stream that nothing is put on has no points at all, which is no figure, not 0.
    silent = not evidence.arrived and not evidence.read
    if last and silent and not required:
        words = "no trade arrived, so there is nothing to judge by"
        return [Check(name=name, state="not told", words=words) for name in ("trades", "results")]
    arrived = "?" if evidence.arrived is None else evidence.arrived
    if not evidence.reads_told:
        trades = Check(name="trades", state="not told", words=f"{arrived} arrived")
    else:
        words = f"{evidence.read or 0} read, {arrived} arrived"
        trades = Check(name="trades", state="yes" if evidence.read else "not yet", words=words)
    written = evidence.results or 0
    state: State = "yes" if written else "not yet"
    return [trades, Check(name="results", state=state, words=f"{written} written")]
