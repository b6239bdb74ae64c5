"""Submit a PyFlink job to a cluster as Managed Flink does: `flink run` with the archive's parts."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.progress import Progress, load, written
from local.flink.cluster import FlinkCluster
from local.flink.distribution import FlinkError
from local.flink.rest import root_cause

STUCK_SECONDS: Final = 240
"""How long the client may write nothing. It takes 10 s in all on an idle machine with two cores."""

LOOK_SECONDS: Final = 0.1

CLIENT: Final = "client"
NOTHING_SUBMITTED: Final = "it ended without submitting a job"
PROPERTIES_VARIABLE: Final = "APPLICATION_PROPERTIES_FILE"
"""Names the file of property groups. Only root may write the service's own path, /etc/flink."""


class SubmissionError(FlinkError):
    """A job could not be submitted. The text is one line with the reason and the log."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """The options of `flink run`."""

    main: Path
    """The Python file to run."""
    jar: Path | None = None
    """The one jar with connectors and Java classes."""
    python_files: Sequence[Path] = ()
    """Directories or archives with the modules that `main` imports."""
    properties_file: Path | None = None
    """The application's property groups, as JSON."""
    parallelism: int = 1
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Flink settings of this job only."""
    savepoint: str | None = None
    """URI of the savepoint or checkpoint to start from."""
    allow_non_restored_state: bool = False
    """Whether state of the savepoint that belongs to no operator may be dropped."""

    def arguments(self, python: Path) -> list[str]:
        """Give the arguments of `flink`. `python` is the client's interpreter."""
        optional = (
            # `-j` would send the 30 MB to the JobManager, and from there to each TaskManager, for
            # each job, encrypted. With `-C` each process reads the file. The class loader is equal.
            *(("-C", self.jar.as_uri()) if self.jar else ()),
            *(("-pyfs", ",".join(map(str, self.python_files))) if self.python_files else ()),
            *(("-s", self.savepoint) if self.savepoint else ()),
            *(("-n",) if self.allow_non_restored_state else ()),
        )
        return [
            *("run", "-d", "-p", str(self.parallelism)),
            *("-pyclientexec", str(python), "-pyexec", str(python)),
            *(f"-D{key}={value}" for key, value in sorted(self.settings.items())),
            *optional,
            *("-py", str(self.main)),
        ]

    def check(self) -> None:
        """Raise `SubmissionError` if a file is missing."""
        for part in (self.main, self.jar, *self.python_files):
            if part is not None and not part.exists():
                message = f"the run options name {part.name}, which isn't in the archive"
                raise SubmissionError(message)


def submit(cluster: FlinkCluster, submission: Submission) -> str:
    """Run the job's `main` with the cluster, and give the id of the job that it submitted.

    Raises `SubmissionError` if a file is missing, or if `main` fails, submits nothing or doesn't
    end.
    """
    submission.check()
    log = cluster.output(CLIENT)
    code = _run(cluster, submission)
    printed = log.read_text("utf-8", "replace")
    jobs = re.findall(r"Job has been submitted with JobID ([0-9a-f]{32})", printed)
    if code == 0 and jobs:
        return jobs[-1]
    if code is None:
        reason = f"no output for {STUCK_SECONDS} s: a job must not wait for its own end{load()}"
    elif code == 0:
        reason = NOTHING_SUBMITTED
    else:
        reason = failure_line(printed)
    message = f"{submission.main.name}: {reason}; log: {log}"
    raise SubmissionError(message)


def _run(cluster: FlinkCluster, submission: Submission) -> int | None:
    python = cluster.distribution.python
    properties = submission.properties_file
    variables = {PROPERTIES_VARIABLE: str(properties)} if properties else {}
    cluster.output(CLIENT).unlink(missing_ok=True)  # an earlier client's
    client = cluster.processes.launch(CLIENT, *submission.arguments(python), **variables)
    progress = Progress(written(cluster.directory / "log", f"*{CLIENT}*"), patience=STUCK_SECONDS)
    try:
        while (code := client.poll()) is None and not progress.stuck:
            time.sleep(LOOK_SECONDS)
        return code
    finally:
        cluster.processes.end(CLIENT)


def failure_line(printed: str) -> str:
    """Give the one line of a failed client's output with the reason.

    The output of the Python process comes before Java's message about its exit. The last line of
    Python's output is the reason: the last line that `main` printed, or the end of its traceback.
    If a Java exception caused the Python exception, the reason is its innermost cause.

    If Python ends before Flink looks at its process for the first time, Flink reports that Python
    did not start, and drops what Python printed.
    """
    if "Failed to start Python process" in printed:
        return f"{NOTHING_SUBMITTED}, before Flink could read what it printed"
    python, _, java = printed.partition("org.apache.flink.client.program.ProgramAbortException")
    lines = [line for line in python.splitlines() if line.strip() and line[0] not in "\t -"]
    if not lines:
        return root_cause(java or python)
    below = [line.removeprefix(": ") for line in lines if line.startswith((": ", "Caused by: "))]
    return root_cause(below[-1] if below else lines[-1])
