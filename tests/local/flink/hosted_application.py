"""An application of Managed Flink whose job runs elsewhere, for tests."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from local.clients import Clients
from local.flink.control_plane import ControlPlane, JobReport, Outcome

NAME: Final = "a"


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


def error_code(call: Callable[[], object]) -> str:
    """Give the code of the error that a call must raise."""
    with pytest.raises(ClientError) as told:
        call()
    return told.value.response.get("Error", {}).get("Code", "")


def enter(application: Application, status: str) -> None:
    """Bring a new application to a status."""
    if status == "READY":
        return
    application.start()
    if status == "STARTING":
        return
    application.report("RUNNING")
    steps: Mapping[str, Callable[[], object]] = {
        "UPDATING": application.update,
        "AUTOSCALING": lambda: application.host.begin_work(NAME, "AUTOSCALING"),
        "MAINTENANCE": lambda: application.host.begin_work(NAME, "MAINTENANCE"),
        "STOPPING": application.stop,
        "FORCE_STOPPING": lambda: application.stop(force=True),
    }
    if status != "RUNNING":
        steps[status]()
    assert application.status == status
