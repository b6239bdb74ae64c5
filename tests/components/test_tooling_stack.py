"""Rules for the whole tooling stack, and what each of its roles and keys allows."""

from collections.abc import Iterable
from typing import Any, cast

import pytest
from policy_sentry.querying.actions import (  # pyright: ignore[reportMissingTypeStubs]
    get_actions_for_service,  # pyright: ignore[reportUnknownVariableType]
)
from recorder import Recorded, Recorder, main_program, record, stack_config

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
    "state_secrets_provider",
    "preview_role_arn",
}
ROLES = ("stocktrading-pipeline", "stocktrading-pipeline-build", "stocktrading-pipeline-deploy")
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
    assert stars == {"artifacts-key", "state-key"}


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
        "stocktrading-pipeline-deploy": (
            f"arn:aws:codebuild:{here}:project/stocktrading-pipeline-deploy"
        ),
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
        "stocktrading-pipeline-deploy": {
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


def test_the_deploys_role_assumes_exactly_the_targets_deployer_roles() -> None:
    """The policy has the full ARN of each. The role can't write a release."""
    targets = [
        {"stack": "sandbox", "account_id": "222222222222", "region": "us-east-1"},
        {"stack": "prod", "account_id": "333333333333", "region": "eu-west-1"},
    ]
    config = stack_config("tooling", pipeline={"targets": targets})
    stack = record(main_program, config, stack="tooling")
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", "stocktrading-pipeline-deploy-policy")
    statements = policy.document("policy")["Statement"]
    (assume,) = [one for one in statements if "sts:AssumeRole" in one["Action"]]
    assert assume["Resource"] == [
        "arn:aws:iam::222222222222:role/stocktrading-deployer",
        "arn:aws:iam::333333333333:role/stocktrading-deployer",
    ]
    found = allowed(stack, "stocktrading-pipeline-deploy")
    assert found[f"{BUCKET}/releases/*"] == OBJECTS - {"s3:PutObject"}
    assert found[f"{STATE}/*"] == {*OBJECTS, "s3:DeleteObject"}
    assert found["state-key"] == {*THROUGH_S3, "kms:Encrypt"}


def test_a_pull_requests_role_reads_the_state_and_no_more(tooling: Recorder) -> None:
    """It writes nothing. Its role in the workload account has no permissions."""
    assert allowed(tooling, "previews") == {
        STATE: {"s3:ListBucket"},
        f"{STATE}/*": {"s3:GetObject", "s3:GetObjectVersion"},
        "state-key": {"kms:Decrypt", "kms:DescribeKey"},
        "role/stocktrading-previewer": {"sts:AssumeRole"},
    }


def test_only_pull_requests_of_the_repository_get_the_previews_role(tooling: Recorder) -> None:
    """There is exactly one subject: no other repository and no other event of this one."""
    role = tooling.one("aws:iam/role:Role", "previews")
    (statement,) = role.document("assumeRolePolicy")["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": (
                "repo:example-org/stocktrading-analytics:pull_request"
            ),
        }
    }


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


def test_the_states_key_names_its_operators_where_they_are_given() -> None:
    """The roles of deploy and preview are named too. Without operators, IAM policies decide."""
    operator = f"arn:aws:iam::{TOOLING}:role/aws-reserved/sso.amazonaws.com/*/operators_*"
    for operators, named in (([operator], True), ([], False)):
        config = stack_config("tooling", state={"operators": operators})
        stack = record(main_program, config, stack="tooling")
        _, used = key_policy(stack, "state-key")
        assert used["Condition"]["StringEquals"] == {"kms:CallerAccount": TOOLING}
        roles = ["stocktrading-pipeline-deploy", "stocktrading-github-preview"]
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
        "/aws/codebuild/stocktrading-pipeline-deploy",
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
