"""How many builds of a project CodeBuild runs at a time."""

from typing import Any, Final

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.clients import AwsClient, Clients
from local.private_calls import PrivateCalls

pytestmark = pytest.mark.emulator

MODEL: Any = botocore.session.get_session().get_service_model("codebuild")
REFUSED: Final = "AccountLimitExceededException"


@pytest.fixture
def codebuild(clients: Clients, account: str) -> AwsClient:
    """Give a client of CodeBuild. Its project `limited` runs one build at a time."""
    client = clients.client("codebuild", account)
    for name, more in (("limited", {"concurrentBuildLimit": 1}), ("free", {})):
        client.create_project(
            name=name,
            source={"type": "NO_SOURCE", "buildspec": "version: 0.2"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=f"arn:aws:iam::{account}:role/r",
            **more,
        )
    return client


@pytest.fixture
def runner(clients: Clients, account: str) -> PrivateCalls:
    """Give the calls of the program that runs the builds."""
    return PrivateCalls(clients, account, "CodeBuild_20161006", "codebuild")


def _begin(codebuild: AwsClient, runner: PrivateCalls, project: str) -> str:
    build = codebuild.start_build(projectName=project)["build"]["id"]
    assert runner.make("ReportBuild", {"Id": build, "BuildStatus": "IN_PROGRESS"})
    return build


def test_a_build_above_the_limit_is_refused_and_not_queued(
    codebuild: AwsClient, runner: PrivateCalls
) -> None:
    """The error is one of StartBuild's in the service's model. After the first, a second starts."""
    errors = {shape.name for shape in MODEL.operation_model("StartBuild").error_shapes}
    assert REFUSED in errors
    assert "ReportBuild" not in MODEL.operation_names
    first = _begin(codebuild, runner, "limited")
    with pytest.raises(ClientError) as told:
        codebuild.start_build(projectName="limited")
    assert told.value.response.get("Error", {}).get("Code") == REFUSED
    assert codebuild.list_builds_for_project(projectName="limited")["ids"] == [first]
    assert runner.make("ReportBuild", {"Id": first, "BuildStatus": "SUCCEEDED"})
    _begin(codebuild, runner, "limited")


def test_a_stopped_build_makes_room(codebuild: AwsClient, runner: PrivateCalls) -> None:
    """A later report of its end doesn't change that it was stopped."""
    first = _begin(codebuild, runner, "limited")
    codebuild.stop_build(id=first)
    runner.make("ReportBuild", {"Id": first, "BuildStatus": "FAILED"})
    assert codebuild.batch_get_builds(ids=[first])["builds"][0]["buildStatus"] == "STOPPED"
    _begin(codebuild, runner, "limited")


def test_the_limit_is_returned_and_can_be_removed(
    codebuild: AwsClient, runner: PrivateCalls
) -> None:
    """AWS takes -1 as no limit. A project without one runs any number of builds."""

    def limit(name: str) -> int | None:
        (project,) = codebuild.batch_get_projects(names=[name])["projects"]
        return project.get("concurrentBuildLimit")

    assert (limit("limited"), limit("free")) == (1, None)
    codebuild.update_project(name="limited", concurrentBuildLimit=-1)
    assert limit("limited") is None
    for name in ("limited", "free"):
        for _ in range(2):
            _begin(codebuild, runner, name)
