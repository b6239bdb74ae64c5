"""The commands that start Flink's Java processes, without Flink's shell scripts.

Each script starts one to three more JVMs, only to read the configuration. That takes one second of
a start. The scripts also don't work in a directory whose path contains a space. So the same Java
commands are built here. Flink's own calculator, which those JVMs run, still divides the memory. It
runs once for each memory size, and its answer is kept.
"""

import hashlib
import json
import os
import shlex
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from local.flink.distribution import CACHE, Distribution, FlinkError, Java
from local.flink.rest import root_cause

ANSWER: Final = "BASH_JAVA_UTILS_EXEC_RESULT:"
"""Flink's calculator prints its answer on lines that start with this text."""

SIZES: Final = (
    *("jobmanager.memory.", "taskmanager.memory."),
    *("taskmanager.numberOfTaskSlots", "taskmanager.cpu."),
)
"""The division of the memory depends on no other settings than those with these prefixes."""

CALCULATOR: Final = "org.apache.flink.runtime.util.bash.BashJavaUtils"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of Flink process."""

    main: str
    """Its main class."""
    log_config: str
    """The file of Log4j's settings, in the directory of the configuration."""
    options_variable: str
    """The environment variable with more JVM options, as in Flink's own scripts."""
    arguments: Sequence[str] = ()
    calculation: str = ""
    """The calculator's command for its memory. Empty: the JVM's own defaults."""


KINDS: Final[Mapping[str, Kind]] = {
    "JobManager": Kind(
        main="org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
        log_config="log4j-console.properties",
        options_variable="FLINK_ENV_JAVA_OPTS_JM",
        arguments=("--executionMode", "cluster"),
        calculation="GET_JM_RESOURCE_PARAMS",
    ),
    "TaskManager": Kind(
        main="org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
        log_config="log4j-console.properties",
        options_variable="FLINK_ENV_JAVA_OPTS_TM",
        calculation="GET_TM_RESOURCE_PARAMS",
    ),
    "client": Kind(
        main="org.apache.flink.client.cli.CliFrontend",
        log_config="log4j-cli.properties",
        options_variable="FLINK_ENV_JAVA_OPTS_CLI",
    ),
}
"""These are the main classes and arguments of jobmanager.sh, taskmanager.sh and flink."""


def log_of(directory: Path, name: str) -> Path:
    """Give the log of a process of the cluster with its files in `directory`."""
    return directory / "log" / f"flink-{name}.log"


def kind_of(name: str) -> str:
    """Give the kind of a process: `TaskManager` for `TaskManager-1`."""
    return name.partition("-")[0]


def write_empty_jar(path: Path) -> None:
    """Write a jar without classes."""
    with zipfile.ZipFile(path, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """What all Java processes of one cluster have in common."""

    java: Java
    distribution: Distribution
    libraries: Path
    """The directory with the jars of the class path."""
    directory: Path
    """The cluster's directory."""
    options: Sequence[str]
    """The JVM options of every process."""

    def command(self, name: str, options: Sequence[str], arguments: Sequence[str]) -> list[str]:
        """Give the command of one process. `name` starts with its kind, a key of `KINDS`.

        Raises `FlinkError` if Flink can't divide the memory.
        """
        what = KINDS[kind_of(name)]
        memory, settings = self._divide(what) if what.calculation else ([], [])
        config = self.directory / "conf"
        given = shlex.split(os.environ.get(what.options_variable, ""))
        placed = ("--configDir", str(config)) if what.calculation else ()
        return [
            *(self.java.path, *memory, *self.options, *options, *given),
            f"-Dlog.file={log_of(self.directory, name)}",
            f"-Dlog4j.configurationFile={(config / what.log_config).as_uri()}",
            *("-classpath", self._class_path(), what.main),
            *(*settings, *placed, *what.arguments, *arguments),
        ]

    def environment(self) -> dict[str, str]:
        """Give the variables with Flink's directories, as the scripts set them.

        `flink run` sends the one jar `flink-python-*.jar` in `FLINK_OPT_DIR` to the JobManager with
        each job, and from there it goes to each TaskManager, encrypted. It has 33 MB. So it is on
        the class path, and this directory contains an empty jar with its name.
        """
        home = self.distribution.home
        return {
            "FLINK_CONF_DIR": str(self.directory / "conf"),
            "FLINK_LIB_DIR": str(self.libraries),
            "FLINK_LOG_DIR": str(self.directory / "log"),
            "FLINK_BIN_DIR": str(home / "bin"),
            "FLINK_OPT_DIR": str(self.directory / "opt"),
            "FLINK_PLUGINS_DIR": str(home / "plugins"),
        }

    def jars(self) -> list[Path]:
        """Give the jars of the class path in their order: flink-dist is the last one."""
        jars = self.libraries.glob("*.jar")
        return sorted(jars, key=lambda jar: (jar.name.startswith("flink-dist-"), jar.name))

    def _class_path(self) -> str:
        return ":".join(map(str, self.jars()))

    def _divide(self, kind: Kind) -> tuple[list[str], list[str]]:
        """Give the JVM's memory options, and the settings that tell Flink the same sizes."""
        settings = json.loads((self.directory / "conf" / "config.yaml").read_text("utf-8"))
        sizes = {key: value for key, value in settings.items() if key.startswith(SIZES)}
        known = json.dumps([self.distribution.version, kind.calculation, sizes], sort_keys=True)
        kept = CACHE / f"memory-{hashlib.sha256(known.encode()).hexdigest()[:16]}.json"
        if not kept.exists():
            draft = kept.with_suffix(f".{uuid4().hex[:8]}")
            draft.write_text(json.dumps(self._calculate(kind)), "utf-8")
            draft.replace(kept)
        options, told = json.loads(kept.read_text("utf-8"))
        return shlex.split(options), shlex.split(told)

    def _calculate(self, kind: Kind) -> list[str]:
        utilities = self.distribution.home / "bin" / "bash-java-utils.jar"
        command = [
            *(self.java.path, "-classpath", f"{utilities}:{self._class_path()}", CALCULATOR),
            *(kind.calculation, "--configDir", str(self.directory / "conf")),
        ]
        # S603: Flink's own program, with fixed arguments.
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        printed = done.stdout.splitlines()
        lines = [line.removeprefix(ANSWER) for line in printed if line.startswith(ANSWER)]
        if done.returncode or len(lines) != 2:  # noqa: PLR2004 -- the options and the settings
            message = f"Flink can't divide the process's memory: {root_cause(done.stderr)}"
            raise FlinkError(message)
        return lines
