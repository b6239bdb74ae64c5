"""Permissions of identities: roles, users, groups and managed policies."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies.documents import EVERYONE, Statement, statements
from policies.model import (
    Level,
    Messages,
    Props,
    Resource,
    Violation,
    canonical,
    each,
    resource_rule,
    stack_rule,
)

ROLE: Final = "aws:iam/role:Role"
INLINE: Final = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
POLICY: Final = "aws:iam/policy:Policy"
ATTACHMENTS: Final = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
GRANTING: Final = (*INLINE, POLICY, ROLE)

DECRYPTS: Final = frozenset({"kms:decrypt", "kms:reencryptfrom"})
"""The actions that KMS.1 and KMS.2 look for."""

ANY_RESOURCE: Final[Mapping[str, str]] = {
    "ec2:DescribeDhcpOptions": "IAM supports no resource for it; it only reads settings",
    "ec2:DescribeNetworkInterfaces": "IAM supports no resource for it; it only reads",
    "ec2:DescribeSecurityGroups": "IAM supports no resource for it; it only reads",
    "ec2:DescribeSubnets": "IAM supports no resource for it; it only reads",
    "ec2:DescribeVpcs": "IAM supports no resource for it; it only reads",
    "logs:DescribeLogGroups": "lists all groups or none; IAM supports no resource for it",
    "chatbot:DescribeSlackChannelConfigurations": "lists all channels or none",
    "chatbot:GetMicrosoftTeamsChannelConfiguration": "IAM supports no resource for it",
    "chatbot:ListTagsForResource": "IAM supports no resource for it",
    "cloudwatch:GetMetricData": "IAM supports no resource for metrics",
    "cloudwatch:GetMetricStatistics": "IAM supports no resource for metrics",
    "cloudwatch:ListMetrics": "IAM supports no resource for metrics",
    "cloudwatch:PutMetricData": "IAM supports only a condition on the namespace",
    "kinesis:DisableEnhancedMonitoring": "IAM supports no resource for a stream's metrics",
    "kinesis:EnableEnhancedMonitoring": "IAM supports no resource for a stream's metrics",
    "kinesis:UpdateShardCount": "IAM supports no resource for a stream's capacity",
    "kinesis:UpdateStreamMode": "IAM supports no resource for a stream's capacity",
    "kms:ListAliases": "lists all aliases or none; IAM supports no resource for it",
    "sns:GetSubscriptionAttributes": "IAM supports no resource for it; it only reads",
    "s3:ListAllMyBuckets": "lists all buckets or none; IAM supports no resource for it",
}
"""Actions that can't be limited to one resource, and why. All other actions can."""

UNNAMED: Final[Mapping[str, str]] = {
    "cloudwatch:DescribeAlarms": "CloudWatch describes composite alarms only to a permission on *",
    "cloudwatch:PutCompositeAlarm": "CloudWatch takes composite alarms only by a permission on *",
    "ec2:DescribeVpcAttribute": "it only reads; the subnets determine the VPC",
}
"""Other actions that only a permission on `*` allows in practice."""

HELD_BY: Final[Mapping[str, str]] = {
    "ec2:CreateNetworkInterface": "ec2:Subnet",
    "ec2:CreateNetworkInterfacePermission": "ec2:Subnet",
    "ec2:DeleteNetworkInterface": "ec2:Subnet",
}
"""Actions on resources that have no name before their creation, with the condition key that limits
these actions instead."""

_ARN: Final = re.compile(r"arn:[^:*?]+:(?P<service>[^:*?]+):[^:*?]*:[^:*?]*:(?P<path>.+)")
_AWS_MANAGED: Final = re.compile(r"arn:[\w-]+:iam::aws:policy/")


def _allowed(given: Props) -> Iterator[Statement]:
    """Give what a resource of `GRANTING` allows."""
    documents = [given["policy"]] if given.get("policy") else []
    documents += [one["policy"] for one in each(given, "inlinePolicies") if one.get("policy")]
    for document in documents:
        yield from (one for one in statements(document) if one.allows)


@resource_rule(
    name="iam-no-administrator",
    kinds=GRANTING,
    controls=["IAM.1"],
    says="An identity may do everything: grant the actions and resources that it needs",
    level=Level.MANDATORY,
    because="one leaked credential would give access to the whole account",
)
def administrator(given: Props) -> Messages:
    """Refuse every action on every resource."""
    for one in _allowed(given):
        if EVERYONE in one.actions and EVERYONE in one.resources:
            yield f"{one.label}: given * on *; allowed: actions and resources by name"


@resource_rule(
    name="iam-actions-by-name",
    kinds=GRANTING,
    controls=["IAM.21", "IAM5"],
    says="An identity is granted a pattern of actions: write each action out",
    level=Level.MANDATORY,
    because="a pattern also grants actions that AWS adds later",
)
def actions(given: Props) -> Messages:
    """Refuse a wildcard in an action, and `NotAction`."""
    for one in _allowed(given):
        wild = [action for action in one.actions if "*" in action or "?" in action]
        wild += [f"all but {action}" for action in one.not_actions]
        if wild:
            yield f"{one.label}: given {', '.join(wild)}; allowed: actions by name"


