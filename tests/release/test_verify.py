"""How a roll-out is watched until a deadline, on AWS and on the local cloud."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stubs import NAME, NOON, OUTPUTS, client, describes, key, stubbed, workload
from test_evidence import GOOD

from release.errors import ReleaseError
from release.evidence import Check, Evidence, Expected, Operation
from release.local_job import LocalJob
from release.verify import Watch, Witness
from release.workload import Workload

STARTING = replace(GOOD, status="UPDATING", checkpoint=False, results=None)
V2 = Expected(version="v2")


class Clock:
    """A clock that advances only in `sleep`."""

    def __init__(self) -> None:
        """Begin at noon."""
        self.now = NOON

    def __call__(self) -> datetime:
        """Give the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


def watch(clock: Clock, told: list[Sequence[Check]] | None = None) -> Watch:
    """Watch for at most a minute, with a poll every ten seconds."""
    report = (told if told is not None else []).append
    return Watch(
        deadline=timedelta(minutes=1),
        poll_seconds=10,
        clock=clock,
        sleep=clock.sleep,
        report=report,
    )


def looks(*evidence: Evidence) -> Iterator[Evidence]:
    """Give one evidence after the other, then the last one again and again."""
    yield from evidence
    while True:
        yield evidence[-1]


def test_a_roll_out_is_watched_until_it_works(clock: Clock) -> None:
    """The watch ends then. Each change is reported once."""
    told: list[Sequence[Check]] = []
    seen = looks(STARTING, STARTING, GOOD)
    verdict = watch(clock, told).until_known(lambda: next(seen), V2)
    assert verdict.works
    assert verdict.seconds == 20
    assert verdict.message.startswith("v2 works: operation: UpdateApplication succeeded; ")
    assert len(told) == 2


def test_the_watch_ends_at_once_if_the_roll_out_has_failed(clock: Clock) -> None:
    """The message contains only the checks that failed."""
    seen = looks(STARTING, replace(GOOD, restarts=2, problem="no state"))
    verdict = watch(clock).until_known(lambda: next(seen), V2)
    assert not verdict.works
    assert verdict.seconds == 10
    assert verdict.message == ("v2 has failed: restarts: restarted 2 times, 0 allowed: no state")


def test_at_the_deadline_the_message_lists_what_is_missing(clock: Clock) -> None:
    """A last poll is made at the deadline."""
    verdict = watch(clock).until_known(lambda: replace(GOOD, checkpoint=False), V2)
    assert not verdict.works
    assert verdict.message == ("v2 has not shown that it works in 60 s: checkpoint: none completed")


def test_without_trades_the_watch_goes_on_until_the_deadline(clock: Clock) -> None:
    """A trade can arrive until the deadline."""
    quiet = replace(GOOD, arrived=0, read=0, results=0)
    verdict = watch(clock).until_known(lambda: quiet, V2)
    assert verdict.works
    assert verdict.seconds == 60


def test_on_aws_the_evidence_comes_from_the_services_record_and_metrics(clock: Clock) -> None:
    """The reason of a failed operation is read too."""
    flink, cloudwatch = client("kinesisanalyticsv2"), client("cloudwatch")
    clock.sleep(300)
    with stubbed(flink) as control, stubbed(cloudwatch) as metrics:
        describes(control, "v2")
        control.add_response(
            "list_application_operations",
            {
                "ApplicationOperationInfoList": [
                    operation("1", "StartApplication", "SUCCESSFUL", -60),
                    operation("3", "UpdateApplication", "FAILED", 0),
                    operation("2", "UpdateApplication", "SUCCESSFUL", -30),
                ]
            },
            {"ApplicationName": NAME},
        )
        failure = {"OperationFailureDetails": {"ErrorInfo": {"ErrorString": "no such key"}}}
        told = operation("3", "UpdateApplication", "FAILED", 0) | failure
        told.pop("OperationId")
        control.add_response(
            "describe_application_operation",
            {"ApplicationOperationInfoDetails": told},
            {"ApplicationName": NAME, "OperationId": "3"},
        )
        values = {"restarts": [1.0], "checkpoint": [90.0], "arrived": [4.0], "results": [2.0]}
        results = [{"Id": id_, "Values": points} for id_, points in values.items()]
        metrics.add_response("get_metric_data", {"MetricDataResults": results})
        watched = workload(flink=flink, cloudwatch=cloudwatch)
        found = Witness(workload=watched, version="v2", clock=clock).look()
    assert found == Evidence(
        status="RUNNING",
        code_key=key("v2"),
        operation=Operation(name="UpdateApplication", status="FAILED", error="no such key"),
        restarts=1,
        checkpoint=True,
        arrived=4,
        results=2,
    )


