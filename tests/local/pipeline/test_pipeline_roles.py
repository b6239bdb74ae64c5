"""The permissions of the pipeline's roles, with IAM enforced."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from deployer_doors import DOORS, SINK
from pipeline_world import DEPLOYER, credentials, document, tooling

from local.accounts import TOOLING, WORKLOAD
from local.clients import AwsClient
from local.cloud import NAMESPACE, LocalCloud
from release.figures import fetch
from release.verify import Witness
from release.workload import Workload
from stack.outputs import Outputs

pytestmark = pytest.mark.emulator

ROLES = ("build", "deploy", "stranger")


def s3(cloud: LocalCloud, role: str) -> AwsClient:
    """Give an S3 client that signs as a role of the tooling account."""
    return cloud.clients.client_as("s3", credentials(cloud, role))


def refused(error: pytest.ExceptionInfo[ClientError]) -> bool:
    """Return whether IAM has refused the request. Other errors don't count."""
    return error.value.response.get("Error", {}).get("Code") in {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",  # SNS
    }


def test_only_the_deploy_role_can_assume_the_deployer(cloud: LocalCloud) -> None:
    """The build's role lacks the permission. The deployer trusts no other role of the account."""
    assumed = cloud.clients.assume_role(DEPLOYER, credentials(cloud, "deploy"))
    identity = cloud.clients.client_as("sts", assumed).get_caller_identity()
    assert identity["Account"] == WORKLOAD
    assert ":assumed-role/stocktrading-deployer/" in identity["Arn"]
    for role in ("build", "stranger"):
        with pytest.raises(ClientError) as error:
            cloud.clients.assume_role(DEPLOYER, credentials(cloud, role))
        assert refused(error), role
    for account in (TOOLING, WORKLOAD):
        with pytest.raises(ClientError) as error:
            cloud.clients.assume_role(DEPLOYER, account)
        assert refused(error), account


def test_only_the_build_role_can_write_releases(cloud: LocalCloud) -> None:
    """The deploy's role can read them."""
    bucket = tooling(cloud)["artifact_bucket"]
    place = {"Bucket": bucket, "Key": "releases/v9/stocktrading-job.json"}
    for role in ("deploy", "stranger"):
        with pytest.raises(ClientError) as error:
            s3(cloud, role).put_object(**place, Body=b"{}")
        assert refused(error), role
    s3(cloud, "build").put_object(**place, Body=b"{}", IfNoneMatch="*")
    assert s3(cloud, "deploy").get_object(**place)["Body"].read() == b"{}"
    with pytest.raises(ClientError) as error:
        s3(cloud, "stranger").get_object(**place)
    assert refused(error)


def test_no_build_can_overwrite_the_source_of_the_next_stage(cloud: LocalCloud) -> None:
    """The deploy's role runs the scripts of the pipeline's source, so a build only reads it.

    The bucket's policy refuses the write even if a role's own policy allows it.
    """
    bucket = tooling(cloud)["artifact_bucket"]
    place = {"Bucket": bucket, "Key": "stocktrading-pipelin/Source/3f2c9d1.zip"}
    pipeline = cloud.clients.service_credentials(
        f"arn:aws:iam::{TOOLING}:role/stocktrading-pipeline",
        "codepipeline.amazonaws.com",
        f"arn:aws:codepipeline:us-east-1:{TOOLING}:stocktrading-pipeline",
    )
    cloud.clients.client_as("s3", pipeline).put_object(**place, Body=b"the commit")
    anything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    cloud.client("iam", TOOLING).put_role_policy(
        RoleName="stranger", PolicyName="anything", PolicyDocument=document(anything)
    )
    for role in ROLES:
        with pytest.raises(ClientError) as error:
            s3(cloud, role).put_object(**place, Body=b"another script")
        assert refused(error), role
    cloud.client("iam", TOOLING).delete_role_policy(RoleName="stranger", PolicyName="anything")
    for role in ("build", "deploy"):
        assert s3(cloud, role).get_object(**place)["Body"].read() == b"the commit"


