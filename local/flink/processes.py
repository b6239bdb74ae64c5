"""The Java processes of a Flink cluster and of its clients, each with a log and an output.

A process ends with its parent at the latest: a lifeline runs it.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from local.flink import lifeline
from local.flink.class_data import HOT_ONLY, QUICK, ClassData
from local.flink.distribution import CACHE, FlinkError
from local.flink.jvm import Launcher, kind_of, log_of
from local.flink.rest import root_cause

JVM: Final = {"JobManager": QUICK, "TaskManager": HOT_ONLY, "client": QUICK}
"""The compiler options of each kind of process."""

WRITING_SECONDS: Final = 20
"""Time limit for a process to write its class data at its exit. It takes 2 s on an idle machine. If
the time is over, the next process tries it."""

SIGNALLED: Final = 128
"""An exit code above this value is 128 plus the number of the signal that ended the process."""

Process: TypeAlias = subprocess.Popen[bytes]


class Processes:
    """The running processes by name: `JobManager`, `TaskManager-1` and so on, `client`."""

    def __init__(self, directory: Path, environment: Callable[[], Mapping[str, str]]) -> None:
        """Use the cluster's directory, and the environment of its processes. Nothing starts."""
        self._directory = directory
        self._environment = environment
        self._parts: dict[str, Process] = {}
        self._class_data: dict[str, ClassData] = {}
        self.launcher: Launcher | None = None
        """Makes their commands. The cluster sets it before the first process is launched."""

    @property
    def any(self) -> bool:
        """Whether a process was launched that was not told to end."""
        return bool(self._parts)

    def launch(self, name: str, *arguments: str, **more: str) -> Process:
        """Start one of Flink's Java processes. It ends with the cluster at the latest.

        `name` is its kind, with a number if there are several. `more` are environment variables of
        this process only. Its output goes to `output(name)`. Raises `FlinkError`.
        """
        if self.launcher is None:
            message = "the cluster isn't launched"
            raise FlinkError(message)
        kind = kind_of(name)
        data = ClassData.of(kind.lower(), self.launcher.java, self.launcher.jars(), CACHE)
        command = self.launcher.command(name, (*JVM[kind], *data.options), arguments)
        if not data.archive.exists():
            more[lifeline.GRACE_VARIABLE] = str(WRITING_SECONDS)
        self._class_data[name] = data
        with self.output(name).open("ab") as output:
            # S603: the lifeline runs Flink's own program. It runs in a new session, so that a
            # Ctrl-C at the terminal doesn't reach it before its parent has cleaned up.
            self._parts[name] = subprocess.Popen(
                [sys.executable, "-I", lifeline.__file__, *command],
                cwd=self._directory,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**self._environment(), **self.launcher.environment(), **more},
                start_new_session=True,
            )
        return self._parts[name]

    def stop(self) -> None:
        """End all processes, and wait for them. Does nothing if no process runs."""
        self.end(*self._parts)

    def end(self, *names: str) -> None:
        """End processes by name and wait for them. A name that isn't there has ended already."""
        parts = {name: part for name in names if (part := self._parts.pop(name, None))}
        for part in parts.values():
            if part.stdin:
                part.stdin.close()
        for name, part in parts.items():
            code = part.wait()  # the lifeline kills a process that doesn't end in time
            if data := self._class_data.pop(name, None):
                data.keep(ended_in_order=code in {0, 128 + signal.SIGTERM})

    def disturb(self, name: str, number: signal.Signals) -> None:
        """Send SIGKILL, SIGSTOP or SIGCONT to a process of the cluster, to try what then happens.

        Raises `FlinkError` if no such process runs.
        """
        part = self._parts.get(name)
        if part is None or part.poll() is not None:
            message = f"no {name} runs; running: {', '.join(self._parts) or 'none'}"
            raise FlinkError(message)
        sent = next(own for own, passed in lifeline.PASSED_ON.items() if passed == number)
        part.send_signal(sent)

    def failure(self) -> str | None:
        """Say in one line which process has ended, and why. None while all processes run."""
        return next(filter(None, map(self.why_ended, list(self._parts))), None)

    def why_ended(self, name: str) -> str | None:
        """Say in one line why a process has ended. None if it runs, or was never launched."""
        part = self._parts.get(name)
        code = None if part is None else part.poll()
        if code is None:
            return None
        log = self.log(name)
        if code > SIGNALLED:
            ended = f"was ended by {signal_name(code - SIGNALLED)}"
            return f"Flink's {name} {ended}; log: {log}"
        reason = last_error(log.read_text("utf-8", "replace"))
        return f"Flink's {name} ended with exit code {code}: {reason}; log: {log}"

    def log(self, name: str) -> Path:
        """Give the log of a process: `JobManager`, `TaskManager-1` and so on.

        If the log doesn't exist yet, give the file with the output of the process.
        """
        log = log_of(self._directory, name)
        return log if log.exists() else self.output(name)

    def output(self, name: str) -> Path:
        """Give the file with the output of a process. Sinks of the kind `print` write here."""
        return self._directory / "log" / f"{name}.out"


def signal_name(number: int) -> str:
    """Name a signal. For SIGKILL, add the possible senders."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    more = " (sent by another process, or by the kernel because memory ran out)"
    return name + more * (number == signal.SIGKILL)


def last_error(log: str) -> str:
    """Give the line of a log that says why a process ended.

    This is the innermost cause of the last stack trace. If there is no stack trace, it is the last
    line that names an error or an exception. If there is no such line, it is the last line.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    errors = [line for line in lines if re.search(r"Exception|Error\b|\bERROR\b", line)]
    return root_cause((causes or errors or lines or ["it printed nothing"])[-1])
