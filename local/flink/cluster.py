"""A real Flink cluster as child processes: JobManager and TaskManagers of PyFlink's distribution.

The cluster writes into one directory only, and listens on the loopback interface only. It stops
when the context manager exits, or when the process that started it ends for any reason.
"""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from common.progress import Progress, load, written
from local.flink import config as flink_config
from local.flink.config import LOOPBACK, Memory, Ports
from local.flink.distribution import (
    CACHE,
    Distribution,
    FlinkError,
    check_java,
    find_web_ui,
)
from local.flink.jvm import Launcher, write_empty_jar
from local.flink.keys import Keys
from local.flink.ports import free_port, is_free
from local.flink.processes import Processes
from local.flink.rest import FlinkRest, RestError

STUCK_SECONDS: Final = 120
"""How long a start may show no progress. A whole start takes 6 s on an idle machine with two cores,
and minutes on a busy one."""

LOG_FILES: Final = ("log4j-console.properties", "log4j-cli.properties")
PORT_TAKEN: Final = ("BindException", "Address already in use", "Could not start rest endpoint")


class FlinkCluster:
    """One JobManager and its TaskManagers, from `__enter__` to `__exit__`."""

    def __init__(  # noqa: PLR0913 -- a cluster has this many options; only `directory` is not named
        self,
        directory: Path,
        *,
        slots: int = 1,
        task_managers: int = 1,
        memory: Memory | None = None,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        rest_port: int | None = None,
        log_level: str = "INFO",
    ) -> None:
        """Set the cluster's options. This starts no process.

        Args:
            directory: For configuration, logs, checkpoints and savepoints. Made if missing.
            slots: Task slots of each TaskManager. All TaskManagers together need as many slots as
                the job's parallelism.
            task_managers: Number of TaskManagers.
            memory: Sizes of the processes, in MiB.
            settings: Flink settings that are added to the cluster's own.
            environment: Environment variables of its processes and of clients that submit to it.
            rest_port: Port of the REST API and the web UI. Default: a free port.
            log_level: Root level of Flink's logs.
        """
        self.directory = directory.resolve()
        self.distribution = Distribution.find()
        self.task_managers = task_managers
        self.slots = slots
        self.memory = memory or Memory()
        self.log_level = log_level
        self._settings = dict(settings or {})
        self._given = dict(environment or {})
        self._rest_port = rest_port
        self.processes = Processes(self.directory, self.environment)
        self.rest = FlinkRest(f"https://{LOOPBACK}:{rest_port or 0}")

    def environment(self) -> dict[str, str]:
        """Give the environment of a process of the cluster, or of one of its clients."""
        return flink_config.clean_environment(os.environ, self._given) | {
            "MAX_LOG_FILE_NUMBER": "3",
            "ROOT_LOG_LEVEL": self.log_level,
            "TMPDIR": str(self.directory / "tmp"),
        }

    @property
    def _libraries(self) -> Path:
        """One directory for all clusters, because class data only fit jars at the same path."""
        return CACHE / self.distribution.version

    def __enter__(self) -> Self:
        """Start the cluster and wait until all its TaskManagers have registered.

        Raises `FlinkError` where something is missing, or a process ends at its start.
        """
        self.launch_all()
        self.await_up()
        return self

    def launch_all(self) -> None:
        """Start all processes, and don't wait for them.

        Raises `FlinkError` if Java, Maven or a part of Flink is missing.
        """
        java = check_java(self.environment())
        self._lay_out()
        self.processes.launcher = Launcher(
            java=java,
            distribution=self.distribution,
            libraries=self._libraries,
            directory=self.directory,
            options=flink_config.java_options(self.distribution.java_options, self.directory),
        )
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def await_up(self) -> None:
        """Wait until all TaskManagers have registered.

        Raises `FlinkError` if a process ends at its start, or if the start shows no progress.
        """
        attempts = 3 if self._rest_port is None else 1
        for attempt in range(1, attempts + 1):
            try:
                self._await_registration()
            except PortTakenError:
                # Another process has taken a port that was free a moment ago. Use other ports.
                self.stop()
                if attempt == attempts:
                    raise
                self._start()
            except BaseException:
                self.stop()
                raise
            else:
                return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes of the cluster."""
        self.stop()

    def stop(self) -> None:
        """End all processes of the cluster and of clients that submit to it, and wait for them.

        Does nothing if no process runs. If another thread is starting the cluster or submitting to
        it, that thread gets an error.
        """
        self.processes.stop()

    def disturb(self, name: str, number: signal.Signals) -> None:
        """Send SIGKILL, SIGSTOP or SIGCONT to a process of the cluster, to try what then happens.

        Raises `FlinkError` if no such process runs.
        """
        self.processes.disturb(name, number)

    def failure(self) -> str | None:
        """Say in one line which process has ended, and why. None while all processes run."""
        return self.processes.failure()

    def output(self, name: str) -> Path:
        """Give the file with the output of a process. Sinks of the kind `print` write here."""
        return self.processes.output(name)

    def replace_task_managers(self) -> str | None:
        """Restart each TaskManager that has ended. Say in one line which one, and why it ended.

        The JobManager then restarts the tasks from the last checkpoint. Gives None if all run.
        """
        told = None
        for number in range(1, self.task_managers + 1):
            name = f"TaskManager-{number}"
            if reason := self.processes.why_ended(name):
                told = f"{reason}; another one is started"
                self.processes.end(name)
                self.processes.launch(name)
        return told

    def _lay_out(self) -> None:
        for name in ("conf", "log", "opt", "tmp", "checkpoints", "savepoints"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        web_ui, python_jar = find_web_ui(self.distribution.version), self.distribution.python_jar
        self.distribution.link_jars(self._libraries, *web_ui, python_jar)
        write_empty_jar(self.directory / "opt" / python_jar.name)
        for name in LOG_FILES:
            stock = (self.distribution.home / "conf" / name).read_text("utf-8")
            text = flink_config.log_to_file_alone(stock)
            (self.directory / "conf" / name).write_text(text, "utf-8")

    def _start(self) -> None:
        rest, rpc = (port or free_port() for port in (self._rest_port, None))
        if self._rest_port is not None and not is_free(rest):
            message = f"port {rest} on {LOOPBACK} is in use: stop its process, or use another port"
            raise FlinkError(message)
        keys = Keys.make(self.directory / "conf")
        self.rest = FlinkRest(f"https://{LOOPBACK}:{rest}", keys.context())
        settings = {
            **flink_config.cluster_settings(
                self.directory, Ports(rest=rest, rpc=rpc), self.memory, self.slots
            ),
            **keys.settings(),
            **self._settings,
        }
        config = self.directory / "conf" / "config.yaml"
        config.write_text(flink_config.config_yaml(settings), "utf-8")
        self.processes.launch("JobManager")
        for number in range(1, self.task_managers + 1):
            self.processes.launch(f"TaskManager-{number}")

    def _await_registration(self) -> None:
        progress = Progress(written(self.directory / "log"), patience=STUCK_SECONDS)
        while self.processes.any and not progress.stuck:
            if failure := self.failure():
                taken = any(mark in failure for mark in PORT_TAKEN)
                raise (PortTakenError if taken else FlinkError)(failure)
            with contextlib.suppress(RestError):
                if self.rest.overview().slots == self.slots * self.task_managers:
                    return
            time.sleep(0.1)
        after = (
            f"shows no progress for {STUCK_SECONDS} s" if self.processes.any else "was told to end"
        )
        message = f"Flink's start {after}{load()}; logs: {self.directory / 'log'}"
        raise FlinkError(message)


class PortTakenError(FlinkError):
    """Another process listens on the port."""
