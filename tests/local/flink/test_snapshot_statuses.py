"""The statuses of Managed Flink's snapshots on the emulator, as a job's host reports them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.clients import Clients
from local.flink.control_plane import ControlPlane, JobReport

pytestmark = pytest.mark.emulator

NAME: Final = "a"
CUSTOM: Final = {
    "ApplicationRestoreConfiguration": {
        "ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT",
        "SnapshotName": "mine",
    }
}


class Application:
    """A running application that takes a snapshot at each stop, and its host."""

    def __init__(self, clients: Clients, account: str) -> None:
        """Create it, start it, and report that its job runs."""
        self.flink: Any = clients.client("kinesisanalyticsv2", account)
        self.host = ControlPlane(clients, account)
        self.flink.create_application(
            ApplicationName=NAME,
            RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole=f"arn:aws:iam::{account}:role/r",
            ApplicationConfiguration={
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True}
            },
        )
        self.host.host([NAME])
        self.flink.start_application(ApplicationName=NAME, RunConfiguration={})
        assert self.host.report(JobReport(application=NAME, version=1, outcome="RUNNING"))

    def take(self, name: str) -> None:
        """Take a snapshot."""
        self.flink.create_application_snapshot(ApplicationName=NAME, SnapshotName=name)

    def snapshots(self) -> Mapping[str, str]:
        """Give the snapshots' statuses by their names."""
        listed = self.flink.list_application_snapshots(ApplicationName=NAME)
        return {
            each["SnapshotName"]: each["SnapshotStatus"] for each in listed["SnapshotSummaries"]
        }

    def stop(self) -> str:
        """Stop it. Give the name of the snapshot that the stop takes."""
        before = set(self.snapshots())
        self.flink.stop_application(ApplicationName=NAME)
        (name,) = set(self.snapshots()) - before
        return name


@pytest.fixture
def application(clients: Clients, account: str) -> Iterator[Application]:
    """Give an application in an account of its own."""
    found = Application(clients, account)
    yield found
    found.host.host([])


def test_the_service_has_these_statuses() -> None:
    """They are three of the four in the service's model. The fourth is of a deletion."""
    model: Any = botocore.session.get_session().get_service_model("kinesisanalyticsv2")
    assert {"CREATING", "READY", "FAILED", "DELETING"} == set(
        model.shape_for("SnapshotStatus").enum
    )


def test_a_snapshot_is_ready_when_its_state_is_saved(application: Application) -> None:
    """Until then it is being created. One without state has failed."""
    application.take("mine")
    application.take("other")
    assert application.snapshots() == {"mine": "CREATING", "other": "CREATING"}
    assert application.host.report_snapshots(NAME, {"mine": "file:///s", "other": None})
    assert application.snapshots() == {"mine": "READY", "other": "FAILED"}


def test_an_application_starts_only_from_a_ready_snapshot(application: Application) -> None:
    """The service refuses a snapshot that is still being created."""
    application.take("mine")
    application.host.report_snapshots(NAME, {application.stop(): "file:///s"})
    assert application.host.report(JobReport(application=NAME, version=1, outcome="STOPPED"))
    with pytest.raises(ClientError, match="mine is CREATING"):
        application.flink.start_application(ApplicationName=NAME, RunConfiguration=CUSTOM)
    application.host.report_snapshots(NAME, {"mine": "file:///s"})
    application.flink.start_application(ApplicationName=NAME, RunConfiguration=CUSTOM)


def test_a_snapshot_fails_if_its_host_leaves(application: Application) -> None:
    """Nobody saves its state any more, so nobody waits for it either."""
    application.take("mine")
    application.host.host([])
    assert application.snapshots() == {"mine": "FAILED"}


def test_a_report_about_an_unknown_snapshot_changes_nothing(application: Application) -> None:
    """It may have been deleted meanwhile."""
    application.take("mine")
    application.host.report_snapshots(NAME, {"gone": "file:///s"})
    assert application.snapshots() == {"mine": "CREATING"}
