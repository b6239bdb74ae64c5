"""The deployer may make every call of a roll-out, and without one permission the call is refused.

The deployer creates, reads, updates and deletes with its own credentials on the emulator, which
enforces IAM. Both engines deploy.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from archives import packaged
from botocore.exceptions import ClientError
from engines import ENGINES, kept

from components.access.provider_calls import PROVIDER_CALLS
from local.accounts import TOOLING, WORKLOAD
from local.clients import Clients
from local.cloud import NAMESPACE, LocalCloud
from local.deploy import lifecycle
from local.deploy.deployment import PROJECT, quiet
from local.deploy.resources import TYPES
from local.deploy.resources.model import Cloud, Existing
from local.errors import LocalError
from local.stacks import OWN, deployment

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(600)]

DEPLOYER = f"arn:aws:iam::{WORKLOAD}:role/stocktrading-deployer"
GRANTS = {"RoleName": "stocktrading-deployer", "PolicyName": "grants"}
ASKED: Mapping[str, object] = {
    f"{NAMESPACE}:sink.transform": {},
    f"{NAMESPACE}:alarms.subscriptions": [{"protocol": "email", "endpoint": "desk@example.com"}],
    f"{NAMESPACE}:alarms.chat": {
        "kind": "slack",
        "team_id": "T0000DESK",
        "channel_id": "C0000DESK",
    },
}
"""Adds the function, the subscription and the chat, so that the stack has nearly every type."""

MADE = frozenset(
    {
        "aws:athena/namedQuery:NamedQuery",
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:glue/catalogDatabase:CatalogDatabase",
        "aws:glue/catalogTable:CatalogTable",
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "aws:lambda/function:Function",
    }
)
"""Types of the stack that the deployer may create and delete."""


@pytest.fixture(scope="module", params=ENGINES)
def cloud(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalCloud]:
    """Give a local cloud with both stacks, as a person deploys them first."""
    up = LocalCloud(
        directory=tmp_path_factory.mktemp("local"), overrides=ASKED, engine=request.param
    )
    with packaged(tmp_path_factory.mktemp("dist")), up:
        yield up


def pipeline(cloud: LocalCloud) -> Clients:
    """Give clients that sign as the pipeline's role, which assumes the deployer."""
    name = "stocktrading-pipeline-deploy-sandbox"
    credentials = cloud.clients.service_credentials(
        f"arn:aws:iam::{TOOLING}:role/{name}",
        "codebuild.amazonaws.com",
        f"arn:aws:codebuild:us-east-1:{TOOLING}:project/{name}",
    )
    return cloud.clients.acting_as(TOOLING, credentials)


def deployer(cloud: LocalCloud) -> Cloud:
    """Give the workload account with the deployer's credentials."""
    clients = pipeline(cloud)
    identity = clients.identity
    assert identity
    given = clients.assume_role(DEPLOYER, identity.credentials)
    return Cloud(cloud.clients.acting_as(WORKLOAD, given), WORKLOAD, "us-east-1", PROJECT)


def roll_out(cloud: LocalCloud, changes: Mapping[str, object] | None = None) -> dict[str, int]:
    """Deploy with a refresh as the pipeline does. Give the steps by the engine's name for each."""
    settings = {
        f"{NAMESPACE}:endpoint": cloud.endpoint,
        f"{NAMESPACE}:account_id": WORKLOAD,
        f"{NAMESPACE}:assume": "deployer",
        **OWN["sandbox"],
        **ASKED,
        **(changes or {}),
    }
    deployed = deployment(
        cloud.engine,
        stack="sandbox",
        account=TOOLING,
        clients=pipeline(cloud),
        state=cloud.directory / "state",
        project=PROJECT,
        report=quiet,
    )
    _, summary = deployed.up(settings, refresh=True)
    return {action: count for action, count in summary.actions.items() if action != "unchanged"}


def test_a_roll_out_refreshes_and_changes_nothing(cloud: LocalCloud) -> None:
    """The deployer may read each resource of the stack, also those that only a person changes."""
    types = {kind for kind, _ in kept(cloud, "sandbox").values()}
    assert types >= PROVIDER_CALLS.keys() - {
        "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",  # one chat of the two
        "aws:secretsmanager/secret:Secret",  # tested below
        "aws:secretsmanager/secretVersion:SecretVersion",
    }
    assert roll_out(cloud) == {}


def test_the_deployer_deletes_and_creates_what_computes_and_shows(cloud: LocalCloud) -> None:
    """It deletes each resource of these types. The next roll-out creates all of them again."""
    at = deployer(cloud)
    gone = 0
    for kind, existing in reversed(list(kept(cloud, "sandbox").values())):
        if kind in MADE:
            lifecycle.remove(TYPES[kind], at, existing)
            gone += 1
    assert {kind for kind, _ in kept(cloud, "sandbox").values()} >= MADE
    assert roll_out(cloud) == {"created": gone}
    assert roll_out(cloud) == {}


