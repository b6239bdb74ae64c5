"""Managed Flink, locally: what an emulator's control plane says, on real Flink clusters.

A watcher looks at the applications once a second, and each gets a cluster of its own while it runs,
as on the service. The applications' names are asked for at each look, as not every emulator lists
them.
"""

import logging
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
from local.flink.hosting import Host
from local.flink.job_status import JobStatus
from local.flink.managed_application import ManagedApplication

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
AT_ONCE: Final = 32
"""Applications that are looked at side by side: a start takes a minute, and no other waits for it.
"""

SERVICE: Final = "kinesisanalyticsv2"


class ManagedFlink:
    """Watches an account's applications from `__enter__` to `__exit__`."""

    def __init__(  # noqa: PLR0913 -- what it watches and with what; options are named
        self,
        clients: Clients,
        account: str,
        names: Callable[[], Iterable[str]],
        directory: Path,
        *,
        memory: Memory | None = None,
        spares: Mapping[str, Host] | None = None,
    ) -> None:
        """Describe the watcher; nothing runs yet.

        Args:
            clients: Clients of the emulator.
            account: The account that owns the applications.
            names: Gives the names of the applications to watch; one that doesn't exist (yet, or
                any more) is no error.
            directory: Gets a directory an application: code, properties, `status.json`, and the
                cluster's logs and state.
            memory: Sizes of each cluster's processes.
            spares: Clusters that were launched ahead, by the name of the application that may take
                each; each is in `cluster` of that application's directory.
        """
        self._clients = clients
        self._control = clients.client(SERVICE, account)
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
        """Begin to watch."""
        self._loop.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all clusters, without savepoints, and wait for the watcher."""
        self._loop.stop()
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
        """Tell how an application's job is; `STOPPED` where it isn't known."""
        managed = self._managed.get(name)
        return managed.status if managed else JobStatus(application=name, state="STOPPED")

    def _watch(self) -> None:
        for name in {*self._find_names(), *self._managed}:
            if name not in self._looks or self._looks[name].done():
                self._looks[name] = self._pool.submit(self._look, name)

    def _look(self, name: str) -> None:
        try:
            self._look_at(name)
        except Exception as error:
            # A defect with one application must not end the watch over it.
            logger.exception("%s: the watcher failed", name)
            if managed := self._managed.get(name):
                managed.fail(f"the watcher failed: {type(error).__name__}: {error}")

    def _find_names(self) -> Iterable[str]:
        try:
            return self._names()
        except Exception:
            logger.exception("the names of the applications can't be had")
            return ()

    def _look_at(self, name: str) -> None:
        try:
            wanted = self._describe(name)
        except (ClientError, BotoCoreError) as error:
            if name not in self._unseen:  # once, not once a second
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
