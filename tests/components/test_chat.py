"""A chat's channel: its permissions, and the format of its messages."""

import json
import re
from pathlib import Path
from typing import Any

import aws_requests
import pytest
from recorder import Recorded, Recorder, main_program, record, stack_config

from components.base.names import Names
from components.base.validation import SettingsError, decode
from components.pipeline.messages import FAILED, PATHS, WAITING, News
from components.pipeline.notifications import NotificationsArgs

SLACK = {"kind": "slack", "team_id": "T0123DESK", "channel_id": "C0123OPS"}
TEAMS = {
    "kind": "teams",
    "tenant_id": "11111111-2222-3333-4444-555555555555",
    "team_id": "66666666-7777-8888-9999-000000000000",
    "channel_id": "19%3aops%40thread.tacv2",
}
KINDS = {
    "slack": "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    "teams": "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
}
NAMES = Names(prefix="stocktrading", account_id="111111111111", region="us-east-1")


@pytest.fixture(scope="module")
def stacks() -> dict[str, Recorder]:
    """Give the tooling stack with a chat, for each kind of chat."""
    return {
        chat["kind"]: record(
            main_program,
            stack_config("tooling", notifications={"chat": chat}),
            stack="tooling",
        )
        for chat in (SLACK, TEAMS)
    }


def channel(stack: Recorder, kind: str) -> Recorded:
    """Give the stack's one channel."""
    return stack.one(KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_the_services_model_accepts_the_channel(stacks: dict[str, Recorder], kind: str) -> None:
    """Members, types, patterns and lengths."""
    inputs = dict(channel(stacks[kind], kind).inputs)
    inputs["iamRoleArn"] = (
        "arn:aws:iam::111111111111:role/" + inputs["iamRoleArn"].rpartition(":")[2]
    )
    inputs["snsTopicArns"] = ["arn:aws:sns:us-east-1:111111111111:stocktrading-pipeline-chat"]
    operation = {"slack": "Slack", "teams": "MicrosoftTeams"}[kind]
    request = aws_requests.checked("chatbot", f"Create{operation}ChannelConfiguration", inputs)
    assert request["ConfigurationName"] == "stocktrading-pipeline-chat"


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_in_the_channel_can_do_anything(stacks: dict[str, Recorder], kind: str) -> None:
    """The role has no policy, and the guardrail denies what another role would allow."""
    stack = stacks[kind]
    inputs = channel(stack, kind).inputs
    assert inputs["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]
    assert inputs["iamRoleArn"].endswith(":stocktrading-pipeline-chat")
    role = stack.one("aws:iam/role:Role", "notifications-channel-role")
    (trust,) = role.document("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "chatbot.amazonaws.com"}
    policies = stack.all("aws:iam/rolePolicy:RolePolicy")
    assert not [one for one in policies if "chat" in str(one.inputs["role"])]
    assert not stack.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")


def test_the_chat_has_its_own_topic_for_failures_and_approvals(
    stacks: dict[str, Recorder],
) -> None:
    """A chat would drop the mail topic's text. Both topics are encrypted and allow only TLS."""
    stack = stacks["slack"]
    topics = {one.name: one.inputs for one in stack.all("aws:sns/topic:Topic")}
    assert topics["notifications-chat"]["name"] == "stocktrading-pipeline-chat"
    assert {one["kmsMasterKeyId"] for one in topics.values()} == {stack.outputs["key_arn"]}
    assert len(stack.all("aws:sns/topicPolicy:TopicPolicy")) == 2
    (heard,) = channel(stack, "slack").inputs["snsTopicArns"]
    assert heard != stack.outputs["notifications_topic_arn"]
    told = {
        (one.inputs["rule"], one.inputs["arn"] == heard)
        for one in stack.all("aws:cloudwatch/eventTarget:EventTarget")
    }
    assert told == {
        ("stocktrading-pipeline-failed", False),
        ("stocktrading-pipeline-failed", True),
        ("stocktrading-pipeline-waiting", True),
    }


def filled(template: str) -> Any:  # noqa: ANN401 -- as JSON comes
    """Put an event's parts into a template, as EventBridge does, and read the JSON."""
    event = dict.fromkeys(PATHS, "value")
    return json.loads(re.sub(r"<(\w+)>", lambda found: event[found[1]], template))


@pytest.mark.parametrize("news", [FAILED, WAITING], ids=lambda news: news.noun)
def test_a_message_for_the_chat_is_a_custom_notification(news: News) -> None:
    """It has version, source and description. Without them the client drops the message."""
    message = filled(news.chat(NAMES))
    assert (message["version"], message["source"]) == ("1.0", "custom")
    assert message["content"]["textType"] == "client-markdown"
    assert NAMES.pipeline_url in message["content"]["description"]
    assert "<" not in json.dumps(message)
    assert isinstance(filled(news.text(NAMES)), str)


def test_an_approval_that_begins_is_an_action_of_its_category() -> None:
    """The start of other actions sends no message."""
    detail = WAITING.pattern(NAMES)["detail"]
    assert detail == {
        "pipeline": ["stocktrading-pipeline"],
        "state": ["STARTED"],
        "type": {"category": ["Approval"]},
    }


def test_alarms_go_to_a_chat_as_they_are(packaged: Path) -> None:
    """The service knows the format of alarms. The channel's role has the permissions boundary."""
    assert packaged
    stack = record(main_program, stack_config(alarms={"chat": SLACK}))
    inputs = channel(stack, "slack").inputs
    assert inputs["configurationName"] == "stocktrading-alarms-chat"
    assert inputs["snsTopicArns"][0].endswith(":stocktrading-alarms")
    role = stack.one("aws:iam/role:Role", "alarms-channel-role")
    assert "stocktrading-boundary" in role.inputs["permissionsBoundary"]


def test_no_chat_unless_configured(sandbox: Recorder, tooling: Recorder) -> None:
    """A person must first give the service access to the workspace."""
    for stack in (sandbox, tooling):
        assert not [one for one in stack.resources if "chatbot" in one.kind]


@pytest.mark.parametrize(
    ("chat", "told"),
    [
        ({"kind": "irc"}, "chat.kind: given 'irc'; allowed: 'slack', 'teams'"),
        (SLACK | {"team_id": "desk"}, "team_id: given 'desk'; string should match"),
        (
            SLACK | {"channel": "x"},
            "channel: unknown key; did you mean channel_id? allowed: kind, ",
        ),
    ],
)
def test_a_mistake_in_a_chats_settings_is_named(chat: dict[str, str], told: str) -> None:
    """Before anything is made, in one line."""
    with pytest.raises(SettingsError) as caught:
        decode(NotificationsArgs, json.dumps({"chat": chat}), "")
    assert told in str(caught.value)
