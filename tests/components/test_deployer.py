"""The deployer's permissions in the workload account, and what only a person may do."""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
from policy_sentry.querying.actions import get_action_data
from recorder import Recorder, main_program, record, stack_config

from components.access.deploy_grants import PUT_ALARMS, deploy_grants
from components.base.names import Names
from history.configuration import PREFIX_MOST

NAMES = Names(prefix="stocktrading", account_id="222222222222", region="us-east-1")
BOUNDARY = "arn:aws:iam::222222222222:policy/stocktrading-boundary"
KEY = "arn:aws:kms:us-east-1:222222222222:key/one"
ROLE = "aws:iam/role:Role"
REFERENCE = "arn:aws:secretsmanager:us-east-1:222222222222:secret:desk-AbCdEf"
DOMAIN = "arn:aws:es:us-east-1:222222222222:domain/desk"
VPC = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}


def _statements(stack: Recorder) -> list[dict[str, Any]]:
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", "deployer-policy")
    return cast("list[dict[str, Any]]", policy.document("policy")["Statement"])


def _granted(stack: Recorder) -> set[str]:
    return {action for one in _statements(stack) for action in one["Action"]}


def test_only_the_pipelines_role_for_the_stack_assumes_it(
    sandbox: Recorder, tooling: Recorder
) -> None:
    """By its full ARN, which the tooling stack gives its role for that target."""
    role = sandbox.one(ROLE, "deployer")
    assert role.inputs["name"] == "stocktrading-deployer"
    (statement,) = role.document("assumeRolePolicy")["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:role/stocktrading-pipeline-deploy-sandbox"},
        "Action": "sts:AssumeRole",
    }
    names = {one.inputs.get("name") for one in tooling.all(ROLE)}
    assert "stocktrading-pipeline-deploy-sandbox" in names


def test_a_stack_without_a_tooling_account_has_no_such_role(packaged: Path) -> None:
    """No other account can enter."""
    assert packaged
    stack = record(main_program, stack_config(tooling=None))
    assert "stocktrading-deployer" not in {one.inputs["name"] for one in stack.all(ROLE)}


def test_every_service_role_is_bounded_and_no_other_can_be_made(sandbox: Recorder) -> None:
    """IAM does not let the pipeline make a role without the boundary."""
    arn = sandbox.one("aws:iam/policy:Policy", "boundary").inputs["name"]
    assert arn == "stocktrading-boundary"
    roles = [one for one in sandbox.all(ROLE) if one.name not in {"deployer", "previewer"}]
    assert len(roles) == 3
    for role in roles:
        assert "stocktrading-boundary" in role.inputs["permissionsBoundary"]
    for one in _statements(sandbox):
        if "iam:PutRolePolicy" in one["Action"]:
            assert one["Condition"] == {"ArnEquals": {"iam:PermissionsBoundary": BOUNDARY}}


def test_a_role_can_be_passed_only_to_its_own_service(sandbox: Recorder) -> None:
    """iam:PassRole, role by role, service by service."""
    passed = {
        one["Condition"]["StringEquals"]["iam:PassedToService"]: sorted(
            arn.rpartition("/")[2] for arn in one["Resource"]
        )
        for one in _statements(sandbox)
        if "iam:PassRole" in one["Action"]
    }
    assert passed == {
        "kinesisanalytics.amazonaws.com": ["stocktrading-flink"],
        "firehose.amazonaws.com": [
            "stocktrading-deliver-dead-letters",
            "stocktrading-deliver-results",
        ],
        "lambda.amazonaws.com": ["stocktrading-transform"],
    }


