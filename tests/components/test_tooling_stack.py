"""Rules for the whole tooling stack, and what each of its roles and keys allows."""

from collections.abc import Iterable
from typing import Any, cast

import pytest
from policy_sentry.querying.actions import (  # pyright: ignore[reportMissingTypeStubs]
    get_actions_for_service,  # pyright: ignore[reportUnknownVariableType]
)
from recorder import Recorded, Recorder, main_program, record, stack_config

from components.base.validation import SettingsError

TOOLING = "111111111111"
OUTPUTS = {
    "region",
    "account_id",
    "endpoint",
    "pipeline_name",
    "pipeline_url",
    "artifact_bucket",
    "key_arn",
    "connection_arn",
    "connection_status",
    "connection_url",
    "notifications_topic_arn",
    "state_backend_url",
    "state_secrets_providers",
    "preview_role_arn",
}
DEPLOY = "stocktrading-pipeline-deploy-sandbox"
ROLES = ("stocktrading-pipeline", "stocktrading-pipeline-build", DEPLOY)
THROUGH_S3 = {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"}
OBJECTS = {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"}
BUCKET = "stocktrading-artifacts-111111111111-us-east-1"
STATE = "stocktrading-state-111111111111-us-east-1"


def documents(stack: Recorder) -> Iterable[tuple[Recorded, dict[str, Any]]]:
    """Give every statement of every policy document, with its resource."""
    for resource in stack.resources:
        for key in ("policy", "assumeRolePolicy"):
            if key in resource.inputs:
                for statement in resource.document(key)["Statement"]:
                    yield resource, statement


def actions(statement: dict[str, Any]) -> list[str]:
    """Give a statement's actions as a list."""
    given = statement["Action"]
    return [given] if isinstance(given, str) else cast("list[str]", given)


def allowed(stack: Recorder, role: str) -> dict[str, set[str]]:
    """Give what a role may do: actions by the end of the resource's ARN."""
    found: dict[str, set[str]] = {}
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", f"{role}-policy")
    for statement in policy.document("policy")["Statement"]:
        for resource in statement["Resource"]:
            found.setdefault(resource.split(":")[-1], set()).update(statement["Action"])
    return found


def test_outputs_are_complete_and_no_more(tooling: Recorder) -> None:
    """They include what a person and the workflow read."""
    assert set(tooling.outputs) == OUTPUTS
    assert tooling.outputs["pipeline_name"] == "stocktrading-pipeline"
    assert tooling.outputs["account_id"] == TOOLING


def test_no_allowed_action_has_a_wildcard_and_each_exists(tooling: Recorder) -> None:
    """IAM would accept an action that does not exist, and never match it."""
    for resource, statement in documents(tooling):
        if statement["Effect"] != "Allow":
            continue
        for action in actions(statement):
            service, _, name = action.partition(":")
            assert "*" not in action, resource.name
            known = {one.lower() for one in get_actions_for_service(service)}
            # The list of services has only the new name. IAM accepts both.
            if service != "codestar-connections":
                assert action.lower() in known, (resource.name, name)


def test_only_a_keys_own_policy_has_the_resource_star(tooling: Recorder) -> None:
    """In a key policy `*` means that key. Elsewhere it would mean everything."""
    stars = {one.name for one, statement in documents(tooling) if statement.get("Resource") == "*"}
    assert stars == {"artifacts-key", "state-key", "state-sandbox-key"}


def test_each_service_role_is_for_this_account_and_one_resource(tooling: Recorder) -> None:
    """No other account's pipeline or project can make a service act with our roles."""
    sources = {}
    for role in tooling.all("aws:iam/role:Role"):
        (statement,) = role.document("assumeRolePolicy")["Statement"]
        if "Service" in statement["Principal"]:
            condition = statement["Condition"]
            assert condition["StringEquals"] == {"aws:SourceAccount": TOOLING}
            sources[role.name] = condition["ArnLike"]["aws:SourceArn"]
    here = f"us-east-1:{TOOLING}"
    assert sources == {
        "stocktrading-pipeline": f"arn:aws:codepipeline:{here}:stocktrading-pipeline",
        "stocktrading-pipeline-build": (
            f"arn:aws:codebuild:{here}:project/stocktrading-pipeline-build"
        ),
        DEPLOY: f"arn:aws:codebuild:{here}:project/{DEPLOY}",
    }


def test_the_pipelines_role_runs_two_projects_and_no_code_of_its_own(tooling: Recorder) -> None:
    """It passes artifacts on, reads the repository, starts builds, and sends notifications."""
    assert allowed(tooling, "stocktrading-pipeline") == {
        BUCKET: {"s3:GetBucketLocation", "s3:GetBucketVersioning"},
        f"{BUCKET}/stocktrading-pipelin/*": OBJECTS,
        "artifacts-key": THROUGH_S3,
        "stocktrading-github": {
            "codeconnections:UseConnection",
            "codestar-connections:UseConnection",
        },
        "stocktrading-pipeline-build": {
            "codebuild:BatchGetBuilds",
            "codebuild:StartBuild",
            "codebuild:StopBuild",
        },
        DEPLOY: {
            "codebuild:BatchGetBuilds",
            "codebuild:StartBuild",
            "codebuild:StopBuild",
        },
        "stocktrading-pipeline": {"sns:Publish"},
    }


def test_the_builds_role_reaches_no_other_account_and_no_state(tooling: Recorder) -> None:
    """The build runs a commit's tests. It can write a new release and its cache."""
    found = allowed(tooling, "stocktrading-pipeline-build")
    assert found == {
        BUCKET: {"s3:GetBucketLocation", "s3:GetBucketVersioning"},
        f"{BUCKET}/stocktrading-pipelin/*": {"s3:GetObject", "s3:GetObjectVersion"},
        f"{BUCKET}/caches/stocktrading-pipeline-build/*": OBJECTS,
        f"{BUCKET}/releases/*": OBJECTS,
        "artifacts-key": THROUGH_S3,
        "*": {"logs:CreateLogStream", "logs:PutLogEvents"},  # streams of its own group
    }


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


def test_the_artifacts_key_names_who_may_use_it(tooling: Recorder) -> None:
    """They are the three roles, through S3 and SNS, and two services. Nobody else is named."""
    statements = {one["Sid"]: one for one in key_policy(tooling, "artifacts-key")}
    assert set(statements) == {
        "AccountAdministers",
        "PipelineUsesThroughServices",
        "LogsEncrypts",
        "EventsPublish",
    }
    assert statements["PipelineUsesThroughServices"]["Condition"] == {
        "StringEquals": {
            "kms:ViaService": ["s3.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com"]
        },
        "ArnEquals": {
            "aws:PrincipalArn": [f"arn:aws:iam::{TOOLING}:role/{role}" for role in ROLES]
        },
    }
    assert not {"kms:Decrypt", "kms:GenerateDataKey"} & set(
        statements["AccountAdministers"]["Action"]
    )


def test_operators_read_releases_with_the_pipelines_key_where_they_are_given() -> None:
    """A person can then run `release fetch`. The key is used only by S3, and only to decrypt."""
    operator = f"arn:aws:iam::{TOOLING}:role/aws-reserved/sso.amazonaws.com/*/operators_*"
    config = stack_config("tooling", artifacts={"operators": [operator]})
    statements = key_policy(record(main_program, config, stack="tooling"), "artifacts-key")
    (reads,) = [one for one in statements if one["Sid"] == "OperatorsReadReleases"]
    assert reads["Action"] == ["kms:Decrypt", "kms:DescribeKey"]
    assert reads["Condition"] == {
        "StringEquals": {"kms:ViaService": ["s3.us-east-1.amazonaws.com"]},
        "ArnLike": {"aws:PrincipalArn": [operator]},
    }


@pytest.mark.parametrize(
    ("key", "roles"),
    [
        (
            "state-key",
            (
                "stocktrading-pipeline-deploy-sandbox",
                "stocktrading-pipeline-deploy-prod",
                "stocktrading-github-preview",
            ),
        ),
        (
            "state-sandbox-key",
            ("stocktrading-pipeline-deploy-sandbox", "stocktrading-github-preview"),
        ),
        ("state-prod-key", ("stocktrading-pipeline-deploy-prod",)),
    ],
)
def test_each_key_of_the_state_names_its_operators_where_they_are_given(
    key: str, roles: tuple[str, ...]
) -> None:
    """The roles that use the key are named too. Without operators, IAM policies decide."""
    operator = f"arn:aws:iam::{TOOLING}:role/aws-reserved/sso.amazonaws.com/*/operators_*"
    for operators, named in (([operator], True), ([], False)):
        config = stack_config(
            "tooling", state={"operators": operators}, pipeline={"targets": TARGETS}
        )
        stack = record(main_program, config, stack="tooling")
        _, used = key_policy(stack, key)
        assert used["Condition"]["StringEquals"] == {"kms:CallerAccount": TOOLING}
        principals = [*(f"arn:aws:iam::{TOOLING}:role/{role}" for role in roles), operator]
        expected = {"aws:PrincipalArn": principals} if named else None
        assert used["Condition"].get("ArnLike") == expected


def key_policy(stack: Recorder, name: str) -> list[dict[str, Any]]:
    """Give the statements of a key's policy."""
    return cast(
        "list[dict[str, Any]]", stack.one("aws:kms/key:Key", name).document("policy")["Statement"]
    )


@pytest.mark.parametrize(
    "kind",
    [
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    ],
)
def test_every_bucket_has_every_control(tooling: Recorder, kind: str) -> None:
    """This holds for the artifacts and for the state."""
    assert {one.inputs["bucket"] for one in tooling.all(kind)} == {BUCKET, STATE}


def test_no_bucket_is_emptied_by_a_destroy(tooling: Recorder) -> None:
    """A mistake must not delete releases and states."""
    for bucket in tooling.all("aws:s3/bucket:Bucket"):
        assert bucket.inputs["forceDestroy"] is False


def test_every_key_rotates_and_every_log_is_encrypted_and_ends(tooling: Recorder) -> None:
    """This is the control KMS.4. Logs must be encrypted and expire."""
    for key in tooling.all("aws:kms/key:Key"):
        assert key.inputs["enableKeyRotation"] is True
    groups = tooling.all("aws:cloudwatch/logGroup:LogGroup")
    assert {one.inputs["name"] for one in groups} == {
        "/aws/codebuild/stocktrading-pipeline-build",
        f"/aws/codebuild/{DEPLOY}",
    }
    for group in groups:
        assert group.inputs["kmsKeyId"] == tooling.outputs["key_arn"]
        assert group.inputs["retentionInDays"] == 90


def test_every_child_has_a_component_as_parent_and_the_stacks_provider(tooling: Recorder) -> None:
    """Only components and the provider have no parent. No resource uses the default provider."""
    for resource in tooling.resources:
        at_the_top = resource.parent.endswith("stocktrading-analytics-tooling")
        if resource.kind.startswith("aws:"):
            assert not at_the_top, resource.name
            assert "pulumi:providers:aws::account::" in resource.options["provider"]
        else:
            assert resource.kind.startswith(("stocktrading:", "pulumi:providers:aws"))
