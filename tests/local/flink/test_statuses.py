"""Managed Flink's statuses, operations and refusals, held to botocore's model of the service."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import botocore.session
import pytest
from botocore.exceptions import ClientError

from common.application_status import STATUSES
from local.clients import Clients
from local.emulator.patches.managed_flink import ALLOWED, FORCED, HOST_CALLS, REFUSED
from local.emulator.patches.managed_flink_records import CHANGES, OPERATIONS
from local.flink.control_plane import ControlPlane, JobReport, Outcome

NAME: Final = "a"
MODEL: Any = botocore.session.get_session().get_service_model("kinesisanalyticsv2")


class Application:
    """An application whose job runs elsewhere, and its host's reports."""

    def __init__(self, clients: Clients, account: str, *, snapshots: bool = False) -> None:
        """Create it in an account of its own."""
        self.clients = clients
        self.account = account
        self.host = ControlPlane(clients, account)
        self.flink = clients.client("kinesisanalyticsv2", account)
        enabled = {"SnapshotsEnabled": snapshots}
        self.flink.create_application(
            ApplicationName=NAME,
            RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole=f"arn:aws:iam::{account}:role/r",
            ApplicationConfiguration={
                "ApplicationSnapshotConfiguration": enabled,
                "EnvironmentProperties": {"PropertyGroups": [_group("1")]},
            },
        )

    @property
    def detail(self) -> dict[str, Any]:
        """Describe it."""
        return self.flink.describe_application(ApplicationName=NAME)["ApplicationDetail"]

    @property
    def status(self) -> str:
        """Give its status."""
        return self.detail["ApplicationStatus"]

    def report(
        self, outcome: Outcome, error: str | None = None, version: int | None = None
    ) -> None:
        """Report its job as the host does."""
        version = version or self.detail["ApplicationVersionId"]
        report = JobReport(application=NAME, version=version, outcome=outcome, error=error)
        assert self.host.report(report)

    def start(self) -> str:
        """Start it. Give the operation's id."""
        return self.flink.start_application(ApplicationName=NAME, RunConfiguration={})[
            "OperationId"
        ]

    def update(self) -> str:
        """Change a property. Give the operation's id."""
        version = self.detail["ApplicationVersionId"]
        return self.flink.update_application(
            ApplicationName=NAME,
            CurrentApplicationVersionId=version,
            ApplicationConfigurationUpdate={
                "EnvironmentPropertyUpdates": {"PropertyGroups": [_group(str(version + 1))]}
            },
        )["OperationId"]

    def stop(self, *, force: bool = False) -> str:
        """Stop it. Give the operation's id."""
        return self.flink.stop_application(ApplicationName=NAME, Force=force)["OperationId"]

    def operation(self, id_: str) -> dict[str, Any]:
        """Describe an operation."""
        return self.flink.describe_application_operation(ApplicationName=NAME, OperationId=id_)[
            "ApplicationOperationInfoDetails"
        ]

    def call(self, name: str) -> object:
        """Make one of the calls that are refused in some statuses."""
        option = {"LogStreamARN": "arn:aws:logs:us-east-1:111111111111:log-group:g:log-stream:s"}
        version = self.detail["ApplicationVersionId"]
        created = self.detail["CreateTimestamp"]
        calls: Mapping[str, Callable[[], object]] = {
            "StartApplication": self.start,
            "UpdateApplication": self.update,
            "StopApplication": self.stop,
            "DeleteApplication": lambda: self.flink.delete_application(
                ApplicationName=NAME, CreateTimestamp=created
            ),
            "AddApplicationCloudWatchLoggingOption": lambda: (
                self.flink.add_application_cloud_watch_logging_option(
                    ApplicationName=NAME,
                    CurrentApplicationVersionId=version,
                    CloudWatchLoggingOption=option,
                )
            ),
            "DeleteApplicationCloudWatchLoggingOption": lambda: (
                self.flink.delete_application_cloud_watch_logging_option(
                    ApplicationName=NAME,
                    CurrentApplicationVersionId=version,
                    CloudWatchLoggingOptionId="1.1",
                )
            ),
        }
        return calls[name]()


def _group(value: str) -> dict[str, Any]:
    return {"PropertyGroupId": "g", "PropertyMap": {"version": value}}


