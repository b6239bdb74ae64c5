"""The statuses of Managed Flink's snapshots on the emulator, as a job's host reports them."""

from collections.abc import Mapping
from typing import Any, Final

import botocore.session
import pytest
from botocore.exceptions import ClientError
from hosted_application import NAME, Application, enter

from local.clients import Clients

pytestmark = pytest.mark.emulator

CUSTOM: Final = {
    "ApplicationRestoreConfiguration": {
        "ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT",
        "SnapshotName": "mine",
    }
}


@pytest.fixture
def application(clients: Clients, account: str) -> Application:
    """Give a running application that takes a snapshot at each stop, and whose job is hosted."""
    made = Application(clients, account, snapshots=True)
    made.host.host([NAME])
    enter(made, "RUNNING")
    return made


def take(application: Application, name: str) -> None:
    """Take a snapshot."""
    application.flink.create_application_snapshot(ApplicationName=NAME, SnapshotName=name)


def snapshots(application: Application) -> Mapping[str, str]:
    """Give the snapshots' statuses by their names."""
    listed = application.flink.list_application_snapshots(ApplicationName=NAME)
    return {each["SnapshotName"]: each["SnapshotStatus"] for each in listed["SnapshotSummaries"]}


def test_the_service_has_these_statuses() -> None:
    """They are three of the four in the service's model. The fourth is of a deletion."""
    model: Any = botocore.session.get_session().get_service_model("kinesisanalyticsv2")
    assert {"CREATING", "READY", "FAILED", "DELETING"} == set(
        model.shape_for("SnapshotStatus").enum
    )


def test_a_snapshot_is_ready_when_its_state_is_saved(application: Application) -> None:
    """Until then it is being created. One without state has failed."""
    take(application, "mine")
    take(application, "other")
    assert snapshots(application) == {"mine": "CREATING", "other": "CREATING"}
    assert application.host.report_snapshots(NAME, {"mine": "file:///s", "other": None})
    assert snapshots(application) == {"mine": "READY", "other": "FAILED"}


def test_an_application_starts_only_from_a_ready_snapshot(application: Application) -> None:
    """The service refuses a snapshot that is still being created."""
    take(application, "mine")
    application.stop()
    (of_stop,) = snapshots(application).keys() - {"mine"}
    application.host.report_snapshots(NAME, {of_stop: "file:///s"})
    application.report("STOPPED")
    with pytest.raises(ClientError, match="mine is CREATING"):
        application.flink.start_application(ApplicationName=NAME, RunConfiguration=CUSTOM)
    application.host.report_snapshots(NAME, {"mine": "file:///s"})
    application.flink.start_application(ApplicationName=NAME, RunConfiguration=CUSTOM)


def test_a_snapshot_fails_if_its_host_leaves(application: Application) -> None:
    """Nobody saves its state any more, so nobody waits for it either."""
    take(application, "mine")
    application.host.host([])
    assert snapshots(application) == {"mine": "FAILED"}


def test_a_report_about_an_unknown_snapshot_changes_nothing(application: Application) -> None:
    """It may have been deleted meanwhile."""
    take(application, "mine")
    application.host.report_snapshots(NAME, {"gone": "file:///s"})
    assert snapshots(application) == {"mine": "CREATING"}
