"""No role has an unnecessary permission: without any one of them, a request of the role is denied.

A permission ("grant") is one action on one resource of a policy in IAM. Each is removed separately.
"""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from archives import packaged
from botocore.exceptions import ClientError
from role_work import FUNCTION, SERVICES, UNTOLD, WORK, Session, Work

from local.cloud import NAMESPACE, LocalCloud

pytestmark = pytest.mark.emulator

ROLES = sorted({*SERVICES, "producer"})


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a stack with the function, which delivers results to an endpoint with a key."""
    up = LocalCloud(
        directory=tmp_path_factory.mktemp("local"),
        stacks=["sandbox"],
        overrides={f"{NAMESPACE}:sink.transform": {}},
    )
    # The second deployment replaces the archive, so that the bucket keeps a version of it.
    with packaged(tmp_path_factory.mktemp("dist")), up:
        secrets = up.client("secretsmanager")
        secret = secrets.create_secret(
            Name="desk", SecretString='{"api_key": "k"}', KmsKeyId=up.outputs["key_arn"]
        )["ARN"]
        destination = {"kind": "http", "url": "http://127.0.0.1:9/", "secret_arn": secret}
        up.deploy({f"{NAMESPACE}:sink.destination": destination})
        up.client("logs").create_log_stream(
            logGroupName=f"/aws/lambda/{FUNCTION}", logStreamName="there"
        )
        yield up


Statement = Mapping[str, Any]


def grants(cloud: LocalCloud, role: str) -> list[Statement]:
    """Read a role's grants from IAM, each with one action on one resource."""
    held = cloud.client("iam").get_role_policy(RoleName=f"stocktrading-{role}", PolicyName="grants")
    return [
        {**statement, "Action": action, "Resource": resource}
        for statement in held["PolicyDocument"]["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    ]


@contextmanager
def holding(cloud: LocalCloud, role: str, left: list[Statement]) -> Generator[None]:
    """Replace a role's grants during the `with` block."""
    iam, named = cloud.client("iam"), {"RoleName": f"stocktrading-{role}", "PolicyName": "grants"}
    whole = iam.get_role_policy(**named)["PolicyDocument"]
    document = {"Version": whole["Version"], "Statement": left}
    iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(whole))


def is_for(work: Work, grant: Statement) -> bool:
    """Return whether the work needs this grant."""
    if work.via:
        services = grant.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", ())
        return work.action == grant["Action"] and any(one.startswith(work.via) for one in services)
    return work.action == grant["Action"] and work.resource in {
        grant["Resource"][-len(work.resource) :],
        grant["Resource"].rpartition("-")[0][-len(work.resource) :],  # without a secret's suffix
    }


@pytest.mark.parametrize("work", WORK, ids=lambda work: f"{work.role}: {work.what}")
def test_a_request_is_denied_without_its_grant(cloud: LocalCloud, work: Work) -> None:
    """The request succeeds with all of the role's grants, and fails without this one."""
    at = Session(cloud, work.role)
    work.do(at)
    held = grants(cloud, work.role)
    left = [grant for grant in held if not is_for(work, grant)]
    assert len(left) == len(held) - 1
    with holding(cloud, work.role, left), pytest.raises(ClientError, match="AccessDenied"):
        work.do(at)


@pytest.mark.parametrize("role", ROLES)
def test_every_grant_has_its_request_or_has_no_effect_on_the_emulator(
    cloud: LocalCloud, role: str
) -> None:
    """Each grant is in one of the two lists."""
    works = [work for work in WORK if work.role == role]
    for_nothing = [
        (grant["Action"], grant["Resource"])
        for grant in grants(cloud, role)
        if grant["Action"] not in UNTOLD and not any(is_for(work, grant) for work in works)
    ]
    assert for_nothing == []


@pytest.mark.parametrize("role", ["deliver-dead-letters", "deliver-results"])
def test_grants_without_effect_on_the_emulator_are_listed_correctly(
    cloud: LocalCloud, role: str
) -> None:
    """Without all of the listed grants, all of the role's requests still succeed."""
    held = grants(cloud, role)
    left = [grant for grant in held if grant["Action"] not in UNTOLD]
    assert len(left) < len(held)
    at = Session(cloud, role)
    with holding(cloud, role, left):
        for work in WORK:
            if work.role == role:
                work.do(at)
