"""SNS: topics, their policies and their subscriptions."""

import json
from collections.abc import Mapping
from typing import Final

from local.deploy.resources.model import (
    Cloud,
    Existing,
    Made,
    Properties,
    ResourceType,
    Tagging,
    knows,
)
from local.deploy.resources.reading import mirror, now

ATTRIBUTES: Final = {
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
"""The topic's attributes by the provider's inputs."""


def _create(cloud: Cloud, inputs: Properties) -> Made:
    arn = cloud.client("sns").create_topic(Name=inputs["name"])["TopicArn"]
    _set(cloud, arn, {}, inputs)
    return Made(arn, {"arn": arn, "owner": cloud.account})


def _update(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    _set(cloud, old.id, old.inputs, inputs)
    return {}


def _set(cloud: Cloud, arn: str, old: Mapping[str, object], new: Properties) -> None:
    for key, attribute in ATTRIBUTES.items():
        if new.get(key) != old.get(key):
            cloud.client("sns").set_topic_attributes(
                TopicArn=arn, AttributeName=attribute, AttributeValue=str(new.get(key) or "")
            )


def _read(cloud: Cloud, old: Existing) -> Properties:
    found = cloud.client("sns").get_topic_attributes(TopicArn=old.id)["Attributes"]
    return now(old, {key: old.inputs.get(key) for key in ATTRIBUTES}, found)


def _delete(cloud: Cloud, old: Existing) -> None:
    cloud.client("sns").delete_topic(TopicArn=old.id)


def _put_policy(cloud: Cloud, inputs: Properties) -> Made:
    arn = inputs["arn"]
    cloud.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=inputs["policy"]
    )
    return Made(arn, {"owner": cloud.account})


def _update_policy(cloud: Cloud, _: Existing, inputs: Properties) -> Properties:
    return _put_policy(cloud, inputs).outputs


def _read_policy(cloud: Cloud, old: Existing) -> Properties:
    found = cloud.client("sns").get_topic_attributes(TopicArn=old.id)["Attributes"]
    return {**old.inputs, "policy": mirror(old.inputs["policy"], found["Policy"])}


def _delete_policy(cloud: Cloud, old: Existing) -> None:
    """Restore the default policy of a topic, which allows only the topic's own account."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{cloud.account}:root"},
        "Action": ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes"],
        "Resource": old.id,
    }
    cloud.client("sns").set_topic_attributes(
        TopicArn=old.id,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def _subscribe(cloud: Cloud, inputs: Properties) -> Made:
    answer = cloud.client("sns").subscribe(
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        ReturnSubscriptionArn=True,
    )
    arn = answer["SubscriptionArn"]
    # A person must confirm an address of these protocols.
    pending = inputs["protocol"] in {"email", "email-json", "http", "https"}
    return Made(arn, {"arn": arn, "pendingConfirmation": pending, "ownerId": cloud.account})


def _read_subscription(cloud: Cloud, old: Existing) -> Properties:
    found = cloud.client("sns").get_subscription_attributes(SubscriptionArn=old.id)["Attributes"]
    sent = {key: old.inputs[key] for key in ("endpoint", "protocol", "topic")}
    return now(old, {**sent, "topicArn": sent["topic"]}, found, {"topic": "topicArn"})


def _unsubscribe(cloud: Cloud, old: Existing) -> None:
    cloud.client("sns").unsubscribe(SubscriptionArn=old.id)


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:sns/topic:Topic": ResourceType(
        create=_create,
        update=_update,
        read=_read,
        delete=_delete,
        inputs=knows(
            "displayName", "kmsMasterKeyId", "policy", "signatureVersion", "tracingConfig"
        ),
        name="name",
        fixed=frozenset({"name", "fifoTopic"}),
        tagging=Tagging(
            service="sns",
            tag="tag_resource",
            untag="untag_resource",
            listing="list_tags_for_resource",
            target="ResourceArn",
        ),
    ),
    "aws:sns/topicPolicy:TopicPolicy": ResourceType(
        create=_put_policy,
        update=_update_policy,
        read=_read_policy,
        delete=_delete_policy,
        inputs=knows("arn", "policy"),
        fixed=frozenset({"arn"}),
    ),
    "aws:sns/topicSubscription:TopicSubscription": ResourceType(
        create=_subscribe,
        delete=_unsubscribe,
        read=_read_subscription,
        inputs=knows("endpoint", "protocol", "topic"),
    ),
}