@pytest.mark.parametrize(
    "action",
    [
        "kinesis:DeleteStream",
        "kinesisanalytics:DeleteApplication",
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "logs:DeleteLogGroup",
        "kms:ScheduleKeyDeletion",
        "kms:PutKeyPolicy",
        "kms:CreateGrant",
        "kinesis:DecreaseStreamRetentionPeriod",
        "logs:PutRetentionPolicy",
        "s3:PutBucketPolicy",
        "s3:PutLifecycleConfiguration",
        "sns:SetTopicAttributes",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeleteRolePermissionsBoundary",
        "iam:AttachRolePolicy",
        "sts:AssumeRole",
    ],
)
def test_only_a_person_may_change_what_holds_data_or_limits_permissions(
    sandbox: Recorder, action: str
) -> None:
    """Somebody who takes over the pipeline can neither destroy data nor extend its permissions."""
    assert action not in _granted(sandbox)


def test_it_may_not_change_itself(sandbox: Recorder) -> None:
    """It reads its own role and the previewer's in a refresh, and changes neither."""
    for one in _statements(sandbox):
        changes = [each for each in one["Action"] if re.match(r"iam:(?!Get|List)", each)]
        if changes:
            assert not [arn for arn in one["Resource"] if re.search("deployer|previewer|\\*", arn)]


def test_it_may_do_what_a_roll_out_and_its_verification_need(sandbox: Recorder) -> None:
    """Upload, update, start, snapshot, roll back; operations and metrics, and no records."""
    assert {
        "s3:PutObject",
        "kinesisanalytics:UpdateApplication",
        "kinesisanalytics:StartApplication",
        "kinesisanalytics:CreateApplicationSnapshot",
        "kinesisanalytics:RollbackApplication",
        "cloudwatch:GetMetricData",
        "kinesisanalytics:ListApplicationOperations",
        "kinesisanalytics:DescribeApplicationOperation",
        "kinesisanalytics:DescribeApplicationVersion",
    } <= _granted(sandbox)
    assert "kinesis:GetRecords" not in _granted(sandbox)


@pytest.mark.parametrize("region", ["ap-southeast-1", "us-gov-west-1", "cn-northwest-1"])
def test_the_policy_fits_into_a_role(region: str) -> None:
    """IAM takes 10,240 characters of inline policies a role, white space aside."""
    names = Names(prefix="p" * PREFIX_MOST, account_id="222222222222", region=region)
    key = f"arn:{names.partition}:kms:{region}:222222222222:key/{'1' * 36}"
    statements = [grant.statement() for grant in deploy_grants(names, key_arn=key)]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    assert len(document) < 10_240


def test_an_alarm_can_only_publish_to_the_stacks_topic(sandbox: Recorder) -> None:
    """Another alarm could invoke a function or stop an instance, also of another team."""
    puts = [one for one in _statements(sandbox) if {*one["Action"]} & {*PUT_ALARMS}]
    assert len(puts) == len(PUT_ALARMS)
    topic = "arn:aws:sns:us-east-1:222222222222:stocktrading-alarms"
    for one in puts:
        limit = {"cloudwatch:AlarmActions": [topic]}
        assert one["Condition"] == {"ForAllValues:StringEquals": limit}
        (action,) = one["Action"]
        service, _, name = action.partition(":")
        assert (
            "cloudwatch:AlarmActions"
            in get_action_data(service, name)[service][0]["condition_keys"]
        )


@pytest.mark.parametrize(
    "destination",
    [
        {"kind": "s3"},
        {"kind": "datadog", "secret_arn": REFERENCE},
        {"kind": "opensearch", "domain_arn": DOMAIN},
        {"kind": "opensearch", "domain_arn": DOMAIN, "vpc": VPC},
    ],
)
def test_the_boundary_covers_what_each_service_role_is_granted(
    packaged: Path, destination: dict[str, Any]
) -> None:
    """IAM would deny an action outside the boundary, even if it is granted."""
    assert packaged
    sink = {"destination": destination, "transform": {}}
    stack = record(main_program, stack_config(sink=sink, flink={"vpc": VPC}))
    bound = stack.one("aws:iam/policy:Policy", "boundary").document("policy")["Statement"]
    allowed = {action for one in bound for action in one["Action"]}
    for policy in stack.all("aws:iam/rolePolicy:RolePolicy"):
        if policy.name != "deployer-policy":
            statements = policy.document("policy")["Statement"]
            assert {action for one in statements for action in one["Action"]} <= allowed
