"""Rules for the whole tooling stack, and what the pipeline's and the build's roles allow."""

import pytest
from policy_sentry.querying.actions import (  # pyright: ignore[reportMissingTypeStubs]
    get_actions_for_service,  # pyright: ignore[reportUnknownVariableType]
)
from recorder import Recorder
from tooling_statements import (
    BUCKET,
    DEPLOY,
    OBJECTS,
    STATE,
    THROUGH_S3,
    TOOLING,
    actions,
    allowed,
    documents,
)

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
