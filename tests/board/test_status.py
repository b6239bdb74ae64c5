"""The job's status, read from the local cloud's file and from AWS."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from board.errors import BoardError
from board.metrics import Metrics, Value
from board.stack import Stack
from board.status import Job, ManagedFlink, StatusFile, root_cause
from local.flink.job_status import JobStatus

T = 1_769_851_860_000
STACK = Stack(
    account_id="222222222222",
    region="eu-west-1",
    ingest_stream="in",
    results_stream="out",
    dead_letter_stream="dead",
    application_name="analytics",
    log_group="/aws/kinesis-analytics/analytics",
)


def test_the_board_reads_the_status_file_that_the_local_cloud_writes(tmp_path: Path) -> None:
    """The two packages don't import each other. This test checks that they use the same format."""
    path = tmp_path / "status.json"
    JobStatus(
        application="analytics",
        state="RESTARTING",
        version=3,
        code="releases/5cfd043/stocktrading-job.zip",
        restarts=2,
        exception="BoomError: stream not found",
        checkpoint_at=T,
        checkpoints_completed=7,
        checkpoints_failed=1,
        rest_url="http://127.0.0.1:8081",
    ).write(path)
    assert StatusFile(path).read() == Job(
        state="restarting",
        version="5cfd043",
        revision=3,
        checkpoint_at=T,
        checkpoint="7 completed",
        failed_checkpoints=1,
        restarts=2,
        restarted_at=None,
        reason="BoomError: stream not found",
        web_ui="http://127.0.0.1:8081",
    )


def test_only_a_restart_that_the_board_sees_has_a_time(tmp_path: Path) -> None:
    """The time of a restart before the board's start is unknown."""
    path = tmp_path / "status.json"
    source = StatusFile(path)
    for restarts in (1, 2):
        JobStatus(application="a", state="RESTARTING", restarts=restarts).write(path)
        job = source.read()
    assert job.restarted_at == round(path.stat().st_mtime * 1000)
    JobStatus(application="a", state="STARTING", restarts=0).write(path)
    assert source.read().restarted_at is None


def test_a_file_that_says_running_is_an_error_if_flink_does_not_answer(tmp_path: Path) -> None:
    """The file can be older than the process that wrote it."""
    path = tmp_path / "status.json"
    JobStatus(application="a", state="RUNNING", job_id="0", rest_url="http://127.0.0.1:1").write(
        path
    )
    with pytest.raises(BoardError, match=r"^Flink doesn't answer at http://127.0.0.1:1$"):
        StatusFile(path).read()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no status yet at"),
        ("{", "is no job's status"),
        ("[]", "is no job's status"),
        ('{"state": "DANCING"}', "state: given 'dancing'; allowed: starting, running"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_of_one_line(
    tmp_path: Path, content: str | None, says: str
) -> None:
    """The error has the file's path and the reason."""
    path = tmp_path / "status.json"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(BoardError, match=says):
        StatusFile(path).read()


@dataclass
class Aws:
    """An application on Managed Flink, and its log."""

    status: str = "RUNNING"
    events: list[str] = field(default_factory=list[str])
    refused: bool = False
    searches: int = 0

    def describe_application(self, ApplicationName: str) -> dict[str, Any]:  # noqa: N803 -- botocore's
        """Give the fields that the board reads."""
        assert ApplicationName == "analytics"
        location = {"BucketARN": "arn:aws:s3:::code", "FileKey": "releases/v7/stocktrading-job.zip"}
        content = {"S3ApplicationCodeLocationDescription": location}
        code = {"ApplicationCodeConfigurationDescription": {"CodeContentDescription": content}}
        return {
            "ApplicationDetail": {
                "ApplicationStatus": self.status,
                "ApplicationVersionId": 12,
                "ApplicationConfigurationDescription": code,
            }
        }

    def filter_log_events(self, **_: object) -> dict[str, Any]:
        """Give the fields that the board reads."""
        """Give the events, or refuse."""
        self.searches += 1
        if self.refused:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "FilterLogEvents")
        return {"events": [{"message": message} for message in self.events]}

    def job(self, **metrics: list[float]) -> Job:
        """Read the job once. The metrics have these values, one for each minute."""
        values = {
            name: tuple(Value(T + 60_000 * n, value) for n, value in enumerate(each))
            for name, each in metrics.items()
        }
        return self.source(Metrics(values)).read()

    def source(self, metrics: Metrics | None) -> ManagedFlink:
        """Give a `ManagedFlink` with these metrics."""
        return ManagedFlink(cast("Any", self), cast("Any", self), STACK, lambda: metrics)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("RUNNING", "running"),
        ("READY", "stopped"),
        ("UPDATING", "updating"),
        ("AUTOSCALING", "updating"),
        ("FORCE_STOPPING", "stopping"),
        ("STARTING", "starting"),
    ],
)
def test_the_services_status_is_translated(status: str, state: str) -> None:
    """The service calls a stopped application `READY`."""
    job = Aws(status).job()
    assert (job.state, job.version, job.revision) == (state, "v7", 12)


def test_a_running_application_can_have_a_restarting_job() -> None:
    """The service reports RUNNING while the job restarts.

    The metric `downtime` shows the restart.
    """
    assert Aws().job(downtime=[0, 15_000]).state == "restarting"
    assert Aws().job(downtime=[15_000, 0]).state == "running"


def test_checkpoints_and_restarts_come_from_cloudwatch() -> None:
    """The time is that of the counter's last rise."""
    job = Aws().job(
        lastCheckpointDuration=[900, 1234],
        lastCheckpointSize=[5e6, 4.2e6],
        numberOfFailedCheckpoints=[0, 1],
        fullRestarts=[0, 1, 1],
    )
    assert job.checkpoint == "took 1.2 s, 4.2 MB"
    assert (job.failed_checkpoints, job.restarts, job.restarted_at) == (1, 1, T + 60_000)


def test_the_reason_of_a_restart_is_read_once_from_the_log() -> None:
    """Flink logs the exception when it restarts the job."""
    trace = (
        "org.apache.flink.X: outer\n\tat a\nCaused by: java.io.IOException: no such shard\n\tat b"
    )
    aws = Aws(events=[json.dumps({"message": "…", "throwableInformation": trace})])
    rises = Metrics({"fullRestarts": (Value(T, 0), Value(T + 60_000, 1))})
    source = aws.source(rises)
    assert source.read().reason == "java.io.IOException: no such shard"
    source.read()
    assert aws.searches == 1


def test_a_missing_permission_for_the_log_is_reported() -> None:
    """The rest of the job's state is still shown."""
    job = Aws(refused=True).job(fullRestarts=[0, 1])
    assert job.reason is not None
    assert job.reason.startswith("its log can't be read: the credentials may not read it")


def test_the_state_is_known_without_cloudwatch() -> None:
    """An emulator has no metrics of an application."""
    assert Aws().source(None).read() == Job(state="running", version="v7", revision=12)


def test_the_root_cause_is_the_last_cause_in_a_trace() -> None:
    """The trace may be a text or a list of lines, or be missing."""
    assert root_cause(json.dumps({"throwableInformation": ["A: a", "Caused by: B: b"]})) == "B: b"
    assert root_cause(json.dumps({"throwableInformation": "A: a\n\tat x"})) == "A: a"
    assert root_cause("plain\ntext") == "plain text"
    assert root_cause(json.dumps({"message": "no trace"})) is None
