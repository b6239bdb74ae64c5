"""Both stacks on the emulator, each in its own account."""

import json
from collections.abc import Iterator

import pytest
from archives import packaged

from doctor.look import look
from doctor.machine import Host
from local.accounts import TOOLING, WORKLOAD
from local.cloud import LocalCloud
from local.stacks import Stacks
from stack.emulator import secret_for

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with both stacks. Its tests change nothing."""
    up = LocalCloud(directory=tmp_path_factory.mktemp("local"))
    with packaged(tmp_path_factory.mktemp("dist")), up:
        yield up


def test_each_stack_is_in_its_own_account(cloud: LocalCloud) -> None:
    """No resource of one stack is in the account of the other stack."""
    tooling, workload = cloud.client("s3", TOOLING), cloud.client("s3", WORKLOAD)
    mine = {bucket["Name"] for bucket in tooling.list_buckets()["Buckets"]}
    theirs = {bucket["Name"] for bucket in workload.list_buckets()["Buckets"]}
    assert all(TOOLING in name for name in mine)
    assert all(WORKLOAD in name for name in theirs)
    assert cloud.client("kinesis", TOOLING).list_streams()["StreamNames"] == []


def test_the_toolings_outputs_are_in_a_separate_file(cloud: LocalCloud) -> None:
    """The file contains pipeline, artifacts, key and connection. The connection is pending."""
    outputs = json.loads((cloud.directory / "tooling.json").read_text())
    assert outputs["account_id"] == TOOLING
    assert outputs["connection_status"] == "PENDING"
    for name in ("pipeline_name", "pipeline_url", "artifact_bucket", "key_arn", "connection_arn"):
        assert outputs[name]


def test_the_build_projects_exist_and_the_pipeline_is_a_record(cloud: LocalCloud) -> None:
    """CodeBuild has its projects. The pipeline is a record, and its request was checked."""
    codebuild = cloud.client("codebuild", TOOLING)
    names = codebuild.list_projects()["projects"]
    assert len(names) == 2
    for project in codebuild.batch_get_projects(names=names)["projects"]:
        assert project["encryptionKey"].startswith(f"arn:aws:kms:us-east-1:{TOOLING}:key/")
        assert project["serviceRole"].startswith(f"arn:aws:iam::{TOOLING}:role/")
    state = json.loads((cloud.directory / "state" / "tooling.json").read_text())
    records = {each["type"] for each in state["resources"] if each["record"]}
    assert records == {
        "aws:codeconnections/connection:Connection",
        "aws:codepipeline/pipeline:Pipeline",
    }


def test_a_second_run_of_both_changes_nothing(cloud: LocalCloud) -> None:
    """No stack reads the other stack's outputs, so each can be deployed again safely."""
    stacks = Stacks(clients=cloud.clients, directory=cloud.directory)
    for stack in ("sandbox", "tooling"):
        _, summary = stacks.up(stack)
        assert summary.changed == 0


def test_the_doctor_checks_both_accounts(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real requests find the resources and the unconfirmed connection, and change nothing."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret_for(cloud.endpoint))
    found: dict[str, str] = {}
    for stack, account in (("tooling", TOOLING), ("sandbox", WORKLOAD)):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
        checks = look(Host(), stack, profile=None, endpoint=cloud.endpoint)
        found |= {f"{stack}: {check.what}": check.state for check in checks}
    assert found["tooling: credentials"] == found["sandbox: credentials"] == "ok"
    assert found["tooling: state"] == "ok"
    assert found["tooling: identity provider"] == "ok"
    assert found["tooling: target sandbox"] == "ok"
    assert found["sandbox: deployer role"] == "ok"
    assert found["sandbox: job's archive"] == "ok"
    # With another account's credentials, no resource of the stack is checked.
    checks = look(Host(), "tooling", profile=None, endpoint=cloud.endpoint)
    assert (checks[-1].what, checks[-1].state) == ("credentials", "missing")
    assert WORKLOAD in checks[-1].found
