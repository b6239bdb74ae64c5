"""Every status that Managed Flink can give an application is classified, for all rooms."""

import re
from typing import Any

import botocore.session
import pytest

from common.application_status import STATUSES, meaning
from local.flink.application import RUNNING
from release.evidence import Evidence, Expected, check_evidence

MODEL: Any = botocore.session.get_session().get_service_model("kinesisanalyticsv2")
STATUS_NAMES: list[str] = MODEL.shape_for("ApplicationStatus").enum


def test_each_status_of_the_services_model_is_classified() -> None:
    """The table has no status that the service doesn't know."""
    assert set(STATUSES) == set(STATUS_NAMES)


def test_a_forced_stop_is_allowed_where_the_services_model_says_so() -> None:
    """The model's text of `Force` lists the statuses."""
    text = MODEL.shape_for("StopApplicationRequest").members["Force"].documentation
    listed = set(re.findall(r"<code>([A-Z_]{4,})</code>", text)) & set(STATUS_NAMES)
    assert {name for name, status in STATUSES.items() if status.force_stop} == listed


@pytest.mark.parametrize("status", STATUS_NAMES)
def test_a_roll_out_is_not_judged_bad_in_a_status_that_ends_by_itself(status: str) -> None:
    """After maintenance, autoscaling and the like, the version may still work."""
    key = "releases/v2/stocktrading-job.zip"
    checks = check_evidence(Evidence(status=status, code_key=key), Expected(version="v2"))
    (state,) = [check.state for check in checks if check.name == "version"]
    ends = status not in {"RUNNING", "READY", "ROLLED_BACK", "DELETING"}
    assert state == ("yes" if status == "RUNNING" else "not yet" if ends else "no")


@pytest.mark.parametrize("status", STATUS_NAMES)
def test_the_local_cloud_keeps_a_job_in_every_status_with_one(status: str) -> None:
    """Maintenance and a roll-back by the service end with a running job."""
    stopped = {"READY", "ROLLED_BACK", "STOPPING", "FORCE_STOPPING", "DELETING"}
    assert (status in RUNNING) == (status not in stopped)


def test_a_status_that_is_not_known_yet_changes_nothing() -> None:
    """A newer API may add one. It is waited for, and no call is made because of it."""
    assert meaning("HIBERNATING").settles
    assert not meaning("HIBERNATING").force_stop
