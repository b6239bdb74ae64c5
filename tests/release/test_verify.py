"""How a roll-out is watched until a deadline."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from stubs import NAME, NOON, client, describes, key, stubbed, workload
from test_evidence import GOOD

from release.errors import ReleaseError
from release.evidence import Check, Evidence, Expected, Operation
from release.verify import Watch, Witness

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
    seen = looks(STARTING, replace(GOOD, restarts=2))
    verdict = watch(clock).until_known(lambda: next(seen), V2)
    assert not verdict.works
    assert verdict.seconds == 10
    assert verdict.message == ("v2 has failed: restarts: restarted 2 times, 0 allowed")


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


def test_the_evidence_comes_from_the_services_record_and_metrics(clock: Clock) -> None:
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


def looked(clock: Clock, status: str, *listed: dict[str, Any]) -> tuple[Evidence, list[datetime]]:
    """Look once. Give the evidence, and the times from which metrics were asked for."""
    flink, cloudwatch = client("kinesisanalyticsv2"), client("cloudwatch")
    asked: list[datetime] = []
    cloudwatch.meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData",
        lambda params, **_: asked.append(params["StartTime"]),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType, reportUnknownMemberType]
    )
    with stubbed(flink) as control, stubbed(cloudwatch) as metrics:
        describes(control, "v2", status=status)
        told = {"ApplicationOperationInfoList": list(listed)}
        control.add_response("list_application_operations", told, {"ApplicationName": NAME})
        if status == "RUNNING" and (not listed or listed[-1]["OperationStatus"] == "SUCCESSFUL"):
            results = [{"Id": "checkpoint", "Values": [90.0]}]
            metrics.add_response("get_metric_data", {"MetricDataResults": results})
        watched = workload(flink=flink, cloudwatch=cloudwatch)
        return Witness(workload=watched, version="v2", clock=clock).look(), asked


def test_metrics_count_from_the_end_of_the_operation(clock: Clock) -> None:
    """The job of the version before had metrics until then, also after the last change."""
    clock.sleep(600)
    update = operation("1", "UpdateApplication", "SUCCESSFUL", 3)
    found, asked = looked(clock, "RUNNING", update)
    assert asked == [NOON + timedelta(minutes=4)]
    assert found.checkpoint is True
    assert found.operation == Operation(name="UpdateApplication", status="SUCCESSFUL")


@pytest.mark.parametrize(
    ("ended", "since"), [("SUCCESSFUL", 6), ("FAILED", 4), ("CANCELLED", 4), ("IN_PROGRESS", 4)]
)
def test_what_the_service_does_by_itself_is_not_judged(
    clock: Clock, ended: str, since: int
) -> None:
    """A roll-out is good although maintenance after it has failed. Figures count after it."""
    clock.sleep(600)
    update = operation("1", "UpdateApplication", "SUCCESSFUL", 3)
    work = operation("2", "ApplicationMaintenance", ended, 5)
    found, asked = looked(clock, "RUNNING", work, update)
    assert found.operation == Operation(name="UpdateApplication", status="SUCCESSFUL")
    assert asked == [NOON + timedelta(minutes=since)]


def test_maintenance_does_not_hide_a_failed_update(clock: Clock) -> None:
    """The update is older, and on a later page."""
    flink = client("kinesisanalyticsv2")
    update = operation("1", "UpdateApplication", "FAILED", 3)
    work = operation("2", "ApplicationMaintenance", "SUCCESSFUL", 5)
    with stubbed(flink) as control:
        describes(control, "v2", status="READY")
        for each, more in ((work, {"NextToken": "1"}), (update, {})):
            answer = {"ApplicationOperationInfoList": [each], **more}
            control.add_response("list_application_operations", answer)
        told = {key: value for key, value in update.items() if key != "OperationId"}
        control.add_response(
            "describe_application_operation",
            {"ApplicationOperationInfoDetails": told},
            {"ApplicationName": NAME, "OperationId": "1"},
        )
        found = Witness(workload=workload(flink=flink), version="v2", clock=clock).look()
    assert found.operation == Operation(name="UpdateApplication", status="FAILED")


def test_without_an_operation_metrics_count_from_the_last_change(clock: Clock) -> None:
    """The application was created and not started by an operation."""
    clock.sleep(600)
    assert looked(clock, "RUNNING")[1] == [NOON]


@pytest.mark.parametrize(
    ("status", "operation_status"),
    [("UPDATING", "IN_PROGRESS"), ("RUNNING", "IN_PROGRESS"), ("MAINTENANCE", "SUCCESSFUL")],
)
def test_metrics_of_an_application_that_is_being_changed_are_no_evidence(
    clock: Clock, status: str, operation_status: str
) -> None:
    """They are those of the version before."""
    clock.sleep(600)
    update = operation("1", "UpdateApplication", operation_status, 0)
    found, asked = looked(clock, status, update)
    assert asked == []
    assert (found.restarts, found.checkpoint, found.read) == (None, None, None)


def test_a_missing_application_is_an_error() -> None:
    """The message names the account."""
    flink = client("kinesisanalyticsv2")
    with stubbed(flink) as stub:
        stub.add_client_error("describe_application", "ResourceNotFoundException")
        with pytest.raises(ReleaseError, match=f"application {NAME} doesn't exist in 222222222222"):
            Witness(workload=workload(flink=flink), version="v2").look()
