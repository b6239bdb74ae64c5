"""Brings one application of Managed Flink to the wanted state, and keeps its status."""

import logging
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from local.clients import Clients
from local.errors import LocalError
from local.flink.application import Application
from local.flink.application_cluster import ApplicationCluster
from local.flink.checkpoints import newest_state
from local.flink.config import Memory
from local.flink.control_plane import JobReport, Outcome
from local.flink.distribution import FlinkError
from local.flink.hosting import Host
from local.flink.job_status import JobState, JobStatus
from local.flink.reconcile import (
    Action,
    Actual,
    NoteEmpty,
    Recover,
    Remove,
    Start,
    Stop,
    TakeSavepoint,
    choose_state,
    decide,
)
from local.flink.rest import RestError
from local.flink.submit import SubmissionError
from local.flink.web_ui import WebUi

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = 5.0
"""Seconds until a failed start is tried again. Each later pause is twice the one before."""

LONGEST_PAUSE: Final = 300.0


class ManagedApplication:
    """Brings the running job to the state that the application's description wants.

    Only one thread may call `reconcile` and `close`. Any thread may read `status` and call
    `interrupt`.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        clients: Clients,
        *,
        memory: Memory | None = None,
        spare: Host | None = None,
    ) -> None:
        """Begin with no job. Files of an earlier run in the directory are removed.

        `spare` is a cluster in that directory that was launched in advance. It is used if it has
        the shape that the application wants.
        """
        if spare is None:
            shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.status = JobStatus(application=name, state="STOPPED")
        self._cluster = ApplicationCluster(directory, clients, memory, spare)
        self._actual = Actual()
        self._failures = 0
        self._retry_at = 0.0
        self._lost: str | None = None
        self._served = ExitStack()
        self._web_ui = self._served.enter_context(WebUi(self._cluster.fetcher))
        self._recoveries = 0
        self._starts = 0
        self._has_run = False
        self._failed_start: str | None = None

    @property
    def report(self) -> JobReport | None:
        """What the control plane is to know of the job. None while the job starts or stops."""
        outcome: Outcome = "STOPPED"
        if self._failed_start is not None:
            outcome = "FAILED"
        elif self._actual.version is not None:
            if not self._has_run:
                return None
            outcome = "RUNNING"
        return JobReport(
            application=self.status.application,
            version=self.status.version,
            outcome=outcome,
            error=self._failed_start,
            start=self._starts,
        )

    @property
    def savepoints(self) -> Mapping[str, str | None]:
        """The URI of each snapshot's state, by its name. None if the snapshot has no state."""
        return self._actual.savepoints

    def reconcile(self, wanted: Application | None) -> None:
        """Bring the job to the wanted state, which may take a minute, and update the status."""
        self._look_after_processes()
        if wanted:
            self._forget_deleted(wanted.snapshots)
        for action in decide(wanted, self._actual):
            if self._cluster.interrupted:
                return
            if action == self._actual.failed and time.monotonic() < self._retry_at:
                continue
            logger.info("%s: %s", self.status.application, action)
            self._execute(action, wanted)
        self._observe()

    def interrupt(self) -> None:
        """End the cluster's processes, so that a thread that waits for them fails at once."""
        self._cluster.interrupt()

    def disturb(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process of the cluster. Raises `FlinkError` if it doesn't run."""
        self._cluster.disturb(name, number)

    def close(self) -> None:
        """Stop the job and its cluster without a savepoint."""
        self._cluster.end()
        self._served.close()
        self._say("STOPPED", job_id=None, rest_url=None)

    def _look_after_processes(self) -> None:
        """Replace a TaskManager that has ended. If the JobManager has ended, note a restart."""
        if self.status.job_id is None or self._actual.version is None:
            return
        if lost := self._cluster.replace_task_managers():
            self._lost = lost
            self._say("RESTARTING", exception=lost)
        elif failure := self._cluster.failure():
            self._actual = replace(self._actual, process_ended=True)
            self._say("RESTARTING", exception=failure)

    def fail(self, reason: str) -> None:
        """Report a failure that the job didn't cause."""
        self._say("FAILED", exception=reason)

    def _execute(self, action: Action, wanted: Application | None) -> None:
        match action:
            case NoteEmpty(snapshots=names):
                self._note(names, None)
            case TakeSavepoint(snapshots=names):
                # It fails while the tasks are starting. It is then taken at a later look.
                if savepoint := self._take_savepoint():
                    self._note(names, savepoint)
            case Stop(snapshots=names) if self._failed_start is not None:
                self._note(names, None)
                self._forget_start()
            case Stop(snapshots=names):
                restarts = wanted is not None and wanted.wanted
                self._stop(names, "UPDATING" if restarts else "STOPPING")
                if not restarts:
                    self._say("STOPPED", job_id=None, rest_url=None)
            case Remove():
                self._stop((), "STOPPING")
                self._remove()
            case Start() | Recover() if wanted:
                self._start(wanted, action)
            case _:
                message = f"{action} without an application"
                raise AssertionError(message)

    def _start(self, wanted: Application, action: Start | Recover) -> None:
        last = self.status
        again = action == self._actual.failed
        if isinstance(action, Recover):
            self._recoveries += not again
            state = "RESTARTING"
        else:
            self._recoveries = 0
            state = "UPDATING" if last.state == "UPDATING" else "STARTING"
        self._failures = self._failures if again else 0
        self._starts += 1
        self._lost = self._failed_start = None
        self._has_run = self._has_run and isinstance(action, Recover)
        self._tell(
            JobStatus(
                application=wanted.name,
                state=last.state if again else state,
                version=wanted.version,
                code=wanted.code_location.get("FileKey"),
                restarts=self._recoveries,
                exception=last.exception if again or isinstance(action, Recover) else None,
                log=str(self.directory / "cluster" / "log"),
            )
        )
        known = newest_state(
            self.directory / "cluster" / "checkpoints",
            last.job_id,
            last.checkpoint or last.restored_from,
        )
        if isinstance(action, Recover):
            self._cluster.end()
        self._actual = replace(
            self._actual,
            version=wanted.version,
            created=wanted.created,
            restore=wanted.restore,
            process_ended=False,
            failed=None,
        )
        try:
            savepoint = choose_state(action, wanted.snapshots, self._actual.savepoints, known)
            self._say(self.status.state, restored_from=savepoint)
            self._run(wanted)
        except LocalError as error:
            self._try_again_later(action, error)
        else:
            if again and isinstance(action, Start):
                self._say("STARTING", exception=None)

    def _try_again_later(self, action: Start | Recover, error: LocalError) -> None:
        """Note a failed start. It is tried again for as long as the application should run.

        If Flink itself didn't start, this isn't the application's fault, and its state is not
        `FAILED`. If the application's job has never run, the control plane is told that the start
        has failed. Then the application should no longer run.
        """
        own_fault = not isinstance(error, FlinkError) or isinstance(error, SubmissionError)
        if own_fault and not self._has_run:
            self._failed_start = str(error)
        self._actual = replace(self._actual, failed=action)
        self._retry_at = time.monotonic() + min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE)
        self._failures += 1
        self._cluster.end()
        state: JobState = "FAILED" if own_fault else "RESTARTING"
        self._say(state, exception=str(error), rest_url=None)

    def _run(self, wanted: Application) -> None:
        submission = self._cluster.prepare(wanted, self.status.restored_from)
        self._cluster.await_up(wanted)
        self._say(self.status.state, rest_url=self._web_ui.url)
        self._say(self.status.state, job_id=self._cluster.submit(submission))

    def _stop(self, snapshots: Sequence[str], state: JobState) -> None:
        """End the job. In an update its cluster stays for the next version."""
        self._say(state)
        saved = None
        if snapshots:
            saved = self._take_savepoint(stop=True)
            self._note(snapshots, saved)
        job = self.status.job_id
        if state != "UPDATING" or not (saved or (job and self._cluster.cancel(job))):
            self._cluster.end()
        self._forget_start()

    def _forget_start(self) -> None:
        """Note that no version is started any more."""
        self._has_run = False
        self._actual = replace(
            self._actual, version=None, restore=None, process_ended=False, failed=None
        )

    def _remove(self) -> None:
        self._cluster.end()
        self._actual = Actual()
        self._failed_start = None
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.status = JobStatus(application=self.status.application, state="STOPPED")

    def _take_savepoint(self, *, stop: bool = False) -> str | None:
        job = self.status.job_id
        return self._cluster.take_savepoint(job, stop=stop) if job else None

    def _note(self, snapshots: Sequence[str], savepoint: str | None) -> None:
        seen = {**self._actual.savepoints, **dict.fromkeys(snapshots, savepoint)}
        self._actual = replace(self._actual, savepoints=seen)

    def _forget_deleted(self, snapshots: Sequence[str]) -> None:
        kept = {name: at for name, at in self._actual.savepoints.items() if name in snapshots}
        self._actual = replace(self._actual, savepoints=kept)

    def _observe(self) -> None:
        job = self.status.job_id
        if not self._cluster.runs or job is None or self._actual.version is None:
            return
        try:
            seen = self._cluster.observe(job, replace(self.status, restarts=self._recoveries))
        except RestError as error:
            reason = self._cluster.failure() or str(error)
            self._say("RESTARTING", exception=reason)
            return
        if seen.state == "RUNNING":
            self._failures = 0
        # The service calls an application RUNNING also while Flink restarts its job.
        self._has_run = self._has_run or seen.state in {"RUNNING", "RESTARTING"}
        if self._lost:  # gives a better reason than the tasks of a TaskManager that has ended
            seen = replace(seen, exception=self._lost)
        if seen.state == "FAILED":
            self._tell(seen)
            self._try_again_later(Recover(), LocalError(seen.exception or "the job has ended"))
            return
        updating = self.status.state == "UPDATING" and seen.state == "STARTING"
        self._tell(replace(seen, state="UPDATING") if updating else seen)

    def _say(self, state: JobState, **changes: str | int | None) -> None:
        # The keys of `changes` are fields of JobStatus. replace() refuses any other.
        self._tell(replace(self.status, state=state, **changes))  # pyright: ignore[reportArgumentType]

    def _tell(self, status: JobStatus) -> None:
        if status != self.status:
            self.status = status
            status.write(self.directory / "status.json")