def test_no_role_can_delete_a_release(cloud: LocalCloud) -> None:
    """The build's role, which writes it, can't delete it either."""
    place = {
        "Bucket": tooling(cloud)["artifact_bucket"],
        "Key": "releases/v8/stocktrading-job.json",
    }
    s3(cloud, "build").put_object(**place, Body=b"{}", IfNoneMatch="*")
    for role in ROLES:
        with pytest.raises(ClientError) as error:
            s3(cloud, role).delete_object(**place)
        assert refused(error), role


def test_only_the_deploy_role_can_read_the_state(cloud: LocalCloud) -> None:
    """The state may contain secrets of every stack."""
    bucket = tooling(cloud)["state_backend_url"].removeprefix("s3://").partition("?")[0]
    place = {"Bucket": bucket, "Key": f".pulumi/stacks/{NAMESPACE}/sandbox.json"}
    assert s3(cloud, "deploy").get_object(**place)["Body"].read()
    for role in ("build", "stranger"):
        with pytest.raises(ClientError) as error:
            s3(cloud, role).get_object(**place)
        assert refused(error), role
        with pytest.raises(ClientError) as error:
            s3(cloud, role).put_object(**place, Body=b"{}")
        assert refused(error), role


def test_the_deployer_can_change_the_application_but_not_itself(cloud: LocalCloud) -> None:
    """It can't change stored data either. An attacker in the pipeline gets no more permissions."""
    assumed = cloud.clients.assume_role(DEPLOYER, credentials(cloud, "deploy"))

    def client(service: str) -> AwsClient:
        return cloud.clients.client_as(service, assumed)

    name = cloud.outputs["application_name"]
    assert client("kinesisanalyticsv2").describe_application(ApplicationName=name)
    own = {"RoleName": "stocktrading-deployer", "PolicyName": "grants"}
    with pytest.raises(ClientError) as error:
        client("iam").put_role_policy(**own, PolicyDocument=document({"Effect": "Allow"}))
    assert refused(error)
    with pytest.raises(ClientError) as error:
        client("kinesis").delete_stream(StreamName=cloud.outputs["ingest_stream"])
    assert refused(error)


@pytest.mark.parametrize("door", DOORS)
def test_the_deployer_can_not_read_data_or_give_access_to_it(cloud: LocalCloud, door: str) -> None:
    """The request is made with the deployer's credentials, and IAM refuses it."""
    service, method, request = DOORS[door]
    assumed = cloud.clients.assume_role(DEPLOYER, credentials(cloud, "deploy"))
    client = cloud.clients.client_as(service, assumed)
    cloud.client("s3").put_object(Bucket=SINK, Key="results/one", Body=b"kept")
    with pytest.raises(ClientError) as error:
        getattr(client, method)(**request)
    assert refused(error), error.value
    assert cloud.client("s3").get_object(Bucket=SINK, Key="results/one")["Body"].read() == b"kept"


def test_the_deployer_can_read_the_evidence_of_a_roll_out(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`release verify` runs as the deployer, and needs no permission to read a stream."""
    for name, value in credentials(cloud, "deploy").items():
        monkeypatch.setenv(name.upper(), str(value))
    workload = Workload(Outputs.parse(json.dumps(cloud.outputs), "sandbox"), DEPLOYER)
    for stream in (workload.outputs.ingest_stream, workload.outputs.results_stream):
        cloud.client("kinesis").put_record(StreamName=stream, Data=b"{}", PartitionKey="A")
    later = datetime.now(UTC) + timedelta(minutes=2)
    since = datetime.now(UTC) - timedelta(minutes=2)
    found = Witness(workload=workload, version="v1", clock=lambda: later).look()
    assert found.status == "RUNNING"
    assert found.operation
    assert (found.operation.name, found.operation.status) == ("StartApplication", "SUCCESSFUL")
    figures = fetch(workload, since, later)
    assert (figures.arrived, figures.results) == (1, 1)
