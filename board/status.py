"""The job's state, from the local cloud's status file, or from Managed Flink and CloudWatch."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, cast, get_args

from botocore.exceptions import BotoCoreError, ClientError

from board.aws_errors import explain
from board.errors import BoardError
from board.metrics import Metrics, Value
from board.stack import Stack
from common.application_status import meaning
from common.errors import one_line
from common.releases import version_of_key

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2 import KinesisAnalyticsV2Client
    from mypy_boto3_logs import CloudWatchLogsClient

JobState: TypeAlias = Literal[
    "starting", "running", "updating", "restarting", "failed", "stopping", "stopped"
]


@dataclass(frozen=True, kw_only=True)
class Job:
    """The job's state at one moment. None means unknown. Times are in milliseconds."""

    state: JobState
    version: str | None = None
    """The version of the code, from its key in the code bucket."""
    revision: int | None = None
    """The application's version number. Each update raises it."""
    checkpoint_at: int | None = None
    checkpoint: str | None = None
    """Further facts about the last checkpoint."""
    failed_checkpoints: int | None = None
    restarts: int | None = None
    restarted_at: int | None = None
    reason: str | None = None
    """The reason of the last restart or of the failure."""
    web_ui: str | None = None
    """The address of Flink's web page."""


class JobSource(Protocol):
    """A source of the job's state."""

    def read(self) -> Job:
        """Read the state. Raises an error if there is no answer."""
        ...


class StatusFile:
    """The status that the local cloud writes to a JSON file. Its class there is `JobStatus`.

    The file can be older than the process that wrote it. So if it says that the job runs, Flink is
    asked too.
    """

    def __init__(self, path: Path) -> None:
        """Set the path of the file, which need not exist yet."""
        self._path = path
        self._restarts: int | None = None
        self._restarted_at: int | None = None

    def read(self) -> Job:
        """Read the file. Raises BoardError if it is missing, or Flink doesn't answer."""
        try:
            given = cast("Mapping[str, Any]", json.loads(self._path.read_text("utf-8")))
            state = str(given["state"]).lower()
        except FileNotFoundError as error:
            message = f"no status yet at {self._path}"
            raise BoardError(message) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{self._path} is no job's status: {one_line(error)}"
            raise BoardError(message) from error
        if state not in get_args(JobState):
            message = (
                f"{self._path}: state: given {state!r}; allowed: {', '.join(get_args(JobState))}"
            )
            raise BoardError(message)
        if state == "running":
            _ask_flink(given)
        self._note_restarts(int(given.get("restarts") or 0))
        return Job(
            state=cast("JobState", state),
            version=version_of_key(given.get("code")),
            revision=given.get("version"),
            checkpoint_at=given.get("checkpoint_at"),
            checkpoint=_completed(given.get("checkpoints_completed")),
            failed_checkpoints=given.get("checkpoints_failed"),
            restarts=self._restarts,
            restarted_at=self._restarted_at,
            reason=given.get("exception"),
            web_ui=given.get("rest_url"),
        )

    def _note_restarts(self, restarts: int) -> None:
        if self._restarts is not None and restarts > self._restarts:
            self._restarted_at = round(self._path.stat().st_mtime * 1000)
        elif restarts == 0:
            self._restarted_at = None  # a new version was started
        self._restarts = restarts


def _ask_flink(given: Mapping[str, Any]) -> None:
    url, job = given.get("rest_url"), given.get("job_id")
    if not url or not job:
        return
    if not str(url).startswith("http://"):
        message = f"rest_url: given {url!r}; allowed: an http:// address"
        raise BoardError(message)
    try:
        with urllib.request.urlopen(f"{url}/jobs/{job}/status", timeout=3):  # noqa: S310 -- http
            return
    except OSError as error:
        message = f"Flink doesn't answer at {url}"
        raise BoardError(message) from error


def _completed(count: object) -> str | None:
    return f"{count} completed" if isinstance(count, int) else None


_RESTARTING: Final = '"to RESTARTING"'
"""The message that Flink logs for each restart, with the exception that caused it."""

_BEFORE_MS: Final = 5 * 60_000
"""The log is searched from this time before the metric shows the restart."""


class ManagedFlink:
    """The application on Managed Flink, its metrics, and its log for a restart's reason."""

    def __init__(
        self,
        client: KinesisAnalyticsV2Client,
        logs: CloudWatchLogsClient,
        stack: Stack,
        metrics: Callable[[], Metrics | None],
    ) -> None:
        """Set the stack. `metrics` gives the last metrics from CloudWatch, or None."""
        self._client = client
        self._logs = logs
        self._stack = stack
        self._metrics = metrics
        self._explained: tuple[int, str | None] = (0, None)

    def read(self) -> Job:
        """Read the state from the service. Raises botocore's errors."""
        name = self._stack.application_name
        detail = self._client.describe_application(ApplicationName=name)["ApplicationDetail"]
        code = (
            detail.get("ApplicationConfigurationDescription", {})
            .get("ApplicationCodeConfigurationDescription", {})
            .get("CodeContentDescription", {})
            .get("S3ApplicationCodeLocationDescription", {})
        )
        metrics = self._metrics() or Metrics({})
        state: JobState = meaning(detail["ApplicationStatus"]).phase
        down, restarts = metrics.last("downtime"), metrics.last("fullRestarts")
        if state == "running" and down and down.value > 0:
            state = "restarting"
        rise = metrics.last_rise("fullRestarts")
        took = metrics.last("lastCheckpointDuration")
        failed = metrics.last("numberOfFailedCheckpoints")
        return Job(
            state=state,
            version=version_of_key(code.get("FileKey")),
            revision=detail["ApplicationVersionId"],
            checkpoint_at=took.at if took else None,
            checkpoint=_checkpoint(took, metrics.last("lastCheckpointSize")),
            failed_checkpoints=int(failed.value) if failed else None,
            restarts=int(restarts.value) if restarts else None,
            restarted_at=rise.at if rise else None,
            reason=self._explain(rise.at) if rise else None,
        )

    def _explain(self, at: int) -> str | None:
        if self._explained[0] != at:
            self._explained = (at, self._search(at))
        return self._explained[1]

    def _search(self, at: int) -> str | None:
        if not self._stack.log_group:
            return None
        try:
            events = self._logs.filter_log_events(
                logGroupName=self._stack.log_group,
                startTime=at - _BEFORE_MS,
                filterPattern=_RESTARTING,
            )["events"]
        except (ClientError, BotoCoreError) as error:
            return f"its log can't be read: {explain(error)}"
        return root_cause(events[-1].get("message", "")) if events else None


def _checkpoint(took: Value | None, size: Value | None) -> str | None:
    if took is None:
        return None
    weight = f", {size.value / 1e6:.1f} MB" if size else ""
    return f"took {took.value / 1000:.1f} s{weight}"


def root_cause(message: str) -> str | None:
    """Give the root cause of the exception in a log event of Managed Flink's: one line."""
    try:
        event = cast("Mapping[str, Any]", json.loads(message))
        trace = event.get("throwableInformation") or ""
    except (ValueError, AttributeError):
        return one_line(message) or None
    lines = cast("list[str]", trace) if isinstance(trace, list) else str(trace).splitlines()
    causes = [line.strip() for line in lines if line.startswith("Caused by: ")]
    return causes[-1].removeprefix("Caused by: ") if causes else next(iter(lines), None)
