"""Cases of the rules for topics."""

from cases import KEY_ARN, PLACE, PLAIN_HTTP, Case, allow, deny, one, policy

from policies.model import Resource
from policies.topics import POLICY, SUBSCRIPTION, TOPIC

_ARN = f"arn:aws:sns:{PLACE}:alarms"
_TLS_ONLY = deny("sns:Publish", _ARN, Condition=PLAIN_HTTP)
_EVERYONE = "policy, statement for sns:Publish: given everyone; allowed: principals by name"


def _topic(**props: object) -> Resource:
    return one(TOPIC, arn=_ARN, **props)


def _policy(*statements: object, arn: str = _ARN) -> Resource:
    return one(POLICY, arn=arn, policy=policy(*statements))  # pyright: ignore[reportArgumentType]


def _subscribed(protocol: str) -> Resource:
    return one(SUBSCRIPTION, topic=_ARN, protocol=protocol)


CASES = (
    Case(
        rule="sns-topic-encrypted",
        what="a customer-managed key",
        resources=[one(TOPIC, kmsMasterKeyId=KEY_ARN)],
    ),
    Case(
        rule="sns-topic-encrypted",
        what="no key, and the service's own key",
        resources=[one(TOPIC), one(TOPIC, kmsMasterKeyId="alias/aws/sns")],
        says=[
            "kmsMasterKeyId: given None; allowed: a customer-managed key",
            "kmsMasterKeyId: given alias/aws/sns; allowed: a customer-managed key",
        ],
    ),
    Case(
        rule="sns-topic-not-public",
        what="a service, everyone in one account, and a denial for everyone",
        resources=[
            _topic(),
            _policy(
                allow("sns:Publish", Principal={"Service": "cloudwatch.amazonaws.com"}),
                allow(
                    "sns:Publish",
                    Principal="*",
                    Condition={"StringEquals": {"AWS:SourceOwner": "222222222222"}},
                ),
                _TLS_ONLY,
            ),
        ],
    ),
    Case(
        rule="sns-topic-not-public",
        what="everyone, in a TopicPolicy and in the topic, and conditions that don't limit it",
        resources=[
            _policy(allow("sns:Publish", Principal="*")),
            _topic(policy=policy(allow("sns:Publish", Principal={"AWS": "*"}))),
            _policy(
                allow(
                    "sns:Publish",
                    Principal="*",
                    Condition={"StringLike": {"aws:SourceAccount": "*"}},
                )
            ),
            _policy(
                allow(
                    "sns:Publish",
                    Principal="*",
                    Condition={"StringNotEquals": {"aws:SourceAccount": "222222222222"}},
                )
            ),
            _policy(allow("sns:Publish", Principal="*", Condition=PLAIN_HTTP)),
        ],
        says=[_EVERYONE] * 5,
    ),
    Case(
        rule="sns-topic-tls-only",
        what="a denial in a TopicPolicy",
        resources=[_topic(), _policy(_TLS_ONLY)],
    ),
    Case(
        rule="sns-topic-tls-only",
        what="a denial in the topic's own policy",
        resources=[_topic(policy=policy(_TLS_ONLY))],
    ),
    Case(
        rule="sns-topic-tls-only",
        what="a denial only in another topic's policy",
        resources=[_topic(), _policy(_TLS_ONLY, arn=f"{_ARN}-2")],
        says=["policy: given no denial of plain HTTP"],
    ),
    Case(
        rule="sns-topic-tls-only",
        what="a denial of another action, and an invalid document",
        resources=[
            _topic(policy="{"),
            _policy(deny("sns:Subscribe", _ARN, Condition=PLAIN_HTTP)),
        ],
        says=["policy: given no denial of plain HTTP"],
    ),
    Case(
        rule="sns-topic-deliveries-logged",
        what="e-mail, which SNS can't log, and HTTPS with a log",
        resources=[
            _topic(httpFailureFeedbackRoleArn="arn:aws:iam::222222222222:role/feedback"),
            _subscribed("email"),
            _subscribed("https"),
        ],
    ),
    Case(
        rule="sns-topic-deliveries-logged",
        what="a queue and a function without a log",
        resources=[_topic(), _subscribed("sqs"), _subscribed("lambda")],
        says=[
            "lambdaFailureFeedbackRoleArn: given none, with a subscription by lambda",
            "sqsFailureFeedbackRoleArn: given none, with a subscription by sqs",
        ],
    ),
)
