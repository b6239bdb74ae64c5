"""The exact inputs of the pipeline's parts, checked with AWS's own models."""

import json
from typing import Any

import aws_requests
import pytest
from recorder import Recorder, main_program, record, stack_config

from components.base.validation import SettingsError, decode
from components.pipeline.artifacts import write_once
from components.pipeline.pipeline import PipelineArgs, RepositoryArgs, TargetArgs, trigger

SANDBOX: dict[str, Any] = {"stack": "sandbox", "account_id": "222222222222", "region": "us-east-1"}
PROD: dict[str, Any] = {
    "stack": "prod",
    "account_id": "333333333333",
    "region": "eu-west-1",
    "prefix": "stocktrading-prod",
    "approval": True,
    "verify_minutes": 30,
    "keep_snapshots": 25,
}
PIPELINE = "aws:codepipeline/pipeline:Pipeline"


@pytest.fixture(scope="module")
def two_accounts() -> Recorder:
    """Give the tooling stack with a second target, which needs an approval."""
    config = stack_config("tooling", pipeline={"targets": [SANDBOX, PROD]})
    return record(main_program, config, stack="tooling")


def stages(stack: Recorder) -> dict[str, list[dict[str, Any]]]:
    """Give the pipeline's actions, by stage."""
    return {one["name"]: one["actions"] for one in stack.one(PIPELINE).inputs["stages"]}


def test_the_services_models_accept_the_stacks_requests(two_accounts: Recorder) -> None:
    """The models of botocore check members, types, enumerations, patterns and lengths."""
    aws_requests.pipeline(two_accounts.one(PIPELINE).inputs)
    connection = "aws:codeconnections/connection:Connection"
    aws_requests.connection(two_accounts.one(connection).inputs)
    for project in two_accounts.all("aws:codebuild/project:Project"):
        aws_requests.project(project.inputs)


def test_the_check_finds_what_a_service_would_refuse(two_accounts: Recorder) -> None:
    """It finds a value outside an enumeration, and a name that is too long."""
    inputs = dict(two_accounts.one(PIPELINE).inputs)
    with pytest.raises(AssertionError, match="'V3' is none of"):
        aws_requests.pipeline(inputs | {"pipelineType": "V3"})
    with pytest.raises(AssertionError, match="101 is not in 1 to 100"):
        aws_requests.pipeline(inputs | {"name": "p" * 101})


def test_each_account_has_a_stage_in_the_order_of_the_config(two_accounts: Recorder) -> None:
    """The second account's roll-out waits until the first is verified."""
    assert list(stages(two_accounts)) == ["Source", "Build", "Deploy-sandbox", "Deploy-prod"]


def test_an_account_that_needs_approval_waits_for_a_person(two_accounts: Recorder) -> None:
    """The approval comes before the roll-out, names the commit, and notifies the topic."""
    (sandbox,) = stages(two_accounts)["Deploy-sandbox"]
    assert (sandbox["name"], sandbox["runOrder"]) == ("Deploy", 1)
    approve, deploy = stages(two_accounts)["Deploy-prod"]
    assert (approve["provider"], approve["runOrder"]) == ("Manual", 1)
    assert approve["configuration"] == {
        "NotificationArn": two_accounts.outputs["notifications_topic_arn"],
        "CustomData": "Roll #{SourceVariables.CommitId} out to prod (333333333333)?",
    }
    assert (deploy["name"], deploy["runOrder"]) == ("Deploy", 2)


def test_every_action_uses_the_commits_id(two_accounts: Recorder) -> None:
    """The source action provides it, and every later build gets it as its version."""
    (source,) = stages(two_accounts)["Source"]
    assert source["namespace"] == "SourceVariables"
    (build,) = stages(two_accounts)["Build"]
    assert aws_requests.environment(build) == {"VERSION": "#{SourceVariables.CommitId}"}
    *_, deploy = stages(two_accounts)["Deploy-prod"]
    assert aws_requests.environment(deploy) == {
        "VERSION": "#{SourceVariables.CommitId}",
        "STACK": "prod",
        "DEPLOYER_ROLE_ARN": "arn:aws:iam::333333333333:role/stocktrading-prod-deployer",
        "VERIFY_MINUTES": "30",
        "KEEP_SNAPSHOTS": "25",
    }


def test_every_stage_works_on_the_commit_itself(two_accounts: Recorder) -> None:
    """The source is the only artifact. A deployment fetches the release."""
    for name, actions in stages(two_accounts).items():
        for action in actions:
            given = action.get("inputArtifacts", [])
            assert given == (["Source"] if action["provider"] == "CodeBuild" else []), name


