"""One application of Managed Flink, made real: its cluster, its job, its savepoints, its status."""

import contextlib
import logging
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from local.clients import Clients, Credentials
from local.errors import LocalError
from local.flink import job_archive
from local.flink.application import Application
from local.flink.checkpoints import newest_state
from local.flink.cluster import FlinkCluster
from local.flink.config import Memory
from local.flink.credentials_server import CredentialsServer
from local.flink.job_status import JobStatus, State, observe
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
from local.flink.submit import Submission, submit
from local.flink.web_ui import Fetch, WebUi

logger = logging.getLogger(__name__)

PRINCIPAL: Final = "kinesisanalytics.amazonaws.com"

JSON_NOT_CBOR: Final = {"AWS_CBOR_DISABLE": "true", "CBOR_ENABLED": "false"}
"""For the SDK 1 and the SDK 2 of the Kinesis connector: emulators speak JSON alone."""


class ManagedApplication:
    """Makes what runs match what an application's description wants, one look at a time.

    One thread looks, and closes; any thread may read `status` and call `interrupt`.
    """

    def __init__(
        self, name: str, directory: Path, clients: Clients, *, memory: Memory | None = None
    ) -> None:
        """Begin with nothing running; what an earlier run left in the directory is removed."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self.directory = directory
        self.status = JobStatus(application=name, state="STOPPED")
        self._clients = clients
        self._memory = memory
        self._actual = Actual()
        self._cluster: FlinkCluster | None = None
        self._held = ExitStack()
        self._served = ExitStack()
        self._web_ui = self._served.enter_context(WebUi(self._fetcher))
        self._recoveries = 0
        self._interrupted = False

    def reconcile(self, wanted: Application | None) -> None:
        """Bring what runs to what is wanted, which may take a minute, and look how the job is."""
        if self._cluster and (failure := self._cluster.failure()):
            self._actual = replace(self._actual, process_ended=True)
            self._say("RESTARTING", exception=failure)
        if wanted:
            self._forget_deleted(wanted.snapshots)
        for action in decide(wanted, self._actual):
            if self._interrupted:
                return
            logger.info("%s: %s", self.status.application, action)
            self._execute(action, wanted)
        self._observe()

    def interrupt(self) -> None:
        """End the cluster's processes, so that what another thread waits for fails at once."""
        self._interrupted = True
        if self._cluster:
            self._cluster.stop()

    def close(self) -> None:
        """End everything, without a savepoint."""
        self._end_cluster()
        self._served.close()
        self._say("STOPPED", job_id=None, rest_url=None)

    def fail(self, reason: str) -> None:
        """Tell of a failure that isn't the job's."""
        self._say("FAILED", exception=reason)

    def _fetcher(self) -> Fetch | None:
        return self._cluster.rest.fetch if self._cluster else None

    def _execute(self, action: Action, wanted: Application | None) -> None:
        match action:
            case NoteEmpty(snapshots=names):
                self._note(names, None)
            case TakeSavepoint(snapshots=names):
                self._note(names, self._take_savepoint())
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
        if isinstance(action, Recover):
            self._recoveries += 1
            state = "RESTARTING"
        else:
            self._recoveries = 0
            state = "UPDATING" if last.state == "UPDATING" else "STARTING"
        self._tell(
            JobStatus(
                application=wanted.name,
                state=state,
                version=wanted.version,
                code=wanted.code_location.get("FileKey"),
                restarts=self._recoveries,
                exception=last.exception if isinstance(action, Recover) else None,
                log=str(self.directory / "cluster" / "log"),
            )
        )
        self._actual = replace(
            self._actual,
            version=wanted.version,
            created=wanted.created,
            restore=wanted.restore,
            process_ended=False,
        )
        self._end_cluster()
        try:
            known = newest_state(
                self.directory / "cluster" / "checkpoints",
                last.job_id,
                last.checkpoint or last.restored_from,
            )
            savepoint = choose_state(action, wanted.snapshots, self._actual.savepoints, known)
            self._say(state, restored_from=savepoint)
            self._run(wanted)
        except LocalError as error:
            self._end_cluster()
            self._say("FAILED", exception=str(error), rest_url=None)

    def _run(self, wanted: Application) -> None:
        def assume_role() -> Credentials:
            return self._clients.service_credentials(wanted.role, PRINCIPAL, wanted.arn)

        code = wanted.code
        s3 = self._clients.client_as("s3", assume_role())
        archive = job_archive.fetch(s3, code, self.directory / "code" / str(wanted.version))
        properties = self.directory / "application_properties.json"
        properties.write_text(wanted.properties, "utf-8")
        server = self._held.enter_context(CredentialsServer(assume_role))
        region = {"AWS_REGION": wanted.region, "AWS_DEFAULT_REGION": wanted.region}
        submission = Submission(
            main=archive / code.python,
            jar=archive / code.jar if code.jar else None,
            python_files=[archive / path for path in code.python_files],
            properties_file=properties,
            parallelism=wanted.parallelism,
            settings=wanted.job_settings,
            savepoint=self.status.restored_from,
            allow_non_restored_state=wanted.allow_non_restored_state,
        )
        submission.check()
        self._cluster = FlinkCluster(
            self.directory / "cluster",
            slots=wanted.parallelism,
            memory=self._memory,
            environment={**server.environment, **JSON_NOT_CBOR, **region},
            log_level=wanted.log_level,
        )
        self._held.enter_context(self._cluster)
        self._say(self.status.state, rest_url=self._web_ui.url)
        self._say(self.status.state, job_id=submit(self._cluster, submission))

    def _stop(self, snapshots: Sequence[str], state: State) -> None:
        self._say(state)
        if snapshots:
            self._note(snapshots, self._take_savepoint(stop=True))
        job = self.status.job_id
        if self._cluster and job:
            with contextlib.suppress(RestError):  # it may have ended already
                self._cluster.rest.cancel(job)
        self._end_cluster()
        self._actual = replace(self._actual, version=None, restore=None, process_ended=False)

    def _remove(self) -> None:
        self._actual = Actual()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.status = JobStatus(application=self.status.application, state="STOPPED")

    def _take_savepoint(self, *, stop: bool = False) -> str | None:
        cluster, job = self._cluster, self.status.job_id
        if cluster is None or job is None:
            return None
        take = cluster.rest.stop if stop else cluster.rest.savepoint
        try:
            return take(job, cluster.directory / "savepoints")
        except RestError as error:
            logger.warning("%s: no savepoint: %s", self.status.application, error)
            return None

    def _note(self, snapshots: Sequence[str], savepoint: str | None) -> None:
        seen = {**self._actual.savepoints, **dict.fromkeys(snapshots, savepoint)}
        self._actual = replace(self._actual, savepoints=seen)

    def _forget_deleted(self, snapshots: Sequence[str]) -> None:
        kept = {name: at for name, at in self._actual.savepoints.items() if name in snapshots}
        self._actual = replace(self._actual, savepoints=kept)

    def _end_cluster(self) -> None:
        self._held.close()
        self._cluster = None

    def _observe(self) -> None:
        cluster, job = self._cluster, self.status.job_id
        if cluster is None or job is None:
            return
        try:
            seen = observe(cluster.rest, job, replace(self.status, restarts=self._recoveries))
        except RestError as error:
            reason = cluster.failure() or str(error)
            self._say("RESTARTING", exception=reason)
        else:
            updating = self.status.state == "UPDATING" and seen.state == "STARTING"
            self._tell(replace(seen, state="UPDATING") if updating else seen)

    def _say(self, state: State, **changes: str | int | None) -> None:
        # The changes name fields of JobStatus; replace() refuses any other.
        self._tell(replace(self.status, state=state, **changes))  # pyright: ignore[reportArgumentType]

    def _tell(self, status: JobStatus) -> None:
        if status != self.status:
            self.status = status
            status.write(self.directory / "status.json")
