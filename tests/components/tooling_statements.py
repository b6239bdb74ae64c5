"""The tooling stack's policies as statements, for tests."""

from collections.abc import Iterable
from typing import Any, cast

from recorder import Recorded, Recorder

TOOLING = "111111111111"

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
