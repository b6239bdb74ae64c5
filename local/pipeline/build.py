"""Runs a build as CodeBuild does: the project's own buildspec, only with its role's credentials.

There is no container here. A build has its own directory for the source and its own Python at the
front of the PATH. Its environment contains none of the caller's variables that set credentials or
endpoints.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final, cast

from local.clients import Clients, Credentials
from local.errors import LocalError
from local.pipeline.project import Location, Project
from local.pipeline.workspace import unpack
from local.private_calls import PrivateCalls

PRINCIPAL: Final = "codebuild.amazonaws.com"

FOREIGN: Final = (
    "AWS_",
    "CODEBUILD_",
    "GIT_",
    "MAKE",
    "MFLAGS",
    "PULUMI_",
    "PYTHON",
    "VIRTUAL_ENV",
)
"""Prefixes of variables that a build must not inherit."""

RUNTIMES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("python", "3.11"): ("python3.11", "--version"),
    ("java", "corretto17"): ("java", "-version"),
}
"""The runtimes that are supported here, each with the command that prints its version."""

LOG_BATCH: Final = 500
"""Lines that are put into the log in one request. The service accepts 10,000."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """The result of a build."""

    build: str
    """The build's id."""
    code: int
    seconds: float
    log: Path
    lines: Sequence[str]
    """The same, line by line."""

    def last(self, beginning: str) -> str:
        """Give the rest of the last line with this beginning. Empty if there is no such line."""
        found = (line for line in reversed(self.lines) if line.startswith(beginning))
        return next(found, beginning).removeprefix(beginning)


@dataclass(kw_only=True)
class Machine:
    """The place where builds run, one after the other."""

    directory: Path
    clients: Clients
    tools: Path
    """Directory that comes first on the PATH."""
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that are added to every build."""

    @property
    def workspace(self) -> Path:
        """The directory where the source is unpacked and the commands run."""
        return self.directory / "src"

    def prepare(self, runtimes: Mapping[str, str]) -> None:
        """Make the build's own Python. Raises `LocalError` for a runtime that isn't supported."""
        for runtime in runtimes.items():
            if runtime not in RUNTIMES:
                known = ", ".join(f"{name} {number}" for name, number in RUNTIMES)
                message = f"runtime {' '.join(runtime)} isn't supported here; allowed: {known}"
                raise LocalError(message)
            command = RUNTIMES[runtime][0]
            if shutil.which(command) is None:
                message = f"{command} is not on the PATH: the build needs {' '.join(runtime)}"
                raise LocalError(message)
        if not (self.directory / "python" / "bin" / "python3.11").exists():
            environment = self.directory / "python"
            subprocess.run(["python3.11", "-m", "venv", environment], check=True)

    def run(
        self,
        project: Project,
        build: str,
        source: Location,
        variables: Mapping[str, str],
        say: Callable[[str], None],
    ) -> Built:
        """Run a build to its end. `say` is called with each line of its log.

        The source is fetched and the log is written with the role's credentials too. Raises
        `LocalError` if the role lacks a permission for that.
        """
        begun = time.monotonic()
        calls = PrivateCalls(
            self.clients, project.arn.split(":")[4], "CodeBuild_20161006", "codebuild"
        )
        calls.make("ReportBuild", {"Id": build, "BuildStatus": "IN_PROGRESS"})
        status = "FAULT"
        try:
            built = self._run(project, build, source, variables, say, begun)
            status = "FAILED" if built.code else "SUCCEEDED"
        finally:
            calls.make("ReportBuild", {"Id": build, "BuildStatus": status})
        return built

    def _run(  # noqa: PLR0913, PLR0917 -- the arguments of `run`, and when it began
        self,
        project: Project,
        build: str,
        source: Location,
        variables: Mapping[str, str],
        say: Callable[[str], None],
        begun: float,
    ) -> Built:
        self.prepare(project.buildspec.runtimes)
        credentials = self.clients.service_credentials(project.role, PRINCIPAL, project.arn)
        self._fetch(source, credentials)
        log = self.directory / "logs" / f"{build.replace(':', '-')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = self._environment(project, build, credentials, variables)
        code, lines = self._execute(project, environment, log, say)
        self._keep_log(project.name, build, credentials, lines)
        return Built(
            build=build,
            code=code,
            seconds=time.monotonic() - begun,
            log=log,
            lines=lines,
        )

    def _fetch(self, source: Location, credentials: Credentials) -> None:
        s3 = self.clients.client_as("s3", credentials)
        body = s3.get_object(Bucket=source.bucket, Key=source.key)["Body"].read()
        with zipfile.ZipFile(BytesIO(body)) as archive:
            unpack(archive, self.workspace)

    def _environment(
        self,
        project: Project,
        build: str,
        credentials: Credentials,
        variables: Mapping[str, str],
    ) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)
        }
        path = [str(self.tools), str(self.directory / "python" / "bin"), os.environ["PATH"]]
        region = self.clients.region
        return {
            **inherited,
            **{
                name.upper(): value
                for name, value in cast("Mapping[str, str]", credentials).items()
            },
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": self.clients.endpoint,
            # A build must not use the person's profiles or the machine's role.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CODEBUILD_BUILD_ID": build,
            "CODEBUILD_SRC_DIR": str(self.workspace),
            "PATH": os.pathsep.join(path),
            "PULUMI_HOME": str(self.directory / "pulumi"),
            **self.extra,
            **project.variables,
            **variables,
        }

    def _execute(
        self, project: Project, environment: dict[str, str], log: Path, say: Callable[[str], None]
    ) -> tuple[int, list[str]]:
        lines: list[str] = []
        shutil.rmtree(self.directory / "pulumi", ignore_errors=True)  # remove the last login
        process = subprocess.Popen(
            ["bash", "-c", project.buildspec.script()],
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        expired = threading.Timer(project.timeout_minutes * 60, _end, [process])
        expired.start()
        try:
            with log.open("w", encoding="utf-8") as file:
                for line in process.stdout or ():
                    file.write(line)
                    file.flush()
                    lines.append(line.rstrip())
                    say(lines[-1])
            return process.wait(), lines
        finally:
            expired.cancel()
            _end(process)

    def _keep_log(
        self, project: str, build: str, credentials: Credentials, lines: list[str]
    ) -> None:
        logs = self.clients.client_as("logs", credentials)
        place = {
            "logGroupName": f"/aws/codebuild/{project}",
            "logStreamName": build.rpartition(":")[2],
        }
        logs.create_log_stream(**place)
        at = time.time_ns() // 1_000_000
        events = [{"timestamp": at, "message": line or " "} for line in lines]
        for start in range(0, len(events), LOG_BATCH):
            logs.put_log_events(**place, logEvents=events[start : start + LOG_BATCH])


def _end(process: subprocess.Popen[str]) -> None:
    """End a build and all processes that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
