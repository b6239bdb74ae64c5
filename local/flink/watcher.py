"""Managed Flink on this machine: runs the emulator's applications on real Flink clusters.

A watcher looks at the applications once a second. Each running application has its own cluster, as
on the service. The caller gives the applications' names at each look, because not every emulator
lists them. The watcher reports to the emulator when a job runs, can't be started, or has stopped.
The emulator's statuses and operations come from these reports.
"""

import logging
import signal
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from botocore.exceptions import BotoCoreError, ClientError

from common.loop import Loop
from local.clients import Clients
from local.flink import application
from local.flink.application import Application
from local.flink.config import Memory
from local.flink.control_plane import ControlPlane, JobReport
from local.flink.distribution import FlinkError
from local.flink.hosting import Host
from local.flink.job_status import JobStatus
from local.flink.managed_application import ManagedApplication

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
AT_ONCE: Final = 32
"""Applications that are handled in parallel. A start takes a minute, and no other waits for it."""

SERVICE: Final = "kinesisanalyticsv2"


class ManagedFlink:
    """Watches an account's applications from `__enter__` to `__exit__`."""

    def __init__(  # noqa: PLR0913 -- a watcher has this many options; the last ones are named
        self,
        clients: Clients,
        account: str,
        names: Callable[[], Iterable[str]],
        directory: Path,
        *,
        memory: Memory | None = None,
        spares: Mapping[str, Host] | None = None,
    ) -> None:
        """Set the watcher's options. This starts nothing.

        Args:
            clients: Clients of the emulator.
            account: The account that owns the applications.
            names: Gives the names of the applications to watch. A name without an application is
                no error.
            directory: Contains one directory for each application: code, properties,
                `status.json`, and the cluster's logs and state.
            memory: Sizes of each cluster's processes.
            spares: Clusters that were launched in advance, by the name of the application that may
                take each. Each is in `cluster` of that application's directory.
        """
        self._clients = clients
        self._control = clients.client(SERVICE, account)
        self._told = ControlPlane(clients, account)
        self._hosted: frozenset[str] = frozenset()
        self._reported: dict[str, JobReport | None] = {}
        self._saved: dict[str, Mapping[str, str | None]] = {}
        self._names = names
        self._directory = directory
        self._memory = memory
        self._spares = dict(spares or {})
        self._managed: dict[str, ManagedApplication] = {}
        self._unseen: set[str] = set()
        self._loop = Loop("managed-flink", self._watch, POLL_SECONDS)
        self._looks: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="managed-flink")

    def __enter__(self) -> Self:
        """Start watching."""
        self._loop.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all clusters without savepoints, and wait for the watcher."""
        self._loop.stop()
        if self._hosted:
            self._told.host(())
        while not all(look.done() for look in self._looks.values()):
            for managed in list(self._managed.values()):
                managed.interrupt()
            wait(self._looks.values(), 0.5)
        for managed in self._managed.values():
            managed.close()
        for spare in self._spares.values():
            spare.stop()
        self._pool.shutdown()

    def status(self, name: str) -> JobStatus:
        """Give the status of an application's job. `STOPPED` if the job isn't known."""
        managed = self._managed.get(name)
        return managed.status if managed else JobStatus(application=name, state="STOPPED")

    def disturb(self, name: str, process: str, number: signal.Signals) -> None:
        """Send SIGKILL, SIGSTOP or SIGCONT to `JobManager` or `TaskManager-1` of an application.

        Raises `FlinkError` if no such process runs.
        """
        managed = self._managed.get(name)
        if managed is None:
            message = f"no {process} runs: the application {name} isn't known yet"
            raise FlinkError(message)
        managed.disturb(process, number)

    def _watch(self) -> None:
        names = frozenset(self._find_names())
        if names != self._hosted and self._told.host(names):
            self._hosted = names
        for name in {*names, *self._managed}:
            if name not in self._looks or self._looks[name].done():
                self._looks[name] = self._pool.submit(self._look, name)

    def _look(self, name: str) -> None:
        try:
            self._look_at(name)
        except Exception as error:
            # A defect in the code for one application must not stop the watcher.
            logger.exception("%s: the watcher failed", name)
            if managed := self._managed.get(name):
                managed.fail(f"the watcher failed: {type(error).__name__}: {error}")

    def _find_names(self) -> Iterable[str]:
        try:
            return self._names()
        except Exception:
            logger.exception("can't get the names of the applications")
            return ()

    def _look_at(self, name: str) -> None:
        try:
            wanted = self._describe(name)
        except (ClientError, BotoCoreError) as error:
            if name not in self._unseen:  # log it once, not once a second
                logger.warning("%s: can't be described: %s", name, error)
            self._unseen.add(name)
            return
        self._unseen.discard(name)
        if wanted and name not in self._managed:
            self._managed[name] = ManagedApplication(
                name,
                self._directory / name,
                self._clients,
                memory=self._memory,
                spare=self._spares.pop(name, None),
            )
        if managed := self._managed.get(name):
            managed.reconcile(wanted)
            self._report_snapshots(name, managed.savepoints)
            self._report(name, managed.report)

    def _report_snapshots(self, name: str, saved: Mapping[str, str | None]) -> None:
        """Report them once, and before the job: a stop ends when its snapshot is ready."""
        if saved != self._saved.get(name, {}) and self._told.report_snapshots(name, saved):
            self._saved[name] = saved

    def _report(self, name: str, report: JobReport | None) -> None:
        """Report once. A report that wasn't taken is sent again at the next look."""
        if report != self._reported.get(name) and (report is None or self._told.report(report)):
            self._reported[name] = report

    def _describe(self, name: str) -> Application | None:
        try:
            detail = self._control.describe_application(ApplicationName=name)["ApplicationDetail"]
            pages = self._control.get_paginator("list_application_snapshots")
            found = pages.paginate(ApplicationName=name).build_full_result()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                return None
            raise
        return application.parse(detail, found.get("SnapshotSummaries", []))