def test_the_deployer_updates_what_a_roll_out_changes(cloud: LocalCloud) -> None:
    """Streams, their alarms, the application, a delivery, the function, and everything's tags."""
    changes: dict[str, object] = {
        f"{NAMESPACE}:streams.ingest.shards": 8,
        f"{NAMESPACE}:sink.buffer_seconds": 120,
        f"{NAMESPACE}:sink.transform": {"memory_mib": 512},
        f"{NAMESPACE}:flink.log_level": "DEBUG",
    }
    found = roll_out(cloud, changes)
    assert found.keys() == {"updated"}
    assert found["updated"] > len(changes)
    cloud.client("kinesis").add_tags_to_stream(
        StreamName=cloud.outputs["ingest_stream"], Tags={"somebody": "else"}
    )
    assert roll_out(cloud, changes) == {"updated": 1}
    assert roll_out(cloud).keys() == {"updated"}


def test_the_deployer_makes_and_changes_the_sinks_secret(cloud: LocalCloud) -> None:
    """The secret of a destination, which the stack under test lacks, and its value."""
    at = deployer(cloud)
    secret, value = (
        TYPES["aws:secretsmanager/secret:Secret"],
        TYPES["aws:secretsmanager/secretVersion:SecretVersion"],
    )
    key = cloud.client("kms").describe_key(KeyId="alias/stocktrading")["KeyMetadata"]["Arn"]
    inputs = {"name": "stocktrading/sink-results", "kmsKeyId": key, "tagsAll": {"a": "b"}}
    made = lifecycle.make(secret, at, inputs)
    version = lifecycle.make(value, at, {"secretId": made.id, "secretString": "quiet"})
    held = Existing(made.id, inputs, inputs | made.outputs)
    put = Existing(version.id, {"secretId": made.id, "secretString": "quiet"}, version.outputs)
    assert lifecycle.read(value, at, put) == put.inputs
    assert lifecycle.read(secret, at, held) == inputs
    wanted = inputs | {"description": "of the desk", "tagsAll": {"a": "c"}}
    lifecycle.change(secret, at, held, wanted, lifecycle.difference(secret, inputs, wanted))
    lifecycle.remove(value, at, put)
    lifecycle.remove(secret, at, held)
    assert cloud.client("secretsmanager").list_secrets()["SecretList"] == []


def without(policy: Mapping[str, Any], action: str) -> str:
    """Give a policy document without an action."""
    statements: list[Mapping[str, Any]] = []
    for one in policy["Statement"]:
        left = [each for each in one["Action"] if each != action]
        if left:
            statements.append({**one, "Action": left})
    return json.dumps({**policy, "Statement": statements})


def test_a_refresh_is_refused_without_any_one_of_its_permissions(cloud: LocalCloud) -> None:
    """Each action of each type's read is removed alone, and the read of the type then fails."""
    if cloud.engine != "in-process":
        pytest.skip("both engines read by the same function")
    at, iam = deployer(cloud), cloud.client("iam")
    policy = iam.get_role_policy(**GRANTS)["PolicyDocument"]
    one_of_each = dict(kept(cloud, "sandbox").values())
    accepted: list[tuple[str, str]] = []
    try:
        for kind, existing in one_of_each.items():
            for action in PROVIDER_CALLS[kind].read:
                iam.put_role_policy(**GRANTS, PolicyDocument=without(policy, action))
                try:
                    lifecycle.read(TYPES[kind], at, existing)
                except (LocalError, ClientError):
                    continue
                accepted.append((kind, action))
    finally:
        iam.put_role_policy(**GRANTS, PolicyDocument=json.dumps(policy))
    assert accepted == []


def test_composite_alarms_are_described_only_to_a_permission_on_everything(
    cloud: LocalCloud,
) -> None:
    """As on AWS: a permission on the stack's alarms describes its metric alarms only."""
    if cloud.engine != "in-process":
        pytest.skip("both engines read by the same function")
    at, iam = deployer(cloud), cloud.client("iam")
    policy = iam.get_role_policy(**GRANTS)["PolicyDocument"]
    narrow = json.loads(without(policy, "cloudwatch:DescribeAlarms"))
    alarms = f"arn:aws:cloudwatch:us-east-1:{WORKLOAD}:alarm:stocktrading-*"
    narrow["Statement"].append(
        {"Effect": "Allow", "Action": ["cloudwatch:DescribeAlarms"], "Resource": [alarms]}
    )
    one_of_each = dict(kept(cloud, "sandbox").values())
    composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    iam.put_role_policy(**GRANTS, PolicyDocument=json.dumps(narrow))
    try:
        with pytest.raises(LocalError, match=r"may not cloudwatch:DescribeAlarms on \*"):
            lifecycle.read(TYPES[composite], at, one_of_each[composite])
    finally:
        iam.put_role_policy(**GRANTS, PolicyDocument=json.dumps(policy))


def test_a_type_without_calls_is_for_a_person(cloud: LocalCloud) -> None:
    """A type that the table of calls lacks can't be refreshed by a role."""
    row = replace(TYPES["aws:sns/topic:Topic"], calls=None)
    kind, existing = next(iter(kept(cloud, "sandbox").values()))
    assert kind
    with pytest.raises(LocalError, match="lacks this type"):
        lifecycle.read(row, deployer(cloud), existing)
