"""The whole pack: every rule and exemption, in the form for Pulumi's policy engine."""

from collections.abc import Sequence
from itertools import chain
from typing import Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies import (
    bucket_access,
    buckets,
    builds,
    deliveries,
    flink,
    functions,
    identities,
    keys,
    logs,
    service_rules,
    streams,
    topics,
)
from policies.model import Exemption, Level, Resource, Rule, StackRule, find_violations

NAME: Final = "stocktrading-controls"

RULES: Final[Sequence[Rule]] = tuple(
    chain.from_iterable(
        module.RULES
        for module in (
            streams,
            deliveries,
            flink,
            builds,
            keys,
            identities,
            buckets,
            bucket_access,
            topics,
            logs,
            functions,
            service_rules,
        )
    )
)

EXEMPTIONS: Final = (
    Exemption(
        rule="s3-bucket-access-logged",
        kind=buckets.BUCKET,
        names="*-access-logs",
        reason="the bucket receives the access logs; logging its own access would never end",
    ),
    Exemption(
        rule="s3-bucket-encrypted",
        kind=buckets.BUCKET,
        names="*-access-logs",
        reason="S3 delivers access logs only to a bucket with S3's own encryption (SSE-S3)",
    ),
)
"""The resources to which a rule does not apply, and why."""

_LEVELS: Final = {
    Level.MANDATORY: EnforcementLevel.MANDATORY,
    Level.ADVISORY: EnforcementLevel.ADVISORY,
}


def as_policy(rule: Rule, exemptions: Sequence[Exemption] = EXEMPTIONS) -> Policy:
    """Give a rule in the policy engine's form.

    If a value is not known yet in a preview, the engine skips the rule for that resource, or for
    the whole stack if the rule is over the stack, and says so. The update then checks it.
    """
    description = f"{rule.says} ({', '.join(rule.controls)})"
    level = _LEVELS[rule.level]
    if isinstance(rule, StackRule):
        return StackValidationPolicy(
            name=rule.name,
            description=description,
            enforcement_level=level,
            validate=lambda args, report: _stack(rule, exemptions, args, report),
        )
    return ResourceValidationPolicy(
        name=rule.name,
        description=description,
        enforcement_level=level,
        validate=lambda args, report: _resource(rule, exemptions, args, report),
    )


def _resource(
    rule: Rule,
    exemptions: Sequence[Exemption],
    args: ResourceValidationArgs,
    report: ReportViolation,
) -> None:
    resource = Resource(kind=args.resource_type, name=args.name, props=args.props, urn=args.urn)
    for violation in find_violations(rule, [resource], exemptions):
        report(violation.message, None)


def _stack(
    rule: Rule,
    exemptions: Sequence[Exemption],
    args: StackValidationArgs,
    report: ReportViolation,
) -> None:
    resources = [
        Resource(kind=one.resource_type, name=one.name, props=one.props, urn=one.urn)
        for one in args.resources
    ]
    for violation in find_violations(rule, resources, exemptions):
        report(f"{violation.resource.name}: {violation.message}", violation.resource.urn)


def policies() -> list[Policy]:
    """Give every rule as a policy."""
    return [as_policy(rule) for rule in RULES]
