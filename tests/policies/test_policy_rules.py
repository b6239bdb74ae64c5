"""Cases of each rule: what keeps it, what breaks it, and the messages."""

import cases_buckets
import cases_builds
import cases_identities
import cases_service_rules
import cases_streams
import cases_topics
import pytest
from cases import Case, one
from provider_schema import unknown_properties

from policies.buckets import BUCKET, LIFECYCLE
from policies.model import (
    Exemption,
    Level,
    Resource,
    ResourceRule,
    Rule,
    canonical,
    find_violations,
)
from policies.pack import EXEMPTIONS, RULES

CASES: tuple[Case, ...] = (
    *cases_streams.CASES,
    *cases_builds.CASES,
    *cases_identities.CASES,
    *cases_buckets.CASES,
    *cases_topics.CASES,
    *cases_service_rules.CASES,
)

BY_NAME = {rule.name: rule for rule in RULES}

CONTROLS_THAT_APPLY = {
    *(f"Kinesis.{number}" for number in (1, 3)),
    "DataFirehose.1",
    *(f"CodeBuild.{number}" for number in (1, 2, 3, 4, 5, 7)),
    *(f"KMS.{number}" for number in (1, 2, 3, 5)),
    *(f"S3.{number}" for number in (1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13, 19, 24)),
    *(f"SNS.{number}" for number in (1, 2, 4)),
    *(f"IAM.{number}" for number in (1, 21)),
    *(f"CKV_AWS_{n}" for n in (43, 185, 240, 241, 78, 316, 219, 7, 33, 227, 158)),
    *("KDS1", "KDS3", "KDF1", "KDA3", "CB4", "CB5", "KMS5", "S1", "S2", "S10", "SNS3"),
    *("IAM4", "IAM5"),
}
"""The controls of AWS Foundational Security Best Practices, Checkov and cdk-nag that apply here."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.what}")
def test_rule_says_exactly_what_is_wrong(case: Case) -> None:
    """A kept rule gives no message. A broken one gives property, given value and allowed value."""
    found = find_violations(BY_NAME[case.rule], case.resources)
    assert [violation.message for violation in found] == list(case.says)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_has_a_control_a_level_a_reason_and_both_examples(rule: Rule) -> None:
    """Every rule has a source, a case that passes and a case that fails."""
    assert rule.controls
    assert rule.level in Level
    assert len(rule.because) > 20
    assert not isinstance(rule, ResourceRule) or rule.check.__doc__
    assert {case.passes for case in CASES if case.rule == rule.name} == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_says_in_one_line_what_is_wrong_and_what_to_do(rule: Rule) -> None:
    """The form is `What is wrong: what to do`, and the length fits a terminal."""
    wrong, colon, remedy = rule.says.partition(": ")
    assert wrong
    assert colon
    assert remedy
    assert "\n" not in rule.says
    assert len(rule.says) <= 140


def test_names_the_provider_does_not_know_are_found_at_any_depth() -> None:
    """The check of the examples against the provider can fail."""
    props = {"kmsKey": "k", "streamModeDetails": {"streamMode": "ON_DEMAND", "mode": "x"}}
    assert list(unknown_properties("aws:kinesis/stream:Stream", props)) == [
        "kmsKey",
        "streamModeDetails.mode",
    ]
    rules = {"rules": [{"id": "one"}, {"noncurrentVersionExpiration": {"days": 1}}]}
    assert list(unknown_properties(LIFECYCLE, rules)) == ["rules.noncurrentVersionExpiration.days"]
    with pytest.raises(LookupError, match="not a type of the provider"):
        list(unknown_properties("aws:kinesis/stream:Streams", {}))


def test_names_of_rules_are_unique() -> None:
    """A user turns a rule off by its name."""
    assert len(BY_NAME) == len(RULES)


def test_every_applicable_control_has_a_rule() -> None:
    """The list has the controls that apply to the stacks' resources."""
    assert {control for rule in RULES for control in rule.controls} >= CONTROLS_THAT_APPLY


def test_examples_use_the_providers_own_property_names() -> None:
    """A rule for an unknown property would never find a violation."""
    outputs = {"arn"}
    unknown = {
        (resource.kind, path)
        for case in CASES
        for resource in case.resources
        for path in unknown_properties(resource.kind, resource.props)
        if path not in outputs
    }
    assert unknown == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_use_types_that_the_provider_has(rule: Rule) -> None:
    """An unknown type token gives a `LookupError`."""
    for kind in rule.kinds if isinstance(rule, ResourceRule) else ():
        assert list(unknown_properties(kind, {})) == []


def test_deprecated_type_tokens_are_checked_too() -> None:
    """Version 7 of pulumi-aws has `BucketV2` and others as aliases."""
    assert canonical("aws:s3/bucketV2:BucketV2") == "aws:s3/bucket:Bucket"
    assert canonical("aws:s3/bucketVersioningV2:BucketVersioningV2") == (
        "aws:s3/bucketVersioning:BucketVersioning"
    )
    assert canonical("aws:kinesis/stream:Stream") == "aws:kinesis/stream:Stream"
    bucket = one("aws:s3/bucketV2:BucketV2", bucket="data")
    assert len(list(find_violations(BY_NAME["s3-bucket-closed"], [bucket]))) == 1


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda one: f"{one.rule}: {one.names}")
def test_exemption_names_a_rule_and_gives_a_reason(exemption: Exemption) -> None:
    """An exemption from an unknown rule would have no effect."""
    assert exemption.rule in BY_NAME
    assert len(exemption.reason) > 20


def test_exemption_covers_its_resource_and_no_other() -> None:
    """The bucket of access logs need not log its own access. Any other bucket must."""
    rule = BY_NAME["s3-bucket-access-logged"]
    buckets = [
        Resource(kind=BUCKET, name="tooling-access-logs", props={"bucket": "logs"}),
        Resource(kind=BUCKET, name="sink-store", props={"bucket": "data"}),
    ]
    assert [found.resource.name for found in find_violations(rule, buckets, EXEMPTIONS)] == [
        "sink-store"
    ]


def test_rule_without_a_control_is_refused() -> None:
    """A rule must have a source."""
    with pytest.raises(ValueError, match="rule loose: needs a control id"):
        Rule(name="loose", controls=[], says="s", level=Level.ADVISORY, because="b")
