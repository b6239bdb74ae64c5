"""Rules that hold for the whole tooling stack, and what each of its roles and keys allows."""

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
    """Give every statement of every policy document, with the resource it belongs to."""
    for resource in stack.resources:
        for key in ("policy", "assumeRolePolicy"):
            if key in resource.inputs:
                for statement in resource.document(key)["Statement"]:
                    yield resource, statement


def actions(statement: dict[str, Any]) -> list[str]:
    """Give a statement's actions, of which there may be one."""
    given = statement["Action"]
    return [given] if isinstance(given, str) else cast("list[str]", given)


def allowed(stack: Recorder, role: str) -> dict[str, set[str]]:
    """What a role may do: the end of each resource's ARN to its actions."""
    found: dict[str, set[str]] = {}
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", f"{role}-policy")
    for statement in policy.document("policy")["Statement"]:
        for resource in statement["Resource"]:
            found.setdefault(resource.split(":")[-1], set()).update(statement["Action"])
    return found


def test_outputs_are_complete_and_no_more(tooling: Recorder) -> None:
    """What a person and the workflow read is there."""
    assert set(tooling.outputs) == OUTPUTS
    assert tooling.outputs["pipeline_name"] == "stocktrading-pipeline"
    assert tooling.outputs["account_id"] == TOOLING


def test_no_allowed_action_has_a_wildcard_and_each_exists(tooling: Recorder) -> None:
    """Least privilege, and no action that IAM would take in silence and never match."""
    for resource, statement in documents(tooling):
        if statement["Effect"] != "Allow":
            continue
        for action in actions(statement):
            service, _, name = action.partition(":")
            assert "*" not in action, resource.name
            known = {one.lower() for one in get_actions_for_service(service)}
            # The services' list has the new name of the two, IAM takes both.
            if service != "codestar-connections":
                assert action.lower() in known, (resource.name, name)


def test_a_resource_of_star_stands_only_in_a_keys_own_policy(tooling: Recorder) -> None:
    """In a key policy `*` is that key; elsewhere it would be everything."""
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
    """It passes artifacts on, reads the repository, starts builds, and tells."""
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
    """What runs the tests of a commit can write a release that isn't there, and its cache."""
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
    """By full ARN, each of them, and it can't write a release."""
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
    """It writes nothing anywhere, and is in the workload account without a right there."""
    assert allowed(tooling, "previews") == {
        STATE: {"s3:ListBucket"},
        f"{STATE}/*": {"s3:GetObject", "s3:GetObjectVersion"},
        "state-key": {"kms:Decrypt", "kms:DescribeKey"},
        "role/stocktrading-previewer": {"sts:AssumeRole"},
    }


def test_only_pull_requests_of_the_repository_get_the_previews_role(tooling: Recorder) -> None:
    """Exactly one subject: neither another repository nor another event of this one."""
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


def test_previews_can_be_left_out_and_an_identity_provider_be_shared() -> None:
    """An account has GitHub's identity provider once, whoever made it."""
    without = record(
        main_program, stack_config("tooling", github={"previews": False}), stack="tooling"
    )
    assert set(without.outputs) == OUTPUTS - {"preview_role_arn"}
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
    """The three roles, through S3 and SNS; the two services that act for nobody; no one else."""
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
    """Beside the deploy's and the preview's roles; without any, the account's policies decide."""
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
    """Artifacts and state alike."""
    assert {one.inputs["bucket"] for one in tooling.all(kind)} == {BUCKET, STATE}


def test_no_bucket_is_emptied_by_a_destroy(tooling: Recorder) -> None:
    """Releases and states outlive a mistake."""
    for bucket in tooling.all("aws:s3/bucket:Bucket"):
        assert bucket.inputs["forceDestroy"] is False


def test_every_key_rotates_and_every_log_is_encrypted_and_ends(tooling: Recorder) -> None:
    """KMS.4, and logs that neither stay for ever nor lie open."""
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
    """Only components and the provider stand at the top; nothing uses another account's default."""
    for resource in tooling.resources:
        at_the_top = resource.parent.endswith("stocktrading-analytics-tooling")
        if resource.kind.startswith("aws:"):
            assert not at_the_top, resource.name
            assert "pulumi:providers:aws::account::" in resource.options["provider"]
        else:
            assert resource.kind.startswith(("stocktrading:", "pulumi:providers:aws"))