def operation(id_: str, name: str, status: str, minute: int) -> dict[str, Any]:
    """Give an operation as the service lists it."""
    return {
        "OperationId": id_,
        "Operation": name,
        "OperationStatus": status,
        "StartTime": NOON + timedelta(minutes=minute),
        "EndTime": NOON + timedelta(minutes=minute + 1),
    }


def test_a_missing_application_is_an_error() -> None:
    """The message names the account."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        stub.add_client_error("describe_application", "ResourceNotFoundException")
        with pytest.raises(ReleaseError, match=f"application {NAME} doesn't exist in 222222222222"):
            Witness(workload=workload(flink=flink), version="v2").look()


JOB = {
    "application": NAME,
    "state": "RUNNING",
    "code": key("v2"),
    "restarts": 0,
    "checkpoints_completed": 2,
    "checkpoints_failed": 0,
    "exception": None,
    "job_id": "0",
}


def look_locally(path: Path, job: dict[str, Any] | None) -> Evidence:
    """Gather the evidence of a local job. One trade arrived, and two results were written."""
    if job is not None:
        path.write_text(json.dumps(job), "utf-8")
    flink, kinesis, cloudwatch = map(client, ("kinesisanalyticsv2", "kinesis", "cloudwatch"))
    with stubbed(flink) as control, stubbed(kinesis) as streams, stubbed(cloudwatch) as metrics:
        describes(control, "v2")
        control.add_client_error("list_application_operations", "UnknownOperationException")
        if job is not None and job["code"] == key("v2"):
            figures = [{"Id": "arrived", "Values": [1.0]}, {"Id": "results", "Values": [99.0]}]
            metrics.add_response("get_metric_data", {"MetricDataResults": figures})
            stream = OUTPUTS.results_stream
            shard = {
                "ShardId": "shardId-0",
                "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"},
                "SequenceNumberRange": {"StartingSequenceNumber": "0"},
            }
            streams.add_response("list_shards", {"Shards": [shard]}, {"StreamName": stream})
            streams.add_response(
                "get_shard_iterator",
                {"ShardIterator": "it"},
                {
                    "StreamName": stream,
                    "ShardId": "shardId-0",
                    "ShardIteratorType": "AT_TIMESTAMP",
                    "Timestamp": NOON,
                },
            )
            record = {"SequenceNumber": "0", "Data": b"{}", "PartitionKey": "A"}
            streams.add_response("get_records", {"Records": [record] * 2, "MillisBehindLatest": 0})
        local = Workload(replace(OUTPUTS, endpoint="http://127.0.0.1:1"))
        vars(local).update(flink=flink, kinesis=kinesis, cloudwatch=cloudwatch)
        return Witness(workload=local, version="v2", status_file=path).look()


def test_on_the_local_cloud_the_evidence_comes_from_the_status_file_and_the_results(
    tmp_path: Path,
) -> None:
    """The metric counts whole minutes, with results of the version before, so it is not used."""
    assert look_locally(tmp_path / "status.json", JOB) == Evidence(
        status="RUNNING",
        code_key=key("v2"),
        restarts=0,
        checkpoint=True,
        failed_checkpoints=0,
        arrived=1,
        results=2,
        reads_told=False,
    )


@pytest.mark.parametrize("job", [None, JOB | {"code": key("v1")}])
def test_the_previous_versions_job_is_no_evidence(
    tmp_path: Path, job: dict[str, Any] | None
) -> None:
    """The local control plane reports RUNNING before the new job has started."""
    found = look_locally(tmp_path / "status.json", job)
    assert (found.status, found.restarts, found.checkpoint) == ("UPDATING", None, None)


def test_the_evidence_of_a_failed_local_job_contains_its_exception(tmp_path: Path) -> None:
    """The exception comes from the status file."""
    told = JOB | {"state": "FAILED", "exception": "ValueError: window"}
    found = look_locally(tmp_path / "status.json", told)
    assert (found.status, found.problem) == ("READY", "ValueError: window")


@pytest.mark.parametrize("content", ["{", "[]", '{"state": "RUNNING"}'])
def test_a_file_that_is_no_status_is_an_error(tmp_path: Path, content: str) -> None:
    """The error is one line."""
    path = tmp_path / "status.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ReleaseError, match=r"no status of a job"):
        LocalJob.read(path)


def test_release_reads_the_status_file_that_the_local_cloud_writes(tmp_path: Path) -> None:
    """The two packages share only the file's format."""
    from local.flink.job_status import JobStatus  # noqa: PLC0415 -- the writer of the file, for this test only

    path = tmp_path / "status.json"
    JobStatus(
        application=NAME,
        state="RESTARTING",
        code=key("v2"),
        restarts=3,
        checkpoints_completed=1,
        exception="no state",
    ).write(path)
    assert LocalJob.read(path) == LocalJob(
        state="RESTARTING",
        code=key("v2"),
        restarts=3,
        checkpoints_completed=1,
        checkpoints_failed=0,
        exception="no state",
    )
