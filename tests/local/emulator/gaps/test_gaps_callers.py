"""What the emulator's check of who a caller is lacks, tested on an emulator without patches."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from gap_world import SERVICE, Client, as_root, create_role, gap, refuses
from github_token import token

from local.clients import Clients


@pytest.mark.emulator
def test_root_can_assume_the_role_of_any_service(
    bare: Clients, client: Client, account: str
) -> None:
    """The account's root user can assume a role that trusts only Firehose."""
    role = create_role(client, "delivery", SERVICE)
    refused = refuses(lambda: bare.assume_role(role, account))
    gap("patches/sts", there=not refused)


@pytest.mark.emulator
@pytest.mark.parametrize("claim", ["sub", "repository_id"])
def test_the_number_of_a_tokens_repository_is_unknown(
    bare: Clients, client: Client, account: str, claim: str
) -> None:
    """Nobody gets a role whose trust policy requires the number of GitHub's repository.

    A role whose trust policy requires the same value as the subject can be assumed.
    """
    issuer = "token.actions.githubusercontent.com"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:{claim}": "2002"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="by-token", AssumeRolePolicyDocument=document)
    sts = bare.client("sts", account)
    refused = refuses(
        lambda: sts.assume_role_with_web_identity(
            RoleArn=role["Role"]["Arn"], RoleSessionName="job", WebIdentityToken=token("2002")
        )
    )
    if claim == "sub":
        assert not refused
    else:
        gap("patches/sts", there=refused)


@pytest.mark.emulator
def test_a_role_with_a_condition_on_the_source_cannot_be_assumed(
    bare: Clients, client: Client, account: str
) -> None:
    """Nobody can assume a role whose trust policy requires the source account."""
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": account}}}
    role = create_role(client, "delivery", SERVICE | condition)
    stream = f"arn:aws:firehose:us-east-1:{account}:deliverystream/s"

    def assume() -> object:
        sts = bare.client("sts", account)
        sts.meta.events.register("before-call.sts.AssumeRole", _with_source(stream))
        return sts.assume_role(RoleArn=role, RoleSessionName="session")

    gap("patches/sts", there=refuses(assume))


def _with_source(arn: str) -> Callable[..., None]:
    def announce(params: dict[str, Any], **_: object) -> None:
        params["headers"]["x-amz-source-arn"] = arn

    return announce


@pytest.mark.emulator
def test_the_principal_arn_of_a_session_is_not_the_roles(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for a role's ARN as `aws:PrincipalArn` doesn't work for the role's session."""
    arn = f"arn:aws:iam::{account}:role/reader"
    condition = {"ArnEquals": {"aws:PrincipalArn": arn}}
    grant = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": condition}
    reader = as_root(bare, account, create_role(client, "reader", root, grant))
    gap("patches/iam", there=refuses(reader("sqs").list_queues))


@pytest.mark.emulator
def test_the_callers_account_is_unknown_to_kms(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for callers of the account doesn't work."""
    condition = {"StringEquals": {"kms:CallerAccount": account}}
    grant = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
    reader = as_root(bare, account, create_role(client, "reader", root, grant))
    gap("patches/iam", there=refuses(reader("kms").list_keys))
