"""Alarms in CloudWatch, one alarm over those that need a person, and the topic that they notify."""

from typing import Annotated, Literal

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component, after
from components.base.iam import Statement, Text, document
from components.base.names import Names
from components.base.pydantic_config import STRICT
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import Rule, Thresholds, expression
from components.monitoring.chat import Chat, ChatArgs
from components.monitoring.metrics import Metric
from components.storage.key import Key


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Subscription:
    """Who is notified. An address must confirm the subscription first."""

    protocol: Literal["email", "email-json", "https", "lambda", "sqs"]
    """Protocol of the notification."""
    endpoint: Annotated[str, Field(min_length=3)]
    """Address, URL or ARN."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AlarmsArgs:
    """Who is notified of what."""

    notify: Literal["person", "all"] = "person"
    """`person`: notify if the platform needs a person. `all`: notify of every single alarm too."""
    subscriptions: list[Subscription] = Field(default_factory=list[Subscription])
    runbook: Annotated[str, Field(pattern=r"^\S+\.(md|html)$|^https://\S+/$", max_length=500)] = (
        "docs/runbook.md"
    )
    """Address of the runbook. Each alarm's text ends with the address of its section. It is a path
    in the repository, or a URL: `https://github.com/OWNER/NAME/blob/main/docs/runbook.md`."""
    chat: ChatArgs | None = None
    """A channel of Slack or Teams. It shows an alarm in the service's own format."""


class Alarms(Component):
    """All alarms of the stack."""

    topic_arn: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options and what it is wired to
        self,
        name: str,
        args: AlarmsArgs,
        *,
        thresholds: Thresholds,
        key: Key,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the topic, the alarms, and the alarm over those that need a person."""
        super().__init__("stocktrading:monitoring:Alarms", name, opts)
        topic, policy = self._topic(name, args, key, names)
        self.topic_arn = topic.arn
        # While the topic's policy doesn't allow CloudWatch, an alarm's message is lost.
        self._told = after(self.child, policy)
        actions = [topic.arn] if args.notify == "all" else []
        needing: list[pulumi.Output[str]] = []
        for rule in rules(names, thresholds):
            alarm = self._alarm(name, rule, args.runbook, names, actions)
            if rule.person:
                needing.append(alarm.name)
        aws.cloudwatch.CompositeAlarm(
            f"{name}-person",
            alarm_name=names.alarm("needs-a-person"),
            alarm_description="The platform needs a person. See which alarm rings, and its text. "
            f"Runbook: {args.runbook}",
            alarm_rule=pulumi.Output.all(*needing).apply(
                lambda found: " OR ".join(f'ALARM("{each}")' for each in found)
            ),
            actions_enabled=True,  # declared, so that a roll-out ends a mute
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            opts=self._told,
        )
        self.publish()

    def _topic(
        self, name: str, args: AlarmsArgs, key: Key, names: Names
    ) -> tuple[aws.sns.Topic, aws.sns.TopicPolicy]:
        topic = aws.sns.Topic(name, name=names.topic, kms_master_key_id=key.arn, opts=self.child)
        policy = aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=document(topic_policy(names, topic.arn)),
            opts=self.child,
        )
        for subscription in args.subscriptions:
            aws.sns.TopicSubscription(
                f"{name}-{subscription.protocol}-{subscription.endpoint}",
                topic=topic.arn,
                protocol=subscription.protocol,
                endpoint=subscription.endpoint,
                opts=self.child,
            )
        if args.chat:
            Chat(
                f"{name}-channel",
                args.chat,
                physical=names.alarms_chat,
                topic_arn=topic.arn,
                names=names,
                opts=self.child,
            )
        return topic, policy

    def _alarm(
        self,
        name: str,
        rule: Rule,
        runbook: str,
        names: Names,
        actions: list[pulumi.Output[str]],
    ) -> aws.cloudwatch.MetricAlarm:
        metric = rule.metric
        plain = rule.form == "plain"
        return aws.cloudwatch.MetricAlarm(
            f"{name}-{rule.noun}",
            name=names.alarm(rule.noun),
            alarm_description=f"{rule.meaning} Runbook: {runbook}#{rule.noun}",
            comparison_operator="GreaterThanThreshold"
            if rule.below is None
            else "LessThanThreshold",
            threshold=rule.above if rule.below is None else rule.below,
            evaluation_periods=rule.within or rule.periods,
            datapoints_to_alarm=rule.periods,
            treat_missing_data=rule.missing,
            namespace=metric.namespace if plain else None,
            metric_name=metric.name if plain else None,
            dimensions=metric.dimensions if plain else None,
            statistic=metric.stat if plain else None,
            period=metric.period if plain else None,
            metric_queries=None if plain else queries(rule, names),
            actions_enabled=True,
            alarm_actions=actions,
            ok_actions=actions,
            opts=self._told,
        )


def queries(rule: Rule, names: Names) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict]:
    """Give the metric queries of a rule that uses an expression."""
    metric = rule.metric
    result: aws.cloudwatch.MetricAlarmMetricQueryArgsDict = {
        "id": "result",
        "expression": expression(rule, names) or "m",
        "label": rule.noun,
        "return_data": True,
    }
    if rule.form == "across":
        return [{**result, "period": metric.period}]
    read = [_source("r", rule.reader)] if rule.reader else []
    return [_source("m", metric), *read, result]


def _source(name: str, metric: Metric) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
    return {
        "id": name,
        "metric": {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": metric.dimensions,
            "stat": metric.stat,
            "period": metric.period,
        },
        "return_data": False,
    }


def topic_policy(names: Names, topic_arn: Text) -> list[Statement]:
    """Let this account's alarms publish, and refuse plain HTTP."""
    return [
        {
            "Sid": "AlarmsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": names.account_id},
                "ArnLike": {"aws:SourceArn": names.arn("cloudwatch", f"alarm:{names.prefix}-*")},
            },
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
