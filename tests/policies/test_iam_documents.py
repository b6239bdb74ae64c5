"""Every IAM document of every stack is linted. Tolerated findings are listed with a reason."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from cases import PLACE, allow, policy
from iam_lint import Kind, actions_of, lint, resource_formats

from policies.identities import ANY_RESOURCE
from policies.model import DocumentError, Resource

_DESCRIBES_KEY = (
    "AWS's own statement for encrypted log groups contains this action; DescribeKey has no "
    "encryption context, so the permission never applies and is harmless"
)
_LISTS_GROUPS = (
    "Managed Flink's documentation requires this action on log-group:*, which is narrower than the "
    "* in AWS's reference"
)
_GITHUB = "a claim of the identity provider's own tokens, which AWS's reference can't list"
_FORMER_NAME = (
    "the action has its name from before the service was renamed, but the connection's ARN has the "
    "new name"
)

_KEY = "condition key: kms:EncryptionContext:aws:logs:arn for kms:DescribeKey"
_CLAIM = "condition key: token.actions.githubusercontent.com:{} for sts:AssumeRoleWithWebIdentity"

TOLERATED: Final[Mapping[tuple[str, str, str], str]] = {
    ("sandbox", "key", _KEY): _DESCRIBES_KEY,
    ("tooling", "artifacts-key", _KEY): _DESCRIBES_KEY,
    (
        "sandbox",
        "stocktrading-flink-policy",
        "resource: logs:DescribeLogGroups supports none",
    ): _LISTS_GROUPS,
    ("tooling", "previews", _CLAIM.format("aud")): _GITHUB,
    ("tooling", "previews", _CLAIM.format("sub")): _GITHUB,
    (
        "tooling",
        "stocktrading-pipeline-policy",
        "resource: none fits codestar-connections:UseConnection",
    ): _FORMER_NAME,
}
"""Tolerated findings, as (stack, resource, finding), and why."""


def _documents(resources: list[Resource]) -> Iterator[tuple[str, str, Kind]]:
    """Give each document with its resource's name and its kind."""
    for one in resources:
        for key, value in one.props.items():
            if not isinstance(value, str) or '"Statement"' not in value:
                continue
            kind: Kind = "resource"
            if key == "assumeRolePolicy":
                kind = "trust"
            elif one.kind == "aws:kms/key:Key":
                kind = "key"
            elif one.kind.startswith("aws:iam/"):
                kind = "identity"
            yield one.name, value, kind


def test_no_document_has_a_finding_that_is_not_tolerated(
    stack: str, stack_resources: list[Resource]
) -> None:
    """Each action exists, and supports its resources and its conditions."""
    documents = list(_documents(stack_resources))
    assert {kind for _, _, kind in documents} == {"identity", "trust", "key", "resource"}
    found = {(stack, name, each) for name, text, kind in documents for each in lint(text, kind)}
    assert found == {key for key in TOLERATED if key[0] == stack}


@pytest.mark.parametrize("action", ANY_RESOURCE)
def test_an_action_granted_on_any_resource_supports_none(action: str) -> None:
    """The rules allow `*` only for actions without a resource in AWS's reference."""
    assert actions_of(action) == (action,)
    assert resource_formats(action) == set()


def test_every_arn_in_a_document_has_the_form_that_aws_gives_it(
    stack_resources: list[Resource],
) -> None:
    """The linter reads ARNs. Add the form of a missing type to `recorded.ARNS`."""
    assert [name for name, text, _ in _documents(stack_resources) if "arn:test:" in text] == []


_DENIED = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
_OBJECT = "arn:aws:s3:::bucket/*"
_GROUP = f"arn:aws:logs:{PLACE}:log-group:group"


@pytest.mark.parametrize(
    ("document", "kind", "findings"),
    [
        (policy(allow("s3:PutObject", _OBJECT)), "identity", []),
        (policy(allow("s3:PutObjects", _OBJECT)), "identity", ["action: s3:PutObjects"]),
        (policy(allow("s4:Put", _OBJECT)), "identity", ["action: s4:Put"]),
        (
            policy(allow("s3:PutObject", "arn:aws:s3:::bucket")),
            "identity",
            [
                "resource: none fits s3:PutObject",
                "resource: arn:aws:s3:::bucket fits no action",
            ],
        ),
        (
            policy(allow("s3:PutObject", [_OBJECT, f"arn:aws:kinesis:{PLACE}:stream/one"])),
            "identity",
            [f"resource: arn:aws:kinesis:{PLACE}:stream/one fits no action"],
        ),
        (policy(allow("logs:PutLogEvents", f"{_GROUP}:*")), "identity", []),
        (policy(allow("logs:PutLogEvents", f"{_GROUP}:log-stream:job")), "identity", []),
        (
            policy(allow("logs:DescribeLogGroups", f"{_GROUP}:*")),
            "identity",
            ["resource: logs:DescribeLogGroups supports none"],
        ),
        (
            policy(allow("s3:PutObject", _OBJECT, Condition={"StringEqual": {}})),
            "identity",
            ["operator: StringEqual"],
        ),
        (
            policy(
                allow(
                    "s3:PutObject", _OBJECT, Condition={"Bool": {"aws:SecureTransports": "false"}}
                )
            ),
            "identity",
            ["condition key: aws:SecureTransports"],
        ),
        (
            policy(allow("s3:PutObject", _OBJECT, Condition={"Bool": {"kms:ViaService": "true"}})),
            "identity",
            ["condition key: kms:ViaService for s3:PutObject"],
        ),
        (
            policy(allow("s3:PutObject", _OBJECT, Condition={"Bool": {"aws:SourceAccount": 1}})),
            "identity",
            ["condition type: aws:SourceAccount is String, compared as Bool"],
        ),
        (
            policy(allow("s3:PutObject", _OBJECT, Principal="*")),
            "identity",
            ["element: Principal"],
        ),
        (
            policy({"Effect": "Allow", "Action": "s3:PutObject"}),
            "identity",
            ["one of NotResource, Resource: given 0"],
        ),
        (
            policy(allow("sts:AssumeRole", Principal={"AWS": "222222222222"})),
            "trust",
            ["element: Resource"],
        ),
        (
            policy(allow("s3:PutObject", _OBJECT, Sid="A b"), allow("s3:PutObject", _OBJECT)),
            "identity",
            ["sid: A b"],
        ),
        (
            policy(*[allow("s3:PutObject", _OBJECT, Sid="A")] * 2),
            "identity",
            ["sid twice: A"],
        ),
        (
            json.dumps({"Version": "2008-10-17", "Statements": 1, "Statement": _DENIED}),
            "identity",
            ["version: 2008-10-17", "element: Statements"],
        ),
    ],
)
def test_linter_finds_mistakes_that_aws_accepts(
    document: str, kind: Kind, findings: list[str]
) -> None:
    """A statement that AWS accepts and never applies is a finding. A right document has none."""
    assert list(lint(document, kind)) == findings


def test_linter_refuses_an_invalid_document() -> None:
    """A document that can't be read is not accepted."""
    with pytest.raises(DocumentError, match="given no Statement"):
        list(lint('{"Version": "2012-10-17", "Statement": []}', "identity"))
