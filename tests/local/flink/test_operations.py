"""Managed Flink's operations and versions: how a start, an update and a stop end."""

from typing import Any, Final

import botocore.session
import pytest
from hosted_application import NAME, Application, enter, error_code

from local.emulator.patches.managed_flink import SERVICE_WORK
from local.emulator.patches.managed_flink_work import NAMES
from local.flink.control_plane import ServiceWork

MODEL: Final[Any] = botocore.session.get_session().get_service_model("kinesisanalyticsv2")


@pytest.mark.emulator
def test_a_started_application_runs_when_its_job_runs(application: Application) -> None:
    """Until then it is STARTING, and the operation is in progress."""
    started = application.start()
    assert [application.status, application.status] == ["STARTING", "STARTING"]
    assert application.operation(started)["OperationStatus"] == "IN_PROGRESS"
    application.report("RUNNING")
    assert application.status == "RUNNING"
    told = application.operation(started)
    assert (told["Operation"], told["OperationStatus"]) == ("StartApplication", "SUCCESSFUL")
    assert told["StartTime"] <= told["EndTime"]


@pytest.mark.emulator
def test_an_update_succeeds_when_the_new_job_runs(application: Application) -> None:
    """A report about the old job's version doesn't end it."""
    enter(application, "RUNNING")
    updated = application.update()
    application.report("RUNNING", version=1)
    application.report("FAILED", "late", version=1)
    application.report("STOPPED")
    assert application.status == "UPDATING"
    application.report("RUNNING", version=2)
    assert application.status == "RUNNING"
    told = application.operation(updated)
    assert told["OperationStatus"] == "SUCCESSFUL"
    assert told["ApplicationVersionChangeDetails"] == {
        "ApplicationVersionUpdatedFrom": 1,
        "ApplicationVersionUpdatedTo": 2,
    }


@pytest.mark.emulator
@pytest.mark.parametrize("status", ["STARTING", "UPDATING"])
def test_a_failed_start_leaves_the_application_ready_and_its_error_in_the_operation(
    application: Application, status: str
) -> None:
    """It can then be changed, and started again."""
    enter(application, status)
    application.report("FAILED", "main.py: KeyError: MARKET")
    assert application.status == "READY"
    listed = application.flink.list_application_operations(ApplicationName=NAME)
    newest = listed["ApplicationOperationInfoList"][0]
    assert newest["OperationStatus"] == "FAILED"
    told = application.operation(newest["OperationId"])
    assert told["OperationFailureDetails"] == {
        "ErrorInfo": {"ErrorString": "main.py: KeyError: MARKET"}
    }
    application.update()
    application.start()
    application.report("RUNNING")
    assert application.status == "RUNNING"


@pytest.mark.emulator
@pytest.mark.parametrize("force", [False, True])
def test_a_stop_ends_when_the_job_has_ended(application: Application, *, force: bool) -> None:
    """A report from before the stop doesn't end it."""
    enter(application, "RUNNING")
    stopped = application.stop(force=force)
    application.report("RUNNING")
    assert application.status == ("FORCE_STOPPING" if force else "STOPPING")
    application.report("STOPPED")
    assert application.status == "READY"
    assert application.operation(stopped)["OperationStatus"] == "SUCCESSFUL"


@pytest.mark.emulator
def test_a_forced_stop_cancels_the_operation_in_progress(application: Application) -> None:
    """An update that hangs is ended by it."""
    enter(application, "RUNNING")
    updated = application.update()
    application.stop(force=True)
    assert application.operation(updated)["OperationStatus"] == "CANCELLED"


@pytest.mark.emulator
def test_operations_are_listed_by_name_status_and_page(application: Application) -> None:
    """The newest comes first. An unknown id is not found."""
    enter(application, "UPDATING")
    flink = application.flink

    def listed(**asked: object) -> list[str]:
        told = flink.list_application_operations(ApplicationName=NAME, **asked)
        return [each["Operation"] for each in told["ApplicationOperationInfoList"]]

    assert listed() == ["UpdateApplication", "StartApplication"]
    assert listed(Operation="StartApplication") == ["StartApplication"]
    assert listed(OperationStatus="IN_PROGRESS") == ["UpdateApplication"]
    page = flink.list_application_operations(ApplicationName=NAME, Limit=1)
    assert listed(Limit=1, NextToken=page["NextToken"]) == ["StartApplication"]
    assert error_code(lambda: application.operation("unknown")) == "ResourceNotFoundException"


@pytest.mark.emulator
def test_each_version_keeps_its_configuration(application: Application) -> None:
    """A roll-back reads an earlier one."""
    application.update()

    def version(number: int) -> str:
        told = application.flink.describe_application_version(
            ApplicationName=NAME, ApplicationVersionId=number
        )["ApplicationVersionDetail"]
        assert told["ApplicationVersionId"] == number
        described = told["ApplicationConfigurationDescription"]["EnvironmentPropertyDescriptions"]
        return described["PropertyGroupDescriptions"][0]["PropertyMap"]["version"]

    assert [version(1), version(2)] == ["1", "2"]
    assert error_code(lambda: version(3)) == "ResourceNotFoundException"


@pytest.mark.emulator
@pytest.mark.parametrize("status", sorted(SERVICE_WORK))
def test_the_services_own_work_ends_when_the_service_ends_it(
    application: Application, status: ServiceWork
) -> None:
    """No report of the host ends it. It is one of the operations, and may fail."""
    enter(application, status)
    application.report("RUNNING")
    application.report("STOPPED")
    application.report("FAILED", "late")
    assert [application.status, application.status] == [status, status]
    assert application.host.end_work(NAME, "no capacity")
    assert application.status == "RUNNING"
    work, started = application.flink.list_application_operations(ApplicationName=NAME)[
        "ApplicationOperationInfoList"
    ]
    assert (work["Operation"], work["OperationStatus"]) == (NAMES[status], "FAILED")
    assert (started["Operation"], started["OperationStatus"]) == ("StartApplication", "SUCCESSFUL")
    assert work["Operation"] not in MODEL.operation_names


@pytest.mark.emulator
def test_the_services_own_work_needs_a_running_job_and_a_forced_stop_ends_autoscaling(
    application: Application,
) -> None:
    """An end that comes later changes nothing."""
    assert not application.host.begin_work(NAME, "MAINTENANCE")
    assert application.status == "READY"
    enter(application, "AUTOSCALING")
    assert not application.host.begin_work(NAME, "MAINTENANCE")
    application.stop(force=True)
    assert application.host.end_work(NAME)
    assert application.status == "FORCE_STOPPING"
    listed = application.flink.list_application_operations(ApplicationName=NAME)
    assert [each["OperationStatus"] for each in listed["ApplicationOperationInfoList"]] == [
        "IN_PROGRESS",
        "CANCELLED",
        "SUCCESSFUL",
    ]
