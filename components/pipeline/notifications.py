"""Messages about a failed stage of the pipeline, and about a roll-out that waits for approval."""

import json
from collections.abc import Sequence
from typing import Annotated

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component, after
from components.base.iam import Grant, Statement, document
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.monitoring.chat import Chat, ChatArgs
from components.pipeline.messages import FAILED, PATHS, WAITING, News
from components.storage.key import Key


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NotificationsArgs:
    """Who gets the messages."""

    emails: Sequence[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]] = ()
    """Mail addresses. AWS sends each a mail that must be confirmed first."""
    chat: ChatArgs | None = None
    """A channel of Slack or Teams."""


class Notifications(Component):
    """A topic for mail, a topic for the chat if there is one, and the event rules for them.

    There are two topics, because each needs its own format: a chat drops plain text, and JSON is
    hard to read in a mail.
    """

    topic_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: NotificationsArgs,
        *,
        key: Key,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the topics with their subscriptions, then the rules."""
        super().__init__("stocktrading:delivery:Notifications", name, opts)
        mail, mail_policy = self._topic(name, names.pipeline, key)
        failed = self._rule(name, FAILED, names)
        self._tell(f"{name}-target", failed, mail, FAILED.text(names), mail_policy)
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-{email.replace('@', '-at-')}",
                topic=mail.arn,
                protocol="email",
                endpoint=email,
                opts=self.child,
            )
        if args.chat:
            chat, chat_policy = self._topic(f"{name}-chat", names.pipeline_chat, key)
            for rule, news in ((failed, FAILED), (self._rule(name, WAITING, names), WAITING)):
                target = f"{name}-chat-{news.noun}"
                self._tell(target, rule, chat, news.chat(names), chat_policy)
            Chat(
                f"{name}-channel",
                args.chat,
                physical=names.pipeline_chat,
                topic_arn=chat.arn,
                names=names,
                opts=self.child,
            )
        self.topic_arn = mail.arn
        self.tell = (Grant(actions=["sns:Publish"], resources=[mail.arn]), key.use("sns"))
        """Send a message to all subscribers."""
        self.publish()

    def _topic(
        self, name: str, physical: str, key: Key
    ) -> tuple[aws.sns.Topic, aws.sns.TopicPolicy]:
        topic = aws.sns.Topic(name, name=physical, kms_master_key_id=key.arn, opts=self.child)
        policy = aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=document(topic_policy(topic.arn)),
            opts=self.child,
        )
        return topic, policy

    def _rule(self, name: str, news: News, names: Names) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            f"{name}-{news.noun}",
            name=f"{names.pipeline}-{news.noun}",
            description=f"{news.description}, of {names.pipeline}",
            event_pattern=json.dumps(news.pattern(names)),
            opts=self.child,
        )

    def _tell(
        self,
        name: str,
        rule: aws.cloudwatch.EventRule,
        topic: aws.sns.Topic,
        template: str,
        policy: aws.sns.TopicPolicy,
    ) -> None:
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            arn=topic.arn,
            target_id=name,
            input_transformer={"input_paths": PATHS, "input_template": template},
            # While the topic's policy does not allow the rule, the rule's events are lost.
            opts=after(self.child, policy),
        )


def topic_policy(topic_arn: pulumi.Output[str]) -> list[Statement]:
    """Let EventBridge publish, only over TLS. The account's roles use their own policies.

    There is no condition on the rule. EventBridge's user guide says that a topic's policy can't
    have one ("Using resource-based policies"). With a condition, every message would be lost
    without an error.
    """
    return [
        {
            "Sid": "EventsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
        },
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
