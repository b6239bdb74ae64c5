"""Every rule over every recorded stack of the repository."""

from collections.abc import Mapping
from typing import Final

import pytest

from policies.model import Level, Resource, Rule, find_violations
from policies.pack import EXEMPTIONS, RULES

MANDATORY = [rule for rule in RULES if rule.level is Level.MANDATORY]

_NO_LISTENER = (
    "nothing handles events of this bucket; the roll-out and Firehose report their errors"
)

_TRAIL = "the account's trail of data events, outside this stack, can log reads and writes"
_DAY = "the job catches up within hours after a stop; retention above 24 hours costs money"

ADVISED: Final[Mapping[tuple[str, str, str], str]] = {
    ("sandbox", "s3-bucket-notifies", "analytics-code"): _NO_LISTENER,
    ("sandbox", "s3-bucket-notifies", "sink-store"): _NO_LISTENER,
    ("tooling", "s3-bucket-notifies", "artifacts-bucket"): _NO_LISTENER,
    ("tooling", "s3-bucket-notifies", "state-bucket"): _NO_LISTENER,
    ("sandbox", "s3-bucket-access-logged", "analytics-code"): _TRAIL,
    ("sandbox", "s3-bucket-access-logged", "sink-store"): _TRAIL,
    ("tooling", "s3-bucket-access-logged", "artifacts-bucket"): _TRAIL,
    ("tooling", "s3-bucket-access-logged", "state-bucket"): _TRAIL,
    ("sandbox", "kinesis-stream-retention", "ingest"): _DAY,
    ("sandbox", "kinesis-stream-retention", "results"): _DAY,
    ("sandbox", "kinesis-stream-retention", "dead-letter"): _DAY,
    ("sandbox", "kms-key-deletion", "key"): (
        "a sandbox's data can be created again; a week is enough to notice a mistake"
    ),
}
"""Advice that a stack does not follow, as (stack, rule, resource), and why."""


@pytest.mark.parametrize("rule", MANDATORY, ids=lambda rule: rule.name)
def test_no_stack_breaks_a_mandatory_rule(stack_resources: list[Resource], rule: Rule) -> None:
    """The test finds what would stop a preview, without an account and without the engine."""
    found = [
        f"{one.resource.name}: {one.message}"
        for one in find_violations(rule, stack_resources, EXEMPTIONS)
    ]
    assert found == [], rule.says


def test_advice_that_is_not_followed_is_listed_with_its_reason(
    stack: str, stack_resources: list[Resource]
) -> None:
    """The list is exact. Remove an entry when the stack follows the advice."""
    found = {
        (stack, rule.name, one.resource.name)
        for rule in RULES
        if rule.level is Level.ADVISORY
        for one in find_violations(rule, stack_resources, EXEMPTIONS)
    }
    assert found == {key for key in ADVISED if key[0] == stack}


def test_stack_has_resources_for_the_rules(stack: str, stack_resources: list[Resource]) -> None:
    """An empty recording would break no rule."""
    assert {one.kind for one in stack_resources} >= {
        "aws:kms/key:Key",
        "aws:s3/bucket:Bucket",
        "aws:iam/role:Role",
        "aws:cloudwatch/logGroup:LogGroup",
    }, stack
