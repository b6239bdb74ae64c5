"""Requests to Managed Flink that depend on an application's status."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from local.clients import Clients

pytestmark = pytest.mark.emulator


def _code(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as told:
        call()
    return told.value.response.get("Error", {}).get("Code", "")


def test_a_request_in_the_wrong_status_is_refused(clients: Clients, account: str) -> None:
    """Refused are a second start, a stop without a start, and a snapshot without a running job."""
    flink = clients.client("kinesisanalyticsv2", account)
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"Service": "kinesisanalytics.amazonaws.com"}}]}'
    )
    iam = clients.client("iam", account)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    flink.create_application(
        ApplicationName="a", RuntimeEnvironment="FLINK-1_20", ServiceExecutionRole=role
    )

    def start() -> object:
        return flink.start_application(ApplicationName="a", RunConfiguration={})

    def snapshot() -> object:
        return flink.create_application_snapshot(ApplicationName="a", SnapshotName="s")

    in_use = "ResourceInUseException"
    assert _code(snapshot) == "InvalidRequestException"
    assert _code(lambda: flink.stop_application(ApplicationName="a")) == in_use
    start()
    assert _code(start) == in_use
    status = flink.describe_application(ApplicationName="a")["ApplicationDetail"]
    assert status["ApplicationStatus"] in {"STARTING", "RUNNING"}
    assert _code(start) == in_use
