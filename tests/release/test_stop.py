"""The stop of a running application: with a snapshot, by force, and after all trades are read."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from stubs import (
    NAME,
    NOON,
    OUTPUTS,
    client,
    describes,
    lists_snapshots,
    stubbed,
    summary,
    workload,
)

from release.errors import ReleaseError
from release.figures import read_until
from release.stop import Stop
from release.waiting import Waiting

V1 = "STOPAPPLICATION-1"


def stop(flink: Any, cloudwatch: Any = None, **options: Any) -> Stop:  # noqa: ANN401 -- stubbed clients
    """Give a stop with these options, whose clock goes on by each wait."""
    slept: list[float] = []
    waiting = Waiting(flink=flink, application=NAME, sleep=slept.append, poll_seconds=30)
    return Stop(
        workload=workload(flink=flink, cloudwatch=cloudwatch),
        waiting=waiting,
        clock=lambda: NOON + timedelta(seconds=30 + sum(slept)),
        **options,
    )


def stops(stub: Stubber, *, force: bool = False) -> None:
    """Plan the call that stops the application."""
    stub.add_response("stop_application", {}, {"ApplicationName": NAME, "Force": force})


@pytest.mark.parametrize("force", [False, True])
def test_a_stop_says_from_what_the_next_start_continues(*, force: bool) -> None:
    """A forced stop takes no snapshot, so trades since the last one are read again."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1")
        stops(stub, force=force)
        for status in ("RUNNING", "FORCE_STOPPING" if force else "STOPPING", "READY"):
            describes(stub, "v1", status=status)
        lists_snapshots(stub, summary(V1, 0), summary("later", 1, "FAILED"))
        done = stop(flink, force=force).run()
    assert f"stopped v1. stocktrading release start continues from {V1}" in done
    assert ("read again" in done) is force


def test_a_stopped_application_is_left_alone() -> None:
    """This is no error, so that the command may be given twice."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1", status="READY")
        assert stop(flink).run() == f"{NAME} is READY with v1: nothing to stop"


def refuses(stub: Stubber, error: str) -> None:
    """Plan a stop that the service refuses."""
    stub.add_client_error("stop_application", error, f"{NAME} is in use")


@pytest.mark.parametrize("force", [False, True])
def test_a_stop_that_maintenance_refuses_is_asked_for_again_afterwards(*, force: bool) -> None:
    """Maintenance can begin between the look at the status and the call."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1")
        refuses(stub, "ResourceInUseException")
        for status in ("MAINTENANCE", "RUNNING"):
            describes(stub, "v1", status=status)
        stops(stub, force=force)
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, 0))
        assert stop(flink, force=force).run().startswith("stopped v1.")


def test_a_stop_that_another_has_made_meanwhile_is_done() -> None:
    """The refused call isn't made again."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1")
        refuses(stub, "ResourceInUseException")
        for _ in range(2):
            describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, 0))
        assert stop(flink).run().startswith("stopped v1.")


def test_a_stop_that_is_always_refused_is_an_error() -> None:
    """The command gives up. Another error of the service is not retried."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1")
        for _ in range(5):
            refuses(stub, "ResourceInUseException")
            describes(stub, "v1")
        with pytest.raises(ReleaseError, match="has refused to stop 5 times"):
            stop(flink).run()
        describes(stub, "v1")
        refuses(stub, "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            stop(flink).run()


def test_a_job_that_can_take_no_snapshot_says_which_option_stops_it() -> None:
    """The service lets it run on. The command doesn't wait longer."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        describes(stub, "v1")
        stops(stub)
        for status in ("STOPPING", "RUNNING"):
            describes(stub, "v1", status=status)
        with pytest.raises(ReleaseError, match=r"no snapshot could be taken.*--force"):
            stop(flink).run()


def reads(stub: Stubber, now: int, *ages: int) -> None:
    """Plan the ages in milliseconds of the minutes from noon, asked `now` seconds after noon."""
    answer = {
        "Id": "age",
        "Timestamps": [NOON + timedelta(minutes=minute) for minute in range(len(ages))],
        "Values": [float(age) for age in ages],
    }
    query = {
        "Id": "age",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Kinesis",
                "MetricName": "GetRecords.IteratorAgeMilliseconds",
                "Dimensions": [{"Name": "StreamName", "Value": OUTPUTS.ingest_stream}],
            },
            "Period": 60,
            "Stat": "Maximum",
        },
    }
    asked = {
        "MetricDataQueries": [query],
        "StartTime": NOON,
        "EndTime": NOON + timedelta(seconds=max(now, 60)),
    }
    stub.add_response("get_metric_data", {"MetricDataResults": [answer]}, asked)


def test_a_drained_job_is_stopped_when_all_trades_of_before_the_command_are_read() -> None:
    """The command is given at 12:00:30. In the first minute a read was 40 s behind."""
    flink, cloudwatch = client("kinesisanalyticsv2"), client("cloudwatch")
    with stubbed(flink) as stub, stubbed(cloudwatch) as metrics:
        describes(stub, "v1")
        reads(metrics, 30)  # no metric yet
        reads(metrics, 60, 40_000)  # read until 12:00:10
        reads(metrics, 90, 40_000, 0)  # the second minute isn't over
        reads(metrics, 120, 40_000, 0)  # read until 12:01:50
        stops(stub)
        describes(stub, "v1", status="READY")
        lists_snapshots(stub, summary(V1, 0))
        assert stop(flink, cloudwatch, drain=True).run().startswith("stopped v1.")


def test_a_job_that_does_not_read_is_not_stopped() -> None:
    """Its trades would be counted only later, which is what a drain is to prevent."""
    flink, cloudwatch = client("kinesisanalyticsv2"), client("cloudwatch")
    with stubbed(flink) as stub, stubbed(cloudwatch) as metrics:
        describes(stub, "v1")
        for look in range(31):
            reads(metrics, 30 + 30 * look)
        with pytest.raises(ReleaseError, match=r"no metric of a read\). Nothing was stopped"):
            stop(flink, cloudwatch, drain=True).run()


def test_the_last_seconds_of_a_minute_may_be_unread() -> None:
    """A minute's metric says nothing about what arrived after its last read."""
    cloudwatch = client("cloudwatch")
    with stubbed(cloudwatch) as metrics:
        reads(metrics, 60, 1_500)
        until = read_until(workload(cloudwatch=cloudwatch), NOON, NOON + timedelta(seconds=60))
    assert until == NOON + timedelta(seconds=48.5)
