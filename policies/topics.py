"""SNS topics."""

from collections.abc import Mapping, Sequence
from typing import Final

from policies.documents import EVERYONE, Statement, statements
from policies.model import (
    DocumentError,
    Level,
    Messages,
    Props,
    Resource,
    Violation,
    Violations,
    of_kind,
    resource_rule,
    stack_rule,
)

TOPIC: Final = "aws:sns/topic:Topic"
POLICY: Final = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"

FEEDBACK: Final[Mapping[str, str]] = {
    "application": "applicationFailureFeedbackRoleArn",
    "firehose": "firehoseFailureFeedbackRoleArn",
    "http": "httpFailureFeedbackRoleArn",
    "https": "httpFailureFeedbackRoleArn",
    "lambda": "lambdaFailureFeedbackRoleArn",
    "sqs": "sqsFailureFeedbackRoleArn",
}
"""Protocols whose deliveries SNS can log, and the property for it. E-mail and SMS have none."""

NARROWS: Final = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
)
"""Condition keys that limit the principal `*`."""


@resource_rule(
    name="sns-topic-encrypted",
    kinds=[TOPIC],
    controls=["SNS.1", "CKV_AWS_26"],
    says="A topic is not encrypted with our own key: set kms_master_key_id",
    level=Level.MANDATORY,
    because="also, a CloudWatch alarm can't publish to a topic with the service's own key",
)
def encrypted(topic: Props) -> Messages:
    """Require a customer-managed key."""
    key = topic.get("kmsMasterKeyId")
    if not key or "alias/aws/" in key:
        yield f"kmsMasterKeyId: given {key}; allowed: a customer-managed key"


@resource_rule(
    name="sns-topic-not-public",
    kinds=[TOPIC, POLICY],
    controls=["SNS.4"],
    says="Everyone may use a topic: name the principals, or narrow * by account or source",
    level=Level.MANDATORY,
    because="anyone could publish alarms, or subscribe to ours",
)
def public(given: Props) -> Messages:
    """Refuse the principal `*`, unless a condition limits it."""
    for one in statements(given["policy"]) if given.get("policy") else ():
        if one.allows and EVERYONE in one.principals and not _narrowed(one):
            yield f"policy, {one.label}: given everyone; allowed: principals by name"


def _narrowed(one: Statement) -> bool:
    values = [
        value
        for operator in one.conditions
        if not operator.endswith("IfExists") and "Not" not in operator
        for key in NARROWS
        for value in one.condition(operator, key)
    ]
    return bool(values) and EVERYONE not in values


@stack_rule(
    name="sns-topic-tls-only",
    controls=["SNS3"],
    says="A topic accepts messages over plain HTTP: deny aws:SecureTransport false to everyone",
    level=Level.MANDATORY,
    because="SNS answers plain HTTP unless a policy denies it",
)
def tls_only(resources: Sequence[Resource]) -> Violations:
    """Require the denial in the topic's own policy or in a TopicPolicy."""
    policies = of_kind(resources, POLICY)
    for topic in of_kind(resources, TOPIC):
        beside = [one.props for one in policies if one.props["arn"] == topic.props.get("arn")]
        if not any(_denies_plain_http(one) for one in [topic.props, *beside]):
            yield Violation(resource=topic, message="policy: given no denial of plain HTTP")


def _denies_plain_http(given: Props) -> bool:
    try:
        found = statements(given["policy"]) if given.get("policy") else ()
    except DocumentError:
        return False
    return any(
        not one.allows
        and one.principals == (EVERYONE,)
        and one.condition("Bool", "aws:SecureTransport") == ("false",)
        and bool({"sns:Publish", "sns:*"} & set(one.actions))
        for one in found
    )


@stack_rule(
    name="sns-topic-deliveries-logged",
    controls=["SNS.2"],
    says="Failed deliveries of alarms are not logged: set the protocol's failure feedback role",
    level=Level.ADVISORY,
    because="AWS withdrew the control, and for e-mail and SMS there is no such log",
)
def deliveries(resources: Sequence[Resource]) -> Violations:
    """Advise a log of failures for protocols that have one."""
    subscriptions = of_kind(resources, SUBSCRIPTION)
    for topic in of_kind(resources, TOPIC):
        mine = [one for one in subscriptions if one.props["topic"] == topic.props.get("arn")]
        for protocol in sorted({one.props["protocol"] for one in mine} & set(FEEDBACK)):
            if not topic.props.get(FEEDBACK[protocol]):
                message = f"{FEEDBACK[protocol]}: given none, with a subscription by {protocol}"
                yield Violation(resource=topic, message=message)


RULES: Final = (encrypted, public, tls_only, deliveries)