def test_the_source_is_the_repositorys_branch_by_connection(tooling: Recorder) -> None:
    """The trigger detects changes. The service's own detection would start a second run."""
    (source,) = stages(tooling)["Source"]
    assert source["configuration"] == {
        "ConnectionArn": tooling.outputs["connection_arn"],
        "FullRepositoryId": "example-org/stocktrading-analytics",
        "BranchName": "main",
        "DetectChanges": "false",
        "OutputArtifactFormat": "CODE_ZIP",
    }


def test_a_push_to_the_branch_starts_a_run() -> None:
    """Every push does, if no paths are configured."""
    push: dict[str, Any] = {"branches": {"includes": ["main"]}}
    assert trigger(RepositoryArgs(name="a/b")) == {
        "provider_type": "CodeStarSourceConnection",
        "git_configuration": {"source_action_name": "Source", "pushes": [push]},
    }


def test_paths_limit_which_pushes_start_a_run() -> None:
    """A push to the branch must change a file under one of them."""
    repository = RepositoryArgs(name="a/b", branch="release", paths=["job/**", "components/**"])
    (push,) = trigger(repository)["git_configuration"]["pushes"]  # pyright: ignore[reportGeneralTypeIssues, reportTypedDictNotRequiredAccess, reportUnknownVariableType, reportIndexIssue] -- plain data here, an input type to Pulumi
    assert push == {
        "branches": {"includes": ["release"]},
        "file_paths": {"includes": ["job/**", "components/**"]},
    }


def test_artifacts_are_encrypted_with_the_keys_arn(tooling: Recorder) -> None:
    """An alias is valid only in its own account, and can be moved to another key."""
    (store,) = tooling.one(PIPELINE).inputs["artifactStores"]
    assert store == {
        "type": "S3",
        "location": "stocktrading-artifacts-111111111111-us-east-1",
        "encryptionKey": {"type": "KMS", "id": tooling.outputs["key_arn"]},
    }


@pytest.mark.parametrize(("name", "minutes"), [("build", 60), ("deploy-sandbox", 60 + 15)])
def test_a_build_is_pinned_unprivileged_encrypted_logged_and_cached(
    tooling: Recorder, name: str, minutes: int
) -> None:
    """Every input of a project except its commands and variables.

    A deployment's time limit includes the minutes of its verification, because a stopped build
    can't roll back.
    """
    project = tooling.one("aws:codebuild/project:Project", name)
    inputs = dict(project.inputs)
    physical = f"stocktrading-pipeline-{name}"
    environment = inputs.pop("environment")
    assert environment.pop("environmentVariables")
    assert environment == {
        "type": "LINUX_CONTAINER",
        "computeType": "BUILD_GENERAL1_MEDIUM",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "imagePullCredentialsType": "CODEBUILD",
        "privilegedMode": False,
    }
    assert inputs.pop("source").keys() == {"type", "buildspec"}
    assert inputs.pop("description")
    assert inputs == {
        "name": physical,
        "serviceRole": f"arn:test:aws:iam/role:Role:{physical}",
        "encryptionKey": tooling.outputs["key_arn"],
        "buildTimeout": minutes,
        "artifacts": {"type": "CODEPIPELINE", "encryptionDisabled": False},
        "cache": {
            "type": "S3",
            "location": f"stocktrading-artifacts-111111111111-us-east-1/caches/{physical}",
        },
        "logsConfig": {
            "cloudwatchLogs": {"status": "ENABLED", "groupName": f"/aws/codebuild/{physical}"},
            "s3Logs": {"status": "DISABLED"},
        },
    }
    assert f"{physical}-policy" in project.options["dependsOn"]


def test_each_target_is_deployed_by_a_project_of_its_own(two_accounts: Recorder) -> None:
    """A stage starts only the project of its target. The time limit is that of the target."""
    for stack, minutes in (("sandbox", 60 + 15), ("prod", 60 + 30)):
        *_, deploy = stages(two_accounts)[f"Deploy-{stack}"]
        project = two_accounts.one("aws:codebuild/project:Project", f"deploy-{stack}").inputs
        assert deploy["configuration"]["ProjectName"] == project["name"]
        assert project["name"] == f"stocktrading-pipeline-deploy-{stack}"
        assert project["buildTimeout"] == minutes


def test_the_deploy_knows_the_state_by_url_and_the_key_by_arn(tooling: Recorder) -> None:
    """`pulumi login` needs the URL, and the secrets provider needs the ARN."""
    project = tooling.one("aws:codebuild/project:Project", "deploy-sandbox").inputs
    given = {one["name"]: one["value"] for one in project["environment"]["environmentVariables"]}
    assert given == {
        "ARTIFACT_BUCKET": "stocktrading-artifacts-111111111111-us-east-1",
        "STATE_URL": "s3://stocktrading-state-111111111111-us-east-1?region=us-east-1",
        "SECRETS_PROVIDER": "awskms:///arn:test:aws:kms/key:Key:state-sandbox-key?region=us-east-1",
    }


