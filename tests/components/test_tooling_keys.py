"""Who may use the keys of the tooling stack."""

from typing import Any, cast

import pytest
from recorder import Recorder, main_program, record, stack_config
from test_tooling_targets import TARGETS
from tooling_statements import ROLES, TOOLING


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
