"""The cluster of one application: a job is submitted to it, saved and cancelled."""

import logging
import signal
import time
from pathlib import Path
from typing import Final

from local.clients import Clients, Credentials
from local.flink import job_archive
from local.flink.application import Application
from local.flink.config import Memory
from local.flink.distribution import FlinkError
from local.flink.hosting import Host, Shape
from local.flink.job_status import ENDED, JobStatus, observe
from local.flink.rest import RestError
from local.flink.submit import Submission, submit
from local.flink.web_ui import Fetch

logger = logging.getLogger(__name__)

PRINCIPAL: Final = "kinesisanalytics.amazonaws.com"

CANCEL_SECONDS: Final = 60
"""Time limit to cancel a job. After it the cluster is stopped instead."""


class ApplicationCluster:
    """The cluster that an application's job runs on, if there is one.

    One thread launches it, and uses and ends its job. Any thread may call `interrupt`, `disturb`
    and `fetcher`.
    """

    def __init__(
        self, directory: Path, clients: Clients, memory: Memory | None, host: Host | None
    ) -> None:
        """Begin with `host`, if it was launched in advance. Files go below `directory`."""
        self._directory = directory
        self._clients = clients
        self._memory = memory or Memory()
        self._host = host
        self.interrupted = False

    @property
    def runs(self) -> bool:
        """Whether there is a cluster."""
        return self._host is not None

    def fetcher(self) -> Fetch | None:
        """Give what reads the cluster's REST API. None without a cluster."""
        return self._host.cluster.rest.fetch if self._host else None

    def interrupt(self) -> None:
        """End the processes, so that a thread that waits for them fails at once."""
        self.interrupted = True
        if self._host:
            self._host.stop()

    def disturb(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process. Raises `FlinkError` if it doesn't run."""
        if self._host is None:
            message = f"no {name} runs: the application has no cluster now"
            raise FlinkError(message)
        self._host.cluster.disturb(name, number)

    def end(self) -> None:
        """End all processes. Does nothing without a cluster."""
        host, self._host = self._host, None
        if host:
            host.stop()

    def replace_task_managers(self) -> str | None:
        """Restart each TaskManager that has ended, and say which one and why. None if all run."""
        return self._host.cluster.replace_task_managers() if self._host else None

    def failure(self) -> str | None:
        """Say in one line which process has ended, and why. None while all run."""
        return self._host.cluster.failure() if self._host else None

    def prepare(self, wanted: Application, savepoint: str | None) -> Submission:
        """Fetch the application's code and write its properties.

        Raises `LocalError` if the archive can't be read or lacks a file.
        """
        code = wanted.code
        s3 = self._clients.client_as("s3", self._credentials(wanted))
        archive = job_archive.fetch(s3, code, self._directory / "code" / str(wanted.version))
        properties = self._directory / "application_properties.json"
        properties.write_text(wanted.properties, "utf-8")
        submission = Submission(
            main=archive / code.python,
            jar=archive / code.jar if code.jar else None,
            python_files=[archive / path for path in code.python_files],
            properties_file=properties,
            parallelism=wanted.parallelism,
            settings=wanted.job_settings,
            savepoint=savepoint,
            allow_non_restored_state=wanted.allow_non_restored_state,
        )
        submission.check()
        return submission

    def await_up(self, wanted: Application) -> None:
        """Have a cluster of the shape that the application wants, and wait until it is up.

        Its processes sign as the application's role. Raises `FlinkError`.
        """
        host = self._host_for(wanted)
        host.sign_as(lambda: self._credentials(wanted))
        host.cluster.await_up()

    def submit(self, submission: Submission) -> str:
        """Start the job, and give its id. Raises `FlinkError`."""
        if self._host is None:
            message = "the application has no cluster"
            raise RuntimeError(message)
        return submit(self._host.cluster, submission)

    def observe(self, job: str, last: JobStatus) -> JobStatus:
        """Give the job's status now, after its `last` one. Raises `RestError`."""
        if self._host is None:
            message = "the application has no cluster"
            raise RuntimeError(message)
        return observe(self._host.cluster.rest, job, last)

    def cancel(self, job: str) -> bool:
        """Cancel the job. Return whether its slots are free again."""
        if self._host is None:
            return False
        rest = self._host.cluster.rest
        deadline = time.monotonic() + CANCEL_SECONDS
        try:
            rest.cancel(job)
            while time.monotonic() < deadline and not self.interrupted:
                if rest.job(job).state in ENDED:
                    return True
                time.sleep(0.1)
        except RestError as error:
            logger.warning("%s: job %s not cancelled: %s", self._directory.name, job, error)
        return False

    def take_savepoint(self, job: str, *, stop: bool = False) -> str | None:
        """Save the state and give its place, or None if that fails. `stop`: end the job, too."""
        if self._host is None:
            return None
        cluster = self._host.cluster
        take = cluster.rest.stop if stop else cluster.rest.savepoint
        try:
            return take(job, cluster.directory / "savepoints")
        except RestError as error:
            logger.warning("%s: no savepoint: %s", self._directory.name, error)
            return None

    def _credentials(self, wanted: Application) -> Credentials:
        return self._clients.service_credentials(wanted.role, PRINCIPAL, wanted.arn)

    def _host_for(self, wanted: Application) -> Host:
        """Keep the cluster if it has the shape that the application wants, else launch another."""
        shape = Shape(
            slots=wanted.parallelism,
            region=wanted.region,
            log_level=wanted.log_level,
            memory=self._memory,
        )
        if self._host and self._host.shape == shape and not self._host.cluster.failure():
            return self._host
        self.end()
        host = Host(self._directory / "cluster", shape)
        host.launch()
        self._host = host
        return host
