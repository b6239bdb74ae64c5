"""Only a host of jobs reports about them, and only about its own account."""

import json

import pytest
from hosted_application import NAME, Application
from test_statuses import MODEL

from local.clients import Clients
from local.flink.control_plane import ControlPlane, JobReport


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
