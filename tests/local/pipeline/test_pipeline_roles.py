"""The permissions of the pipeline's roles, with IAM enforced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from archives import package, packaged
from botocore.exceptions import ClientError

from local.accounts import TOOLING, WORKLOAD
from local.clients import AwsClient, Credentials
from local.cloud import NAMESPACE, LocalCloud
from local.directory import PROJECT
from local.pipeline.state_backend import StateBackend, keep_outcome
from release.application import describe
from release.figures import fetch
from release.verify import Witness
from release.workload import Workload
from stack.outputs import Outputs

pytestmark = pytest.mark.emulator

DEPLOYER = f"arn:aws:iam::{WORKLOAD}:role/stocktrading-deployer"
ROLES = ("build", "deploy", "stranger")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with both stacks. The workload's state is in the pipeline's backend."""
    up = LocalCloud(directory=tmp_path_factory.mktemp("local"))
    with packaged(tmp_path_factory.mktemp("dist")), up:
        backend = StateBackend.of_url(
            up.client("s3", TOOLING), tooling(up)["state_backend_url"], NAMESPACE
        )
        keep_outcome(backend, "sandbox", up.directory / "state" / "sandbox.json", up.outputs)
        _make_stranger(up)
        yield up


def tooling(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give the tooling stack's outputs."""
    return json.loads((cloud.directory / "tooling.json").read_text("utf-8"))


def _make_stranger(cloud: LocalCloud) -> None:
    """Make a role of the tooling account whose own policy allows it to assume any role."""
    iam = cloud.client("iam", TOOLING)
    trust = {"Effect": "Allow", "Principal": {"AWS": TOOLING}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam.create_role(RoleName="stranger", AssumeRolePolicyDocument=_document(trust))
    iam.put_role_policy(RoleName="stranger", PolicyName="any", PolicyDocument=_document(allowed))


def _document(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def credentials(cloud: LocalCloud, role: str) -> Credentials:
    """Give the credentials of a role of the tooling account."""
    if role == "stranger":
        return cloud.clients.assume_role(f"arn:aws:iam::{TOOLING}:role/stranger", TOOLING)
    noun = "deploy-sandbox" if role == "deploy" else role
    name = f"stocktrading-pipeline-{noun}"
    arn = f"arn:aws:codebuild:us-east-1:{TOOLING}:project/{name}"
    service_role = f"arn:aws:iam::{TOOLING}:role/{name}"
    return cloud.clients.service_credentials(service_role, "codebuild.amazonaws.com", arn)


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
        RoleName="stranger", PolicyName="anything", PolicyDocument=_document(anything)
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
        client("iam").put_role_policy(**own, PolicyDocument=_document({"Effect": "Allow"}))
    assert refused(error)
    with pytest.raises(ClientError) as error:
        client("kinesis").delete_stream(StreamName=cloud.outputs["ingest_stream"])
    assert refused(error)


SINK = f"stocktrading-sink-{WORKLOAD}-us-east-1"
ROLE = "stocktrading-deliver-results"
FOREIGN = "arn:aws:iam::999999999999:root"
EVERYTHING = {
    "Effect": "Allow",
    "Principal": {"AWS": FOREIGN},
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{SINK}", f"arn:aws:s3:::{SINK}/*"],
}
TRUST = {"Effect": "Allow", "Principal": {"AWS": FOREIGN}, "Action": "sts:AssumeRole"}

DOORS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "open the sink to another account": (
        "s3",
        "put_bucket_policy",
        {"Bucket": SINK, "Policy": _document(EVERYTHING)},
    ),
    "drop the sink's policy": ("s3", "delete_bucket_policy", {"Bucket": SINK}),
    "let the sink be public": (
        "s3",
        "put_public_access_block",
        {"Bucket": SINK, "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}},
    ),
    "expire what is stored": (
        "s3",
        "put_bucket_lifecycle_configuration",
        {
            "Bucket": SINK,
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "ID": "all",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "Expiration": {"Days": 1},
                    }
                ]
            },
        },
    ),
    "stop keeping versions": (
        "s3",
        "put_bucket_versioning",
        {"Bucket": SINK, "VersioningConfiguration": {"Status": "Suspended"}},
    ),
    "encrypt the sink with another key": (
        "s3",
        "put_bucket_encryption",
        {
            "Bucket": SINK,
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        },
    ),
    "read what is stored": ("s3", "get_object", {"Bucket": SINK, "Key": "results/one"}),
    "delete what is stored": ("s3", "delete_object", {"Bucket": SINK, "Key": "results/one"}),
    "hand a service's role to another account": (
        "iam",
        "update_assume_role_policy",
        {"RoleName": ROLE, "PolicyDocument": _document(TRUST)},
    ),
    "delete a role, to make it anew": ("iam", "delete_role", {"RoleName": ROLE}),
    "make a role that another account may assume": (
        "iam",
        "create_role",
        {
            "RoleName": "stocktrading-transform",
            "AssumeRolePolicyDocument": _document(TRUST),
            "PermissionsBoundary": f"arn:aws:iam::{WORKLOAD}:policy/stocktrading-boundary",
        },
    ),
    "take the boundary from a role": (
        "iam",
        "delete_role_permissions_boundary",
        {"RoleName": ROLE},
    ),
    "shorten how long trades are kept": (
        "kinesis",
        "decrease_stream_retention_period",
        {"StreamName": "stocktrading-ingest-stream", "RetentionPeriodHours": 24},
    ),
    "shorten how long a log is kept": (
        "logs",
        "put_retention_policy",
        {"logGroupName": "/aws/kinesis-analytics/stocktrading-analytics", "retentionInDays": 1},
    ),
    "open the topic of the alarms": (
        "sns",
        "set_topic_attributes",
        {
            "TopicArn": f"arn:aws:sns:us-east-1:{WORKLOAD}:stocktrading-alarms",
            "AttributeName": "Policy",
            "AttributeValue": _document(TRUST),
        },
    ),
    "read trades": (
        "kinesis",
        "get_shard_iterator",
        {
            "StreamName": "stocktrading-ingest-stream",
            "ShardId": "shardId-000000000000",
            "ShardIteratorType": "TRIM_HORIZON",
        },
    ),
}
"""Requests that an attacker in the pipeline would try: service, method and arguments of each."""


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


class Pulumi:
    """The stand-in for Pulumi's command line, called as in a build."""

    def __init__(self, cloud: LocalCloud, project: Path, home: Path, role: str) -> None:
        """Sign as a role of the tooling account, in a project's directory."""
        given = {key.upper(): value for key, value in credentials(cloud, role).items()}
        self.project = project
        self._environment = {
            **os.environ,
            **{key: str(value) for key, value in given.items()},
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "PULUMI_HOME": str(home),
            "PYTHONPATH": str(project),
        }

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        return subprocess.run(
            [sys.executable, "-m", "local.pipeline.pulumi_stand_in", *arguments],
            cwd=self.project,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


def point_at(cloud: LocalCloud, key: str) -> None:
    """Configure the application with another archive, without a change of the state."""
    flink, name = cloud.client("kinesisanalyticsv2"), cloud.outputs["application_name"]
    application = describe(flink, name)
    assert application
    location = {"S3ContentLocationUpdate": {"FileKeyUpdate": key}}
    flink.update_application(
        ApplicationName=name,
        CurrentApplicationVersionId=application.version_id,
        ApplicationConfigurationUpdate={
            "ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": location}
        },
    )


UP = (
    *("up", "--yes", "--non-interactive", "--refresh", "--run-program"),
    *("--policy-pack", "policies", "--message"),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of this project in another directory, with the deployed job."""
    directory = tmp_path / "project"
    (directory / "dist").mkdir(parents=True)
    package(directory / "dist", "v1")
    for path in PROJECT.iterdir():
        if path.suffix in {".py", ".md"} or path.name in {
            "common",
            "components",
            "job",
            "local",
            "policies",
        }:
            (directory / path.name).symlink_to(path)
        elif path.name.startswith("Pulumi"):
            (directory / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return directory


def test_pulumis_stand_in_deploys_only_with_the_deployers_permissions(
    cloud: LocalCloud, project: Path, tmp_path: Path
) -> None:
    """As the deploy's role, which can't change anything before it assumes the deployer.

    A change that was made without the state is undone, and nothing else is touched.
    """
    pulumi = Pulumi(cloud, project, tmp_path / "home", "deploy")
    stack = project / "Pulumi.sandbox.yaml"
    # The local cloud sets these in addition to the file: its endpoint, and who may send trades.
    own = f"  {NAMESPACE}:endpoint: {cloud.endpoint}\n"
    own += f"  {NAMESPACE}:producer: {{trusted: ['arn:aws:iam::{WORKLOAD}:root']}}\n"
    text = stack.read_text("utf-8").replace("\nconfig:\n", f"\nconfig:\n{own}")
    stack.write_text(text, "utf-8")
    outputs = tooling(cloud)
    assert pulumi("login", "--non-interactive", outputs["state_backend_url"]).returncode == 0
    key = outputs["state_secrets_providers"]["sandbox"]
    chosen = pulumi("stack", "select", "--create", "--secrets-provider", key, "sandbox")
    assert (chosen.returncode, chosen.stderr) == (0, "")
    refused_up = pulumi(*UP, "v1")
    assert refused_up.returncode == 255
    assert f"account {TOOLING}; allowed: {WORKLOAD}" in refused_up.stderr
    assert pulumi("config", "set", "assume", "deployer").returncode == 0
    done = pulumi(*UP, "v1")
    assert (done.stderr, done.returncode) == ("", 0)
    assert "updated" not in done.stdout
    point_at(cloud, "releases/v0/stocktrading-job.zip")
    again = pulumi(*UP, "v1")
    assert (again.returncode, again.stderr) == (0, "")
    assert [line for line in again.stdout.splitlines() if line.startswith("updated ")] == [
        "updated analytics (aws:kinesisanalyticsv2/application:Application)"
    ]
    application = describe(cloud.client("kinesisanalyticsv2"), cloud.outputs["application_name"])
    assert application
    assert application.version == "v1"
    told = pulumi("stack", "output", "--json", "--stack", "sandbox")
    assert json.loads(told.stdout)["application_name"] == cloud.outputs["application_name"]


@pytest.mark.parametrize("role", ["build", "stranger"])
def test_pulumis_stand_in_shows_no_other_role_the_state(
    cloud: LocalCloud, project: Path, tmp_path: Path, role: str
) -> None:
    """The login, which lists the state, fails for another role."""
    pulumi = Pulumi(cloud, project, tmp_path / "home", role)
    done = pulumi("login", "--non-interactive", tooling(cloud)["state_backend_url"])
    assert done.returncode == 255
    assert "can't list state" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("destroy",), "destroy"),
        (("up", "--target", "x"), "--target"),
        (("stack", "rm"), "rm"),
        (("stack", "output", "--stack", "sandbox"), "without --json is not supported"),
    ],
)
def test_pulumis_stand_in_refuses_unknown_commands_and_options(
    cloud: LocalCloud, project: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    """The message names it, and the exit code isn't zero."""
    done = Pulumi(cloud, project, tmp_path / "home", "deploy")(*arguments)
    assert done.returncode != 0
    assert told in done.stderr
