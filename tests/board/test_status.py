"""How the job is: from the local cloud's file, and from AWS."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from board.errors import BoardError
from board.metrics import Metrics, Value
from board.stack import Stack
from board.status import Job, ManagedFlink, StatusFile, root_cause, version_of
from local.flink.job_status import JobStatus

T = 1_769_851_860_000
STACK = Stack(
    region="eu-west-1",
    ingest_stream="in",
    results_stream="out",
    dead_letter_stream="dead",
    application_name="analytics",
    log_group="/aws/kinesis-analytics/analytics",
)


def test_it_reads_what_the_local_cloud_writes(tmp_path: Path) -> None:
    """The two don't import each other: this test holds them together."""
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


def test_a_restart_that_happens_meanwhile_has_a_time(tmp_path: Path) -> None:
    """One that was before the board began has none: it isn't known."""
    path = tmp_path / "status.json"
    source = StatusFile(path)
    for restarts in (1, 2):
        JobStatus(application="a", state="RESTARTING", restarts=restarts).write(path)
        job = source.read()
    assert job.restarted_at == round(path.stat().st_mtime * 1000)
    JobStatus(application="a", state="STARTING", restarts=0).write(path)
    assert source.read().restarted_at is None


def test_a_file_that_says_running_is_not_believed_where_flink_is_gone(tmp_path: Path) -> None:
    """A file outlives whoever wrote it."""
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
def test_a_file_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, content: str | None, says: str
) -> None:
    """Where it is, and what is wrong with it."""
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
        """Describe it, in as much as is read."""
        assert ApplicationName == "analytics"
        location = {"BucketARN": "arn:aws:s3:::code", "FileKey": "releases/v7/job.zip"}
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
        """Describe it, in as much as is read."""
        """Give the events, or refuse."""
        self.searches += 1
        if self.refused:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "FilterLogEvents")
        return {"events": [{"message": message} for message in self.events]}

    def job(self, **metrics: list[float]) -> Job:
        """Read the job once, with these values of metrics, a minute apart."""
        values = {
            name: tuple(Value(T + 60_000 * n, value) for n, value in enumerate(each))
            for name, each in metrics.items()
        }
        return self.source(Metrics(values)).read()

    def source(self, metrics: Metrics | None) -> ManagedFlink:
        """Give what is tested, with these metrics."""
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
def test_the_services_status_in_our_words(status: str, state: str) -> None:
    """`READY` is what the service calls an application that is stopped."""
    job = Aws(status).job()
    assert (job.state, job.version, job.revision) == (state, "v7", 12)


def test_an_application_that_runs_may_have_a_job_that_does_not() -> None:
    """The service says RUNNING while the job restarts: `downtime` tells."""
    assert Aws().job(downtime=[0, 15_000]).state == "restarting"
    assert Aws().job(downtime=[15_000, 0]).state == "running"


def test_checkpoints_and_restarts_come_from_cloudwatch() -> None:
    """With the time of the last rise of a counter that never falls."""
    job = Aws().job(
        lastCheckpointDuration=[900, 1234],
        lastCheckpointSize=[5e6, 4.2e6],
        numberOfFailedCheckpoints=[0, 1],
        fullRestarts=[0, 1, 1],
    )
    assert job.checkpoint == "took 1.2 s, 4.2 MB"
    assert (job.failed_checkpoints, job.restarts, job.restarted_at) == (1, 1, T + 60_000)


def test_a_restarts_reason_comes_from_the_log_asked_once() -> None:
    """The exception that Flink logs as it restarts the job."""
    trace = (
        "org.apache.flink.X: outer\n\tat a\nCaused by: java.io.IOException: no such shard\n\tat b"
    )
    aws = Aws(events=[json.dumps({"message": "…", "throwableInformation": trace})])
    rises = Metrics({"fullRestarts": (Value(T, 0), Value(T + 60_000, 1))})
    source = aws.source(rises)
    assert source.read().reason == "java.io.IOException: no such shard"
    source.read()
    assert aws.searches == 1


def test_a_log_that_may_not_be_read_is_said() -> None:
    """The rest of the job's state is shown all the same."""
    job = Aws(refused=True).job(fullRestarts=[0, 1])
    assert job.reason is not None
    assert job.reason.startswith("its log can't be read: the credentials may not read it")


def test_without_cloudwatch_the_state_is_known_all_the_same() -> None:
    """An emulator has no metrics of an application."""
    assert Aws().source(None).read() == Job(state="running", version="v7", revision=12)


def test_a_root_cause_is_the_last_of_a_trace() -> None:
    """As text, as a list of lines, and where there is no trace at all."""
    assert root_cause(json.dumps({"throwableInformation": ["A: a", "Caused by: B: b"]})) == "B: b"
    assert root_cause(json.dumps({"throwableInformation": "A: a\n\tat x"})) == "A: a"
    assert root_cause("plain\ntext") == "plain text"
    assert root_cause(json.dumps({"message": "no trace"})) is None


def test_a_version_is_in_the_archives_key() -> None:
    """`releases/<version>/<archive>`."""
    assert version_of("releases/v1.2/stocktrading-job.zip") == "v1.2"
    assert version_of("job.zip") is None
    assert version_of(None) is None