@resource_rule(
    name="iam-resources-by-name",
    kinds=GRANTING,
    controls=["IAM5"],
    says="An identity is granted resources by a pattern: name them; a * may only follow a name",
    level=Level.MANDATORY,
    because="a grant on everything also covers resources of later stacks",
)
def resources(given: Props) -> Messages:
    """Require a name before any wildcard, except for actions that IAM can't limit to a name."""
    for one in _allowed(given):
        held = [action for action in one.actions if not _needs_no_name(action, one)]
        wide = [resource for resource in one.resources if not _is_named(resource)]
        wide += [f"all but {resource}" for resource in one.not_resources]
        if held and wide:
            yield (
                f"{one.label}: given {', '.join(wide)} for {', '.join(held)}; "
                "allowed: ARNs whose wildcard, if any, follows a name"
            )


def _needs_no_name(action: str, statement: Statement) -> bool:
    """Whether an action supports no named resource, or a condition limits it."""
    if action in ANY_RESOURCE or action in UNNAMED:
        return True
    key = HELD_BY.get(action)
    return key is not None and bool(statement.condition("ArnEquals", key))


def _is_named(resource: str) -> bool:
    """Whether an ARN names its service, region, account, and a resource before any wildcard."""
    arn = _ARN.fullmatch(resource)
    if not arn:
        return False
    before, wildcard, _ = re.split(r"([*?]|$)", arn["path"], maxsplit=1)
    # An S3 ARN begins with the bucket's name; any other with a type, such as stream/ or log-group:
    named = r"." if arn["service"] == "s3" else r"[^/:]+[/:]."
    return not wildcard or bool(re.match(named, before))


@resource_rule(
    name="iam-decrypts-with-named-keys",
    kinds=GRANTING,
    controls=["KMS.1", "KMS.2"],
    says="An identity may decrypt with every key: name the keys",
    level=Level.MANDATORY,
    because="the identity could read encrypted data of every other system in the account",
)
def decrypts(given: Props) -> Messages:
    """Refuse decryption on a pattern of keys."""
    for one in _allowed(given):
        asked = [action for action in one.actions if _decrypts(action)]
        wild = [resource for resource in one.resources if "*" in resource or "?" in resource]
        if asked and (wild or one.not_resources):
            yield f"{one.label}: given {', '.join(asked)} on {', '.join(wild or ['all but some'])}"


def _decrypts(action: str) -> bool:
    pattern = re.escape(action.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return any(re.fullmatch(pattern, name) for name in DECRYPTS)


@resource_rule(
    name="iam-no-aws-managed-policy",
    kinds=[*ATTACHMENTS, ROLE],
    controls=["IAM4"],
    says="A policy managed by AWS is attached: grant the actions that are needed",
    level=Level.MANDATORY,
    because="AWS adds permissions to it over time, and no review sees them",
)
def managed(given: Props) -> Messages:
    """Refuse policies that AWS manages."""
    for arn in [given.get("policyArn", ""), *each(given, "managedPolicyArns")]:
        if _AWS_MANAGED.match(arn):
            yield f"given {arn}; allowed: a policy of this program"


INLINE_LIMITS: Final[Mapping[str, tuple[str, int]]] = {
    "aws:iam/rolePolicy:RolePolicy": ("role", 10_240),
    "aws:iam/userPolicy:UserPolicy": ("user", 2_048),
    "aws:iam/groupPolicy:GroupPolicy": ("group", 5_120),
}
"""The property that names an identity, and the most characters of its inline policies together."""

MANAGED_LIMIT: Final = 6_144
"""The most characters of one managed policy. IAM counts no white space (IAM and STS quotas)."""


@stack_rule(
    name="iam-policy-fits",
    controls=["PutRolePolicy", "CreatePolicy"],
    says="Policies are longer than IAM takes: name resources once, or grant less",
    level=Level.MANDATORY,
    because="IAM would refuse them in the middle of a deployment",
)
def sizes(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Refuse a managed policy, or inline policies of one identity, above IAM's limit."""
    total: dict[tuple[str, str], int] = {}
    for one in resources:
        kind, size = canonical(one.kind), _size(one.props.get("policy"))
        if kind == POLICY and size > MANAGED_LIMIT:
            yield Violation(resource=one, message=_too_long("its policy", size, MANAGED_LIMIT))
        if kind in INLINE_LIMITS:
            owner, most = INLINE_LIMITS[kind]
            name = str(one.props.get(owner, one.name))
            total[kind, name] = total.get((kind, name), 0) + size
            if total[kind, name] > most:
                what = f"policies of {owner} {name}"
                yield Violation(resource=one, message=_too_long(what, total[kind, name], most))


def _size(document: object) -> int:
    """Count the characters as IAM does. A document that isn't known yet counts as empty."""
    if not document:
        return 0
    text = document if isinstance(document, str) else json.dumps(document)
    return len("".join(text.split()))


def _too_long(what: str, size: int, most: int) -> str:
    return f"{what}: given {size:,} characters; allowed: {most:,}, white space aside"


RULES: Final = (administrator, actions, resources, decrypts, managed, sizes)