def _code(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as told:
        call()
    return told.value.response.get("Error", {}).get("Code", "")


@pytest.fixture
def application(clients: Clients, account: str) -> Application:
    """Give an application whose job is hosted."""
    made = Application(clients, account)
    assert made.host.host([NAME])
    return made


def _enter(application: Application, status: str) -> None:
    """Bring a new application to a status."""
    if status == "READY":
        return
    application.start()
    if status == "STARTING":
        return
    application.report("RUNNING")
    steps: Mapping[str, Callable[[], object]] = {
        "UPDATING": application.update,
        "STOPPING": application.stop,
        "FORCE_STOPPING": lambda: application.stop(force=True),
    }
    if status != "RUNNING":
        steps[status]()
    assert application.status == status


REACHED: Final = ("READY", "STARTING", "RUNNING", "UPDATING", "STOPPING", "FORCE_STOPPING")


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
    _enter(application, status)
    before = application.detail
    if status not in ALLOWED[call]:
        assert _code(lambda: application.call(call)) == REFUSED
        assert application.detail == before
    elif call == "DeleteApplicationCloudWatchLoggingOption":
        assert _code(lambda: application.call(call)) == "ResourceNotFoundException"  # no id 1.1
    else:
        application.call(call)


@pytest.mark.emulator
@pytest.mark.parametrize("status", REACHED)
def test_a_stop_is_forced_in_the_services_statuses_only(
    application: Application, status: str
) -> None:
    """These are the statuses that the reference of StopApplication lists."""
    _enter(application, status)
    if status in FORCED:
        application.stop(force=True)
        assert application.status == "FORCE_STOPPING"
    else:
        assert _code(lambda: application.stop(force=True)) == REFUSED


@pytest.mark.emulator
@pytest.mark.parametrize("status", REACHED)
def test_a_snapshot_needs_a_running_job(application: Application, status: str) -> None:
    """Elsewhere the request is invalid."""
    _enter(application, status)

    def snapshot() -> object:
        return application.flink.create_application_snapshot(ApplicationName=NAME, SnapshotName="s")

    if status == "RUNNING":
        snapshot()
    else:
        assert _code(snapshot) == "InvalidRequestException"


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
    _enter(application, "RUNNING")
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
    _enter(application, status)
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
    _enter(application, "RUNNING")
    stopped = application.stop(force=force)
    application.report("RUNNING")
    assert application.status == ("FORCE_STOPPING" if force else "STOPPING")
    application.report("STOPPED")
    assert application.status == "READY"
    assert application.operation(stopped)["OperationStatus"] == "SUCCESSFUL"


@pytest.mark.emulator
def test_a_forced_stop_cancels_the_operation_in_progress(application: Application) -> None:
    """An update that hangs is ended by it."""
    _enter(application, "RUNNING")
    updated = application.update()
    application.stop(force=True)
    assert application.operation(updated)["OperationStatus"] == "CANCELLED"


@pytest.mark.emulator
def test_operations_are_listed_by_name_status_and_page(application: Application) -> None:
    """The newest comes first. An unknown id is not found."""
    _enter(application, "UPDATING")
    flink = application.flink

    def listed(**asked: object) -> list[str]:
        told = flink.list_application_operations(ApplicationName=NAME, **asked)
        return [each["Operation"] for each in told["ApplicationOperationInfoList"]]

    assert listed() == ["UpdateApplication", "StartApplication"]
    assert listed(Operation="StartApplication") == ["StartApplication"]
    assert listed(OperationStatus="IN_PROGRESS") == ["UpdateApplication"]
    page = flink.list_application_operations(ApplicationName=NAME, Limit=1)
    assert listed(Limit=1, NextToken=page["NextToken"]) == ["StartApplication"]
    assert _code(lambda: application.operation("unknown")) == "ResourceNotFoundException"


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
    assert _code(lambda: version(3)) == "ResourceNotFoundException"


@pytest.mark.emulator
def test_a_host_takes_over_an_application_that_counts_as_running(
    clients: Clients, account: str
) -> None:
    """No job runs yet. Without a host each status ends when it is read."""
    application = Application(clients, account)
    started = application.start()
    assert application.status == "RUNNING"
    assert application.operation(started)["OperationStatus"] == "SUCCESSFUL"
    application.host.host([NAME])
    assert application.status == "STARTING"
    assert application.operation(started)["OperationStatus"] == "IN_PROGRESS"
    application.host.host([])
    assert application.status == "RUNNING"


@pytest.mark.emulator
def test_only_the_accounts_root_user_can_report(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another secret is refused. A report of another account is about another application."""
    application.start()
    report = JobReport(application=NAME, version=1, outcome="RUNNING")
    assert ControlPlane(application.clients, "399999999998").report(report)
    assert application.status == "STARTING"

    def another(_: str) -> str:
        return "test"

    monkeypatch.setattr("local.private_calls.secret_for", another)
    assert not ControlPlane(application.clients, application.account).report(report)
    assert application.status == "STARTING"


@pytest.mark.emulator
def test_a_role_that_may_use_the_service_can_not_report(
    application: Application,
) -> None:
    """It may make every call of the service, and the host's calls are none of them."""
    iam = application.clients.client("iam", application.account)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{application.account}:root"},
            }
        ],
    }
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Resource": "*",
                "Action": [f"kinesisanalytics:{name}" for name in MODEL.operation_names],
            }
        ],
    }
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(policy))
    signed = application.clients.assume_role(role["Arn"], application.account)
    acting = application.clients.acting_as(application.account, signed)
    report = JobReport(application=NAME, version=1, outcome="RUNNING")
    assert acting.client("kinesisanalyticsv2", application.account).describe_application(
        ApplicationName=NAME
    )
    assert not ControlPlane(acting, application.account).report(report)
