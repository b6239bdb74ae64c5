"""The status of an application's job, for the demo, the board and the check of a roll-out."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias, cast

from common.files import write_whole
from local.flink.rest import FlinkRest, root_cause

JobState: TypeAlias = Literal[
    "STARTING", "RUNNING", "RESTARTING", "UPDATING", "FAILED", "STOPPING", "STOPPED"
]


ENDED: Final = frozenset({"FAILED", "CANCELED", "FINISHED", "SUSPENDED"})
"""Flink's own states of a job that has ended."""


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """The state of one application's job at one moment."""

    application: str
    state: JobState
    version: int | None = None
    """`ApplicationVersionId` of the version that was started last. None before the first start."""
    code: str | None = None
    """Key of the archive in the code bucket."""
    job_id: str | None = None
    restarts: int = 0
    """Number of times that Flink has restarted the job since this version was started."""
    exception: str | None = None
    """Root cause of the last failure in one line: class and message, or the job's output."""
    log: str | None = None
    """The log with more about a failure."""
    checkpoint: str | None = None
    """URI of the last completed checkpoint or savepoint."""
    checkpoint_at: int | None = None
    """Time when the checkpoint was triggered, in milliseconds since the epoch."""
    checkpoints_completed: int = 0
    checkpoints_failed: int = 0
    restored_from: str | None = None
    """URI of the savepoint or checkpoint that this version started from."""
    rest_url: str | None = None
    """Address of Flink's web UI and of the read-only part of its REST API."""

    @property
    def reason(self) -> str:
        """The reason of the job's failure, with the path of the log."""
        told = self.exception or "no reason is known"
        return told if "log: " in told or not self.log else f"{told}; log: {self.log}"

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read the file that `write` wrote. None if there is no file yet."""
        try:
            return cls(**cast("dict[str, Any]", json.loads(path.read_text("utf-8"))))
        except FileNotFoundError:
            return None

    def write(self, path: Path) -> None:
        """Write the status as JSON. The file is replaced as a whole, so a reader sees no half."""
        write_whole(path, json.dumps(asdict(self), indent=2) + "\n")


def classify(state: str, *, tasks_up: bool, restarts: int) -> JobState:
    """Translate Flink's state of a job into a `JobState`.

    Flink says `RUNNING` also for a job whose tasks aren't all up yet. This function gives
    `STARTING` or `RESTARTING` for such a job. A job that has ended for any reason is `FAILED`,
    because a streaming job doesn't end by itself.
    """
    if state in ENDED:
        return "FAILED"
    if state == "RUNNING" and tasks_up:
        return "RUNNING"
    if state in {"RESTARTING", "FAILING"} or restarts:
        return "RESTARTING"
    return "STARTING"


def observe(rest: FlinkRest, job_id: str, base: JobStatus) -> JobStatus:
    """Read a job's state from the JobManager, and add it to `base`.

    Raises `RestError` if the JobManager doesn't respond.
    """
    job = rest.job(job_id)
    restarts = rest.restarts(job_id)
    trace = rest.exception(job_id)
    checkpoints = rest.checkpoints(job_id)
    state = classify(job.state, tasks_up=job.tasks_up == job.tasks, restarts=restarts)
    ended = f"the job ended by itself as {job.state}" if state == "FAILED" else base.exception
    latest = checkpoints.latest
    seen = replace(
        base,
        state=state,
        job_id=job_id,
        restarts=base.restarts + restarts,
        exception=root_cause(trace) if trace else ended,
        checkpoints_completed=checkpoints.completed,
        checkpoints_failed=checkpoints.failed,
    )
    return replace(seen, checkpoint=latest.path, checkpoint_at=latest.at) if latest else seen
