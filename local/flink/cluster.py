"""A real Flink cluster as child processes: JobManager and TaskManagers of PyFlink's distribution.

All it writes is in one directory, all it listens on is the loopback interface, and it ends with the
context manager or with the process that holds it, however that ends.
"""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

from local.flink import config as flink_config
from local.flink import lifeline
from local.flink.config import LOOPBACK, Memory, Ports
from local.flink.distribution import Distribution, FlinkError, check_java, fetch_web_ui
from local.flink.keys import Keys
from local.flink.ports import free_port, is_free
from local.flink.rest import FlinkRest, RestError, root_cause

START_SECONDS: Final = 90
"""About 6 s on an idle machine of two cores; the rest is for a busy one."""

LOG_FILES: Final = ("log4j-console.properties", "log4j-cli.properties")
PORT_TAKEN: Final = ("BindException", "Address already in use", "Could not start rest endpoint")


Process: TypeAlias = subprocess.Popen[bytes]


class FlinkCluster:
    """One JobManager and its TaskManagers, from `__enter__` to `__exit__`."""

    def __init__(  # noqa: PLR0913 -- a cluster has this many sides; all but the directory are named
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
        """Describe the cluster; nothing runs yet.

        Args:
            directory: Where it keeps configuration, logs, checkpoints, savepoints; made if missing.
            slots: Task slots of each TaskManager; a job needs as many in all as its parallelism.
            task_managers: How many TaskManagers.
            memory: Sizes of the processes, in MiB.
            settings: Flink settings on top of the cluster's own.
            environment: Environment variables of its processes and of clients that submit to it.
            rest_port: Port of the REST API and the web UI; a free one by default.
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
        self._parts: dict[str, Process] = {}
        self.rest = FlinkRest(f"https://{LOOPBACK}:{rest_port or 0}")

    def environment(self, name: str) -> dict[str, str]:
        """Give the environment of a process of the cluster, or of one of its clients."""
        return flink_config.clean_environment(os.environ, self._given) | {
            "FLINK_CONF_DIR": str(self.directory / "conf"),
            "FLINK_LIB_DIR": str(self.directory / "lib"),
            "FLINK_LOG_DIR": str(self.directory / "log"),
            "FLINK_PID_DIR": str(self.directory / "pid"),
            "FLINK_IDENT_STRING": name,
            "MAX_LOG_FILE_NUMBER": "3",
            "ROOT_LOG_LEVEL": self.log_level,
            "TMPDIR": str(self.directory / "tmp"),
        }

    def __enter__(self) -> Self:
        """Start the cluster and wait until all its TaskManagers have registered.

        Raises `FlinkError` where something is missing, or a process ends at its start.
        """
        check_java(self.environment("java"))
        self._lay_out()
        attempts = 3 if self._rest_port is None else 1
        for attempt in range(1, attempts + 1):
            try:
                self._start()
            except PortTakenError:
                # A port that was free a moment ago went to somebody else; ask for others.
                self.stop()
                if attempt == attempts:
                    raise
            except BaseException:
                self.stop()
                raise
            else:
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes of the cluster."""
        self.stop()

    def stop(self) -> None:
        """End all processes of the cluster, and clients that submit to it, and wait for them.

        Does nothing where none runs. Another thread that starts the cluster or submits to it gets
        its error.
        """
        self.end(*self._parts)

    def end(self, *names: str) -> None:
        """End processes by name and wait for them; one that isn't there has ended already."""
        parts = [part for name in names if (part := self._parts.pop(name, None))]
        for part in parts:
            if part.stdin:
                part.stdin.close()
        for part in parts:
            part.wait()  # the lifeline kills what doesn't end in time

    def failure(self) -> str | None:
        """Say in one line which process has ended, and why; None while all run."""
        for name, part in list(self._parts.items()):
            code = part.poll()
            if code is not None:
                log = self.log(name)
                reason = last_error(log.read_text("utf-8", "replace"))
                return f"Flink's {name} ended with exit code {code}: {reason}; log: {log}"
        return None

    def log(self, name: str) -> Path:
        """Give the log of a process: `JobManager`, `TaskManager-1` and so on.

        Before there is one, it is the file with what the process and its start script printed.
        """
        logs = self.directory.glob(f"log/flink-{name}-*.log")
        return max(logs, key=lambda log: log.stat().st_mtime, default=self.output(name))

    def output(self, name: str) -> Path:
        """Give the file with what a process printed; sinks of the kind `print` write here."""
        return self.directory / "log" / f"{name}.out"

    def _lay_out(self) -> None:
        for name in ("conf", "lib", "log", "pid", "tmp", "checkpoints", "savepoints"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        web_ui = fetch_web_ui(self.distribution.version)
        self.distribution.link_jars(self.directory / "lib", web_ui)
        for name in LOG_FILES:
            stock = (self.distribution.home / "conf" / name).read_text("utf-8")
            text = flink_config.log_to_file_alone(stock)
            (self.directory / "conf" / name).write_text(text, "utf-8")

    def _start(self) -> None:
        rest, rpc = (port or free_port() for port in (self._rest_port, None))
        if self._rest_port is not None and not is_free(rest):
            message = f"port {rest} on {LOOPBACK} is taken: end what listens there, or name another"
            raise FlinkError(message)
        keys = Keys.make(self.directory / "conf")
        self.rest = FlinkRest(f"https://{LOOPBACK}:{rest}", keys.context())
        options = flink_config.java_options(self.distribution.java_options, self.directory)
        settings = {
            "env.java.opts.all": options,
            **flink_config.cluster_settings(
                self.directory, Ports(rest=rest, rpc=rpc), self.memory, self.slots
            ),
            **keys.settings(),
            **self._settings,
        }
        config = self.directory / "conf" / "config.yaml"
        config.write_text(flink_config.config_yaml(settings), "utf-8")
        self.launch("JobManager", "jobmanager.sh", "start-foreground")
        for number in range(1, self.task_managers + 1):
            self.launch(f"TaskManager-{number}", "taskmanager.sh", "start-foreground")
        self._await_registration()

    def launch(self, name: str, script: str, *arguments: str, **more: str) -> Process:
        """Run one of Flink's scripts as a process that ends with the cluster at the latest.

        `more` are environment variables of this process alone. What it prints goes to
        `output(name)`.
        """
        command = [
            *(sys.executable, "-I", lifeline.__file__),
            *(str(self.distribution.home / "bin" / script), *arguments),
        ]
        with self.output(name).open("wb") as output:
            # S603: Flink's own script, under the lifeline. A session of its own keeps a Ctrl-C at
            # the terminal from reaching it before its holder has cleaned up.
            self._parts[name] = subprocess.Popen(
                command,
                cwd=self.directory,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment(name) | more,
                start_new_session=True,
            )
        return self._parts[name]

    def _await_registration(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._parts and time.monotonic() < deadline:
            if failure := self.failure():
                taken = any(mark in failure for mark in PORT_TAKEN)
                raise (PortTakenError if taken else FlinkError)(failure)
            with contextlib.suppress(RestError):
                if self.rest.overview().slots == self.slots * self.task_managers:
                    return
            time.sleep(0.1)
        after = f"after {START_SECONDS} s" if self._parts else "when it was told to end"
        message = f"Flink wasn't up {after}; logs: {self.directory / 'log'}"
        raise FlinkError(message)


class PortTakenError(FlinkError):
    """A port that somebody else listens on."""


def last_error(log: str) -> str:
    """Give the line of a log that says why a process ended.

    The innermost cause of the last stack trace, else the last line that names an error or an
    exception, else the last line.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    errors = [line for line in lines if re.search(r"Exception|Error\b|\bERROR\b", line)]
    return root_cause((causes or errors or lines or ["it printed nothing"])[-1])