def test_a_failed_stage_notifies_the_topic(tooling: Recorder) -> None:
    """The rule matches only this pipeline's failures. The message has the stage and a link.

    A failed run sends one message, because nothing is tried again automatically.
    """
    rule = tooling.one("aws:cloudwatch/eventRule:EventRule").inputs
    assert rule["name"] == "stocktrading-pipeline-failed"
    assert json.loads(rule["eventPattern"]) == {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Action Execution State Change"],
        "resources": ["arn:aws:codepipeline:us-east-1:111111111111:stocktrading-pipeline"],
        "detail": {"pipeline": ["stocktrading-pipeline"], "state": ["FAILED"]},
    }
    target = tooling.one("aws:cloudwatch/eventTarget:EventTarget")
    assert target.inputs["arn"] == tooling.outputs["notifications_topic_arn"]
    told = json.loads(target.inputs["inputTransformer"]["inputTemplate"])
    assert told.startswith("<pipeline>: <stage> failed at <action>. Run <run>, <time>. ")
    assert told.endswith("/pipelines/stocktrading-pipeline/view?region=us-east-1")
    assert "notifications-policy" in target.options["dependsOn"]
    assert not any("onFailure" in stage for stage in tooling.one(PIPELINE).inputs["stages"])


def test_each_address_is_subscribed() -> None:
    """It is subscribed by mail to the encrypted topic."""
    config = stack_config("tooling", notifications={"emails": ["ops@example.com"]})
    stack = record(main_program, config, stack="tooling")
    subscription = stack.one("aws:sns/topicSubscription:TopicSubscription")
    assert subscription.name == "notifications-ops-at-example.com"
    assert dict(subscription.inputs) == {
        "topic": stack.outputs["notifications_topic_arn"],
        "protocol": "email",
        "endpoint": "ops@example.com",
    }
    assert stack.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == stack.outputs["key_arn"]


def test_a_release_is_written_once_and_never_deleted(tooling: Recorder) -> None:
    """The bucket's policy denies it to everybody, and only under `releases/`."""
    bucket = "arn:aws:s3:::stocktrading-artifacts-111111111111-us-east-1"
    policy = tooling.one("aws:s3/bucketPolicy:BucketPolicy", "artifacts-bucket-policy")
    denied = policy.document("policy")["Statement"]
    releases = [one for one in denied if one["Resource"] == f"{bucket}/releases/*"]
    assert releases == write_once(bucket, "releases/")


def test_the_pipeline_alone_writes_what_its_stages_run(tooling: Recorder) -> None:
    """The bucket refuses each other role, also one whose own policy allows the write."""
    bucket = "arn:aws:s3:::stocktrading-artifacts-111111111111-us-east-1"
    policy = tooling.one("aws:s3/bucketPolicy:BucketPolicy", "artifacts-bucket-policy")
    statements = {one["Sid"]: one for one in policy.document("policy")["Statement"]}
    assert statements["PipelineAloneWritesExchange"] == {
        "Sid": "PipelineAloneWritesExchange",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{bucket}/stocktrading-pipelin/*",
        "Condition": {
            "ArnNotEquals": {
                "aws:PrincipalArn": "arn:aws:iam::111111111111:role/stocktrading-pipeline"
            }
        },
    }


def test_artifacts_of_runs_and_caches_expire_and_releases_stay(tooling: Recorder) -> None:
    """CodePipeline's own folder has the first 20 characters of the pipeline's name."""
    kind = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    rules = tooling.one(kind, "artifacts-bucket-lifecycle").inputs["rules"]
    expired = {
        rule["filter"]["prefix"]: rule["expiration"]["days"]
        for rule in rules
        if "expiration" in rule
    }
    assert expired == {"stocktrading-pipelin/": 30, "caches/": 14}


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ([SANDBOX, SANDBOX], "targets: given sandbox twice; allowed: each stack once"),
        ([], "targets: given []; value should have at least 1 item"),
        ([SANDBOX | {"account_id": "1"}], "account_id: given '1'; string should match"),
        ([SANDBOX | {"verify_minutes": 60}], "verify_minutes: given 60; input should be less"),
        ([SANDBOX | {"aproval": True}], "aproval: unknown key; did you mean approval? "),
    ],
)
def test_a_mistake_in_a_target_is_named(targets: list[dict[str, Any]], told: str) -> None:
    """Before anything is made, in one line."""
    with pytest.raises(SettingsError) as caught:
        decode(PipelineArgs, json.dumps({"targets": targets}), "")
    assert told in str(caught.value)


def test_a_targets_roles_derive_from_its_own_prefix() -> None:
    """They have the same names as in the target's own stack."""
    target = TargetArgs(**PROD)
    assert target.deployer_role_arn == "arn:aws:iam::333333333333:role/stocktrading-prod-deployer"
    assert target.previewer_role_arn == "arn:aws:iam::333333333333:role/stocktrading-prod-previewer"
