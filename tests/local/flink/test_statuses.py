"""Managed Flink's refusals in a wrong status, held to botocore's model of the service."""

from typing import Any, Final

import botocore.session
import pytest
from hosted_application import NAME, Application, enter, error_code

from common.application_status import STATUSES
from local.emulator.patches.managed_flink import ALLOWED, FORCED, HOST_CALLS, REFUSED
from local.emulator.patches.managed_flink_records import CHANGES, OPERATIONS

MODEL: Any = botocore.session.get_session().get_service_model("kinesisanalyticsv2")

REACHED: Final = (
    "READY",
    "STARTING",
    "RUNNING",
    "UPDATING",
    "AUTOSCALING",
    "MAINTENANCE",
    "STOPPING",
    "FORCE_STOPPING",
)


@pytest.mark.parametrize("call", ALLOWED)
def test_the_service_can_refuse_each_call_like_that(call: str) -> None:
    """The model lists the error of each refused call."""
    errors = {shape.name for shape in MODEL.operation_model(call).error_shapes}
    assert REFUSED in errors


def test_every_call_and_status_is_one_of_the_services() -> None:
    """The host's own calls are none of them, so no client of AWS makes them by mistake."""
    assert {*ALLOWED, *OPERATIONS, *CHANGES} <= set(MODEL.operation_names)
    assert not set(HOST_CALLS) & set(MODEL.operation_names)
    named = set[str]().union(FORCED, *ALLOWED.values())
    assert named <= set(MODEL.shape_for("ApplicationStatus").enum)
    assert set(MODEL.shape_for("ApplicationStatus").enum) == set(STATUSES)


@pytest.mark.emulator
@pytest.mark.parametrize("status", REACHED)
@pytest.mark.parametrize("call", ALLOWED)
def test_a_call_in_the_wrong_status_is_refused(
    application: Application, call: str, status: str
) -> None:
    """The call is served in the allowed statuses only, and a refused one changes nothing."""
    if call == "DeleteApplicationCloudWatchLoggingOption":
        application.call("AddApplicationCloudWatchLoggingOption")
        option = application.detail["CloudWatchLoggingOptionDescriptions"][0]
        assert option["CloudWatchLoggingOptionId"] == "2.1"
    enter(application, status)
    before = application.detail
    if status not in ALLOWED[call]:
        assert error_code(lambda: application.call(call)) == REFUSED
        assert application.detail == before
    elif call == "DeleteApplicationCloudWatchLoggingOption":
        assert (
            error_code(lambda: application.call(call)) == "ResourceNotFoundException"
        )  # no id 1.1
    else:
        application.call(call)


@pytest.mark.emulator
@pytest.mark.parametrize("status", REACHED)
def test_a_stop_is_forced_in_the_services_statuses_only(
    application: Application, status: str
) -> None:
    """These are the statuses that the reference of StopApplication lists."""
    enter(application, status)
    if status in FORCED:
        application.stop(force=True)
        assert application.status == "FORCE_STOPPING"
    else:
        assert error_code(lambda: application.stop(force=True)) == REFUSED


@pytest.mark.emulator
@pytest.mark.parametrize("status", REACHED)
def test_a_snapshot_needs_a_running_job(application: Application, status: str) -> None:
    """Elsewhere the request is invalid."""
    enter(application, status)

    def snapshot() -> object:
        return application.flink.create_application_snapshot(ApplicationName=NAME, SnapshotName="s")

    if status == "RUNNING":
        snapshot()
    else:
        assert error_code(snapshot) == "InvalidRequestException"
