"""A channel of Slack or Microsoft Teams that shows a topic's messages and can change nothing.

The service is Amazon Q Developer in chat applications. Its API and its types are still called
Chatbot. A person must first give it access to the workspace, once, in its console.
"""

from typing import Annotated, Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws
from pydantic import Field
from pydantic.dataclasses import dataclass

from components.base.component import Component
from components.base.iam import Statement, document
from components.base.names import Names
from components.base.pydantic_config import STRICT

GUARDRAIL: Final = "policy/AWSDenyAll"
"""Managed policy that limits every request of a person in the channel. The service's own default
is `AdministratorAccess`."""

TRUST: Final[Statement] = {
    "Effect": "Allow",
    "Principal": {"Service": "chatbot.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
"""It has no condition, because AWS documents none for this service. The role has no permissions."""

Uuid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SlackArgs:
    """A channel of a Slack workspace. The channel's link contains both ids."""

    kind: Literal["slack"]
    team_id: Annotated[str, Field(pattern=r"^T[0-9A-Z]{1,254}$")]
    """The workspace's id."""
    channel_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,255}$")]
    """The channel's id."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TeamsArgs:
    """A channel of a Microsoft Teams team. The channel's link contains its ids."""

    kind: Literal["teams"]
    tenant_id: Uuid
    """The link's `tenantId`."""
    team_id: Uuid
    """The link's `groupId`."""
    channel_id: Annotated[str, Field(pattern=r"^[\w=+/.,-]*%3[aA][\w=+/.,-]*%40[\w=+/.,-]*$")]
    """The channel's id as in the link, with `%3a` and `%40`."""


ChatArgs: TypeAlias = Annotated[SlackArgs | TeamsArgs, Field(discriminator="kind")]


class Chat(Component):
    """The channel's configuration, and the role that the service requires."""

    configuration_arn: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 -- name, arguments, options, its own name and what it hears
        self,
        name: str,
        args: SlackArgs | TeamsArgs,
        *,
        physical: str,
        topic_arn: pulumi.Output[str],
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the role, then subscribe the channel to the topic; `physical` is the name of both.

        The role has no policy, because a message needs none. So nobody in the channel can change
        anything in the account.
        """
        super().__init__("stocktrading:monitoring:Chat", name, opts)
        role = aws.iam.Role(
            f"{name}-role",
            name=physical,
            description="What people in the chat channel may do: nothing",
            assume_role_policy=document([TRUST]),
            opts=self.child,
        )
        guardrails = [f"arn:{names.partition}:iam::aws:{GUARDRAIL}"]
        match args:
            case SlackArgs():
                self.configuration_arn = aws.chatbot.SlackChannelConfiguration(
                    name,
                    configuration_name=physical,
                    slack_team_id=args.team_id,
                    slack_channel_id=args.channel_id,
                    iam_role_arn=role.arn,
                    guardrail_policy_arns=guardrails,
                    sns_topic_arns=[topic_arn],
                    logging_level="ERROR",
                    opts=self.child,
                ).chat_configuration_arn
            case TeamsArgs():
                self.configuration_arn = aws.chatbot.TeamsChannelConfiguration(
                    name,
                    configuration_name=physical,
                    tenant_id=args.tenant_id,
                    team_id=args.team_id,
                    channel_id=args.channel_id,
                    iam_role_arn=role.arn,
                    guardrail_policy_arns=guardrails,
                    sns_topic_arns=[topic_arn],
                    logging_level="ERROR",
                    opts=self.child,
                ).chat_configuration_arn
        self.publish()
