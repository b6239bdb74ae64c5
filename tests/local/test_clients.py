"""Permissions on the emulator: accounts, roles, and services that assume roles."""

import json

import pytest
from botocore.exceptions import ClientError

from local.clients import Clients
from local.emulator.child import Emulator
from local.errors import LocalError

pytestmark = pytest.mark.emulator

FLINK = "kinesisanalytics.amazonaws.com"


def application(account: str, name: str = "analytics") -> str:
    """Give the ARN of an application."""
    return f"arn:aws:kinesisanalytics:us-east-1:{account}:application/{name}"


def service_role(clients: Clients, account: str) -> str:
    """Make a role that may list streams, for one application of Managed Flink."""
    conditions = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": application(account)},
    }
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": FLINK},
        "Action": "sts:AssumeRole",
        "Condition": conditions,
    }
    grant = {"Effect": "Allow", "Action": "kinesis:ListStreams", "Resource": "*"}
    iam = clients.client("iam", account)
    role = iam.create_role(
        RoleName="flink",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.put_role_policy(
        RoleName="flink",
        PolicyName="grants",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [grant]}),
    )
    return role["Role"]["Arn"]


def test_a_service_may_do_what_its_role_grants_and_nothing_else(
    clients: Clients, account: str
) -> None:
    """The role's policies are enforced on every request with the service's credentials."""
    role = service_role(clients, account)
    given = clients.service_credentials(role, FLINK, application(account))
    kinesis = clients.client_as("kinesis", given)
    assert kinesis.list_streams()["StreamNames"] == []
    with pytest.raises(ClientError, match="not authorized to perform: kinesis:CreateStream"):
        kinesis.create_stream(StreamName="mine", ShardCount=1)
    with pytest.raises(ClientError, match="not authorized to perform: s3:ListAllMyBuckets"):
        clients.client_as("s3", given).list_buckets()


@pytest.mark.parametrize(
    ("service", "source"),
    [
        ("firehose.amazonaws.com", "analytics"),
        (FLINK, "another"),
        (FLINK, None),
    ],
    ids=["another service", "another resource", "no resource"],
)
def test_a_trust_policy_refuses_a_service_or_resource_that_it_does_not_name(
    clients: Clients, account: str, service: str, source: str | None
) -> None:
    """A confused deputy is refused, because the conditions on the source are enforced."""
    role = service_role(clients, account)
    arn = application(account, source) if source else ""
    with pytest.raises(LocalError, match=f"{service} can't assume {role} for .*AccessDenied"):
        clients.service_credentials(role, service, arn)


def test_another_accounts_resource_is_refused(clients: Clients, account: str) -> None:
    """An application of another account can't make the service act with this role."""
    role = service_role(clients, account)
    with pytest.raises(LocalError, match="AccessDenied"):
        clients.service_credentials(role, FLINK, application("999999999999"))


def test_the_root_user_can_not_assume_a_services_role(clients: Clients, account: str) -> None:
    """A person can't assume a role that trusts only a service."""
    role = service_role(clients, account)
    with pytest.raises(ClientError, match="AccessDenied"):
        clients.assume_role(role, account)


def test_a_role_of_another_account_is_assumed_if_it_trusts_the_caller(
    clients: Clients, account: str
) -> None:
    """A role's trust policy can name a role of another account. All other callers are refused."""
    other = str(int(account) + 500_000_000_000)
    home = f"arn:aws:iam::{account}:role/pipeline"
    for owner, name, trusted in [
        (account, "pipeline", f"arn:aws:iam::{account}:root"),
        (other, "deploy", home),
    ]:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": trusted},
            "Action": "sts:AssumeRole",
        }
        clients.client("iam", owner).create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )
    deploy = f"arn:aws:iam::{other}:role/deploy"
    grant = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": deploy}
    clients.client("iam", account).put_role_policy(
        RoleName="pipeline",
        PolicyName="grants",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [grant]}),
    )
    pipeline = clients.assume_role(home, account)
    deployer = clients.assume_role(deploy, pipeline)
    identity = clients.client_as("sts", deployer).get_caller_identity()
    assert identity["Account"] == other
    with pytest.raises(ClientError, match="AccessDenied"):
        clients.assume_role(deploy, account)


def test_two_accounts_see_nothing_of_each_other(clients: Clients, account: str) -> None:
    """A stream of one account doesn't exist for another."""
    clients.client("kinesis", account).create_stream(StreamName="mine", ShardCount=1)
    other = str(int(account) + 600_000_000_000)
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == ["mine"]
    assert clients.client("kinesis", other).list_streams()["StreamNames"] == []


def test_a_policy_that_requires_tls_allows_requests(clients: Clients, account: str) -> None:
    """The emulator's requests count as TLS, although the loopback interface has no TLS."""
    s3 = clients.client("s3", account)
    bucket = f"tls-{account}"
    s3.create_bucket(Bucket=bucket)
    role = service_role(clients, account)
    grant = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    refusal = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    clients.client("iam", account).put_role_policy(
        RoleName="flink",
        PolicyName="put",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [grant]}),
    )
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [refusal]})
    )
    given = clients.service_credentials(role, FLINK, application(account))
    clients.client_as("s3", given).put_object(Bucket=bucket, Key="a", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"


def test_another_endpoint_in_the_environment_is_refused(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`AWS_ENDPOINT_URL` would be used without a warning. An error of one line prevents this."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    with pytest.raises(LocalError) as told:
        Clients(emulator.endpoint)
    assert str(told.value) == (
        f"AWS_ENDPOINT_URL is http://localhost:4566: unset it, or set it to {emulator.endpoint}"
    )


def test_a_condition_on_the_principal_is_about_the_role_and_not_its_session(
    clients: Clients, account: str
) -> None:
    """`aws:PrincipalArn` is the role's ARN with its path, as on AWS."""
    iam = clients.client("iam", account)
    root = f"arn:aws:iam::{account}:root"

    def role(name: str, path: str, conditions: dict[str, dict[str, str]]) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": "sts:AssumeRole",
            "Condition": conditions,
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document)
        return made["Role"]["Arn"]

    pipeline = role("pipeline", "/tools/", {})
    only = role("only", "/", {"ArnEquals": {"aws:PrincipalArn": pipeline}})
    grant = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": only}
    iam.put_role_policy(
        RoleName="pipeline",
        PolicyName="grants",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [grant]}),
    )
    session = clients.assume_role(pipeline, account)
    assert clients.assume_role(only, session)["aws_session_token"]
    with pytest.raises(ClientError, match="AccessDenied"):
        clients.assume_role(only, account)
