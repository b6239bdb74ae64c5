"""What the emulator's Managed Flink lacks, tested on an emulator without patches."""

import pytest
from gap_world import Client, gap, refuses

from local.clients import AwsClient


@pytest.fixture
def application(client: Client, account: str) -> AwsClient:
    """Give a client of Managed Flink. Its application `a` is stopped."""
    flink = client("kinesisanalyticsv2")
    flink.create_application(
        ApplicationName="a",
        RuntimeEnvironment="FLINK-1_20",
        ServiceExecutionRole=f"arn:aws:iam::{account}:role/r",
    )
    return flink


@pytest.mark.emulator
def test_operations_are_not_described(client: Client, application: AwsClient) -> None:
    """DescribeApplicationOperation fails for an operation that the emulator has given an id."""
    del client
    started = application.start_application(ApplicationName="a", RunConfiguration={})
    asked = {"ApplicationName": "a", "OperationId": started["OperationId"]}
    refused = refuses(lambda: application.describe_application_operation(**asked))
    gap("patches/managed_flink_records", there=refused)


@pytest.mark.emulator
def test_operations_are_not_listed(client: Client, application: AwsClient) -> None:
    """ListApplicationOperations fails for an existing application."""
    del client
    refused = refuses(lambda: application.list_application_operations(ApplicationName="a"))
    gap("patches/managed_flink_records", there=refused)


@pytest.mark.emulator
def test_versions_are_not_described(client: Client, application: AwsClient) -> None:
    """DescribeApplicationVersion fails for the first version."""
    del client
    asked = {"ApplicationName": "a", "ApplicationVersionId": 1}
    refused = refuses(lambda: application.describe_application_version(**asked))
    gap("patches/managed_flink_records", there=refused)


@pytest.mark.emulator
def test_a_status_ends_when_it_is_read(client: Client, application: AwsClient) -> None:
    """A started application is RUNNING although no job runs."""
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    detail = application.describe_application(ApplicationName="a")["ApplicationDetail"]
    gap("patches/managed_flink", there=detail["ApplicationStatus"] == "RUNNING")


@pytest.mark.emulator
def test_a_snapshot_is_ready_at_once(client: Client, application: AwsClient) -> None:
    """A snapshot is READY although no job's state is saved."""
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    application.describe_application(ApplicationName="a")
    taken = {"ApplicationName": "a", "SnapshotName": "s"}
    application.create_application_snapshot(**taken)
    found = application.describe_application_snapshot(**taken)["SnapshotDetails"]
    gap("patches/managed_flink", there=found["SnapshotStatus"] == "READY")


@pytest.mark.emulator
def test_a_stop_can_not_be_forced(client: Client, application: AwsClient) -> None:
    """A forced stop is refused after a stop whose status hasn't been read yet.

    Its refusal shows which status the emulator gives. On AWS the call is served while STOPPING.
    """
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    application.stop_application(ApplicationName="a")
    refused = refuses(lambda: application.stop_application(ApplicationName="a", Force=True))
    gap("patches/managed_flink", there=refused)


@pytest.mark.emulator
def test_logging_changes_in_any_status(client: Client, application: AwsClient) -> None:
    """A logging option is added while the application starts."""
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    stream = "arn:aws:logs:us-east-1:111111111111:log-group:g:log-stream:s"
    refused = refuses(
        lambda: application.add_application_cloud_watch_logging_option(
            ApplicationName="a",
            CurrentApplicationVersionId=1,
            CloudWatchLoggingOption={"LogStreamARN": stream},
        )
    )
    gap("patches/managed_flink", there=not refused)


@pytest.mark.emulator
def test_maintenance_is_unknown(client: Client, application: AwsClient) -> None:
    """The call that sets the window for maintenance is refused."""
    del client
    window = {"ApplicationMaintenanceWindowStartTimeUpdate": "03:00"}
    refused = refuses(
        lambda: application.update_application_maintenance_configuration(
            ApplicationName="a", ApplicationMaintenanceConfigurationUpdate=window
        )
    )
    gap("patches/managed_flink_work", there=refused)
