"""What the roles of the tooling stack's targets, and of a pull request's preview, allow."""

import pytest
from recorder import Recorder, main_program, record, stack_config
from tooling_statements import BUCKET, OBJECTS, STATE, THROUGH_S3, TOOLING, allowed

from components.base.validation import SettingsError

TARGETS = [
    {"stack": "sandbox", "account_id": "222222222222", "region": "us-east-1"},
    {"stack": "prod", "account_id": "333333333333", "region": "eu-west-1", "approval": True},
]

REPOSITORY = "example-org/stocktrading-analytics"


@pytest.fixture(scope="module")
def two_accounts() -> Recorder:
    """Give the tooling stack with a second target, which needs an approval."""
    config = stack_config("tooling", pipeline={"targets": TARGETS})
    return record(main_program, config, stack="tooling")


def objects(stack: str) -> list[str]:
    """Give the ends of the ARNs of a stack's objects in the bucket of the state."""
    project = "stocktrading-analytics"
    return [
        f"{STATE}/.pulumi/stacks/{project}/{stack}.*",
        f"{STATE}/.pulumi/history/{project}/{stack}/*",
        f"{STATE}/.pulumi/backups/{project}/{stack}/*",
        f"{STATE}/.pulumi/locks/organization/{project}/{stack}/*",
    ]


@pytest.mark.parametrize(
    ("stack", "account"), [("sandbox", "222222222222"), ("prod", "333333333333")]
)
def test_a_targets_role_reaches_one_account_and_one_stacks_state(
    two_accounts: Recorder, stack: str, account: str
) -> None:
    """It decrypts this stack's secrets only. With the bucket's key it works only through S3."""
    role = f"stocktrading-pipeline-deploy-{stack}"
    policy = two_accounts.one("aws:iam/rolePolicy:RolePolicy", f"{role}-policy")
    statements = policy.document("policy")["Statement"]
    (assume,) = [one for one in statements if "sts:AssumeRole" in one["Action"]]
    assert assume["Resource"] == [f"arn:aws:iam::{account}:role/stocktrading-deployer"]
    assert allowed(two_accounts, role) == {
        BUCKET: {"s3:GetBucketLocation", "s3:GetBucketVersioning"},
        f"{BUCKET}/stocktrading-pipelin/*": {"s3:GetObject", "s3:GetObjectVersion"},
        f"{BUCKET}/caches/{role}/*": OBJECTS,
        f"{BUCKET}/releases/*": OBJECTS - {"s3:PutObject"},
        "artifacts-key": THROUGH_S3,
        "*": {"logs:CreateLogStream", "logs:PutLogEvents"},
        STATE: {"s3:ListBucket"},
        f"{STATE}/.pulumi/meta.yaml*": {"s3:GetObject", "s3:GetObjectVersion"},
        **{each: {*OBJECTS, "s3:DeleteObject"} for each in objects(stack)},
        "state-key": THROUGH_S3,
        f"state-{stack}-key": {*THROUGH_S3, "kms:Encrypt"},
        "role/stocktrading-deployer": {"sts:AssumeRole"},
    }
    for one in statements:
        if any(resource.endswith(":state-key") for resource in one["Resource"]):
            through = {"kms:ViaService": ["s3.us-east-1.amazonaws.com"]}
            assert one["Condition"] == {"StringEquals": through}


def test_a_pull_requests_role_reads_what_needs_no_approval(two_accounts: Recorder) -> None:
    """It writes nothing. Its role in the workload account has no permissions.

    A pull request's own code runs with it. So it reads neither the state nor the secrets of `prod`.
    """
    reads = {"s3:GetObject", "s3:GetObjectVersion"}
    assert allowed(two_accounts, "previews") == {
        STATE: {"s3:ListBucket"},
        f"{STATE}/.pulumi/meta.yaml*": reads,
        **dict.fromkeys([*objects("tooling"), *objects("sandbox")], reads),
        "state-key": {"kms:Decrypt", "kms:DescribeKey"},
        "state-sandbox-key": {"kms:Decrypt", "kms:DescribeKey"},
        "role/stocktrading-previewer": {"sts:AssumeRole"},
    }
    policy = two_accounts.one("aws:iam/rolePolicy:RolePolicy", "previews-policy")
    (enter,) = [
        one for one in policy.document("policy")["Statement"] if "sts:AssumeRole" in one["Action"]
    ]
    assert enter["Resource"] == ["arn:aws:iam::222222222222:role/stocktrading-previewer"]


def test_previews_work_if_every_target_needs_an_approval() -> None:
    """The tooling stack is still previewed. No statement has an empty list of resources."""
    config = stack_config("tooling", pipeline={"targets": TARGETS[1:]})
    stack = record(main_program, config, stack="tooling")
    assert not any("sts:AssumeRole" in actions for actions in allowed(stack, "previews").values())


@pytest.mark.parametrize(
    ("ids", "repositories", "claims"),
    [
        ({}, [REPOSITORY], {}),
        (
            {"owner_id": 1001, "id": 2002},
            [REPOSITORY, "example-org@1001/stocktrading-analytics@2002"],
            {"token.actions.githubusercontent.com:repository_id": "2002"},
        ),
    ],
)
def test_only_jobs_of_the_protected_environment_get_the_previews_role(
    ids: dict[str, int], repositories: list[str], claims: dict[str, str]
) -> None:
    """Each form of the subject is complete: no pattern, no other environment, no other event."""
    config = stack_config("tooling", repository={"name": REPOSITORY, **ids})
    stack = record(main_program, config, stack="tooling")
    role = stack.one("aws:iam/role:Role", "previews")
    (statement,) = role.document("assumeRolePolicy")["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": [
                f"repo:{repository}:environment:preview" for repository in repositories
            ],
            **claims,
        }
    }


@pytest.mark.parametrize("given", ["owner_id", "id"])
def test_one_of_githubs_two_numbers_is_not_enough(given: str) -> None:
    """The subject contains both."""
    config = stack_config("tooling", repository={"name": REPOSITORY, given: 7})
    with pytest.raises(SettingsError, match=f"given only {given}; allowed: both of owner_id"):
        record(main_program, config, stack="tooling")


def test_previews_and_the_identity_provider_are_optional() -> None:
    """An account can have only one identity provider for GitHub, and may have it already."""
    without = record(
        main_program, stack_config("tooling", github={"previews": False}), stack="tooling"
    )
    assert without.outputs["preview_role_arn"] is None
    assert not without.all("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    config = stack_config("tooling", github={"make_identity_provider": False})
    shared = record(main_program, config, stack="tooling")
    assert not shared.all("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    role = shared.one("aws:iam/role:Role", "previews").document("assumeRolePolicy")
    (statement,) = role["Statement"]
    assert statement["Principal"] == {
        "Federated": f"arn:aws:iam::{TOOLING}:oidc-provider/token.actions.githubusercontent.com"
    }
