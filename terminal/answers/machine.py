"""JSON objects of what runs on this machine: doctor, local cloud, demo and rehearsal."""

from collections.abc import Mapping, Sequence
from typing import Literal

from terminal.answers.base import Answer


class CheckAnswer(Answer):
    """One check of `doctor`."""

    what: str
    state: Literal["ok", "missing", "advice", "not told"]
    found: str
    do: str
    """What a person does about it. Empty if nothing is to be done."""


class DoctorAnswer(Answer):
    """What is missing."""

    ready: bool
    """Whether nothing is missing. The exit code says the same."""
    checks: Sequence[CheckAnswer]


class DemoAnswer(Answer):
    """The numbers of a demo's run."""

    right: bool
    """Whether all trades were accepted, counted correctly and stored."""
    trades_sent: int
    trades_failed: int
    """Trades that the stream did not accept."""
    results: int
    objects: int
    """Objects in S3 with results or dead letters."""
    undelivered: int
    """Results and dead letters that are in no object."""
    dead_letters: int
    windows_checked: int
    """Closed windows (of one ticker each) that were compared with the recount."""
    windows_open: int
    mismatches: int
    faults: Mapping[str, int]
    """The number of mismatches by kind."""
    late_by_idleness: int
    first_result_seconds: float | None
    """Time from the start of the command to the first result on its stream."""
    behind_p50_seconds: float | None
    """Time from a window's end to its result, for windows that ended while the job ran."""
    behind_p99_seconds: float | None
    job_version: str
    job_restarts: int


class RunAnswer(Answer):
    """One run of the rehearsed pipeline."""

    change: str
    commit: str
    expected: str
    outcome: str
    seen: str
    """The verdict of `release verify` in one line."""
    seconds: float
    seconds_without_job: float
    right: bool


class RehearsalAnswer(Answer):
    """All runs of the rehearsed pipeline, and the recount."""

    right: bool
    outcomes: Sequence[str]
    runs: Sequence[RunAnswer]
    trades_sent: int
    trades_failed: int
    windows_checked: int
    mismatches: int
    undelivered: int
    seconds: float


class StatusAnswer(Answer):
    """What runs in the local cloud."""

    endpoint: str
    process: int
    application: str
    application_status: str
    application_version: int
    job_version: str | None
    job: str | None
    """State of the job. Null if no job was started."""
    job_exception: str | None
    flink: str | None
    """Address of Flink's web UI."""


class DeployAnswer(Answer):
    """What a deployment to the local cloud changed."""

    stack: str
    actions: Mapping[str, int]
    """Number of resources by action: created, updated, replaced, deleted, unchanged."""
    records: Sequence[str]
    """Resources that the emulator lacks. Only their requests were checked."""
