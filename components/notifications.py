"""Who is told: a run of the pipeline that failed, and one that waits for an approval."""

import json
from collections.abc import Sequence
from typing import Annotated, Final

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.component import Component, after
from components.iam import Grant, Statement, document
from components.key import Key
from components.names import Names
from components.strict import STRICT

FAILED: Final = ("FAILED",)
"""States of a run that are told; a run that a newer one overtook is SUPERSEDED, and no news."""

INPUT_PATHS: Final = {
    "pipeline": "$.detail.pipeline",
    "run": "$.detail.execution-id",
    "state": "$.detail.state",
    "time": "$.time",
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NotificationsArgs:
    """Who is told."""

    emails: Sequence[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]] = ()
    """Addresses; each gets one mail from AWS that it must confirm first."""


class Notifications(Component):
    """A topic, and the rule that tells it of failed runs."""

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
        """Make the topic and its subscriptions, then the rule."""
        super().__init__("stocktrading:delivery:Notifications", name, opts)
        topic = aws.sns.Topic(name, name=names.pipeline, kms_master_key_id=key.arn, opts=self.child)
        rule = aws.cloudwatch.EventRule(
            f"{name}-failed",
            name=f"{names.pipeline}-failed",
            description=f"A run of {names.pipeline} that failed",
            event_pattern=json.dumps(failed_runs(names)),
            opts=self.child,
        )
        policy = aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=document(topic_policy(topic.arn)),
            opts=self.child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            arn=topic.arn,
            target_id="topic",
            input_transformer={
                "input_paths": INPUT_PATHS,
                "input_template": json.dumps(
                    f"<pipeline>: run <run> ended as <state> at <time>. {names.pipeline_url}"
                ),
            },
            # A target whose topic refuses the rule loses its first events.
            opts=after(self.child, policy),
        )
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-{email.replace('@', '-at-')}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=self.child,
            )
        self.topic_arn = topic.arn
        self.tell = (Grant(actions=["sns:Publish"], resources=[topic.arn]), key.use("sns"))
        """Send a message to whoever is subscribed."""
        self.publish()


def failed_runs(names: Names) -> dict[str, object]:
    """Give the pattern of the events that tell of the pipeline's failed runs."""
    return {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Pipeline Execution State Change"],
        "resources": [names.arn("codepipeline", names.pipeline)],
        "detail": {"pipeline": [names.pipeline], "state": list(FAILED)},
    }


def topic_policy(topic_arn: pulumi.Output[str]) -> list[Statement]:
    """Let EventBridge publish, over TLS alone. The account's roles go by their own policies.

    Without a condition on the rule: EventBridge's user guide says that a topic's policy can't have
    one for it ("Using resource-based policies"); with one every message would be lost in silence.
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
