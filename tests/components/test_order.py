"""Each resource waits for the settings of other resources that AWS needs first.

An input can express only that another resource exists. That its policies and settings are in place
must be declared.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pytest
from recorder import Recorded, Recorder, main_program, record, stack_config

BUCKET: Final = "aws:s3/bucket:Bucket"

SETTINGS: Final = (
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
)
"""Settings that apply only to objects that are written later, or to those who write them."""

HOLDERS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "aws:iam/role:Role": ("name", "role", ("aws:iam/rolePolicy:RolePolicy",)),
    BUCKET: ("bucket", "bucket", SETTINGS),
    "aws:sns/topic:Topic": ("arn", "arn", ("aws:sns/topicPolicy:TopicPolicy",)),
}
"""By type: the output and the input by which its settings name it, and the types of its settings.

A service that uses a role needs the role's policies. What writes to a bucket needs the bucket's
settings. What publishes to a topic needs the topic's policy.
"""

NOT_USERS: Final = (
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    "aws:glue/catalogTable:CatalogTable",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:sns/topicSubscription:TopicSubscription",
    *(kind for _, _, kinds in HOLDERS.values() for kind in kinds),
)
"""Types that name a resource, and neither act for it nor write to it."""

CONFIGURATIONS: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    "sandbox": ("sandbox", {"alarms": {"notify": "all"}}),
    "sandbox, sink http": (
        "sandbox",
        {
            "sink": {
                "destination": {"kind": "http", "url": "https://desk.example.com"},
                "transform": {},
            }
        },
    ),
    "sandbox, chat": (
        "sandbox",
        {"alarms": {"chat": {"kind": "slack", "team_id": "T0000DESK", "channel_id": "C0000DESK"}}},
    ),
    "tooling": ("tooling", {}),
    "tooling, chat": (
        "tooling",
        {
            "notifications": {
                "chat": {"kind": "slack", "team_id": "T0000DESK", "channel_id": "C0000DESK"}
            }
        },
    ),
}


def texts(value: object) -> Iterator[str]:
    """Give every text in a value, at any depth."""
    match value:
        case str():
            yield value
        case dict():
            for each in cast("dict[str, object]", value).values():
                yield from texts(each)
        case list():
            for each in cast("list[object]", value):
                yield from texts(each)
        case _:
            pass


def needed(stack: Recorder, name: str) -> set[str]:
    """Give the names of all resources that a resource waits for, also through others."""
    by_name = {one.name: one for one in stack.resources}
    found: set[str] = set()
    left = [name]
    while left:
        one = by_name.get(left.pop())
        for each in cast("list[str]", one.options["dependsOn"]) if one else []:
            if each not in found:
                found.add(each)
                left.append(each)
    return found


def outputs(one: Recorded) -> Mapping[str, Any]:
    """Give a recorded resource's outputs, as the recorder makes them."""
    named = one.inputs.get("name") or one.inputs.get("bucket") or one.name
    return {"arn": f"arn:test:{one.kind}:{named}", **one.inputs}


def missing(stack: Recorder) -> list[str]:
    """Give each resource that doesn't wait for a setting of a resource that it uses."""
    found: list[str] = []
    for kind, (output, key, kinds) in HOLDERS.items():
        for holder in stack.all(kind):
            told = outputs(holder)
            settings = [
                one
                for one in stack.resources
                if one.kind in kinds and one.inputs[key] == told[output]
            ]
            for user in stack.resources:
                if user.kind in NOT_USERS or not user.kind.startswith("aws:") or user is holder:
                    continue
                named = {told["arn"], told[output]} if kind == BUCKET else {told["arn"]}
                if not named & {*texts(user.inputs)}:
                    continue
                waits = needed(stack, user.name)
                found += [
                    f"{user.name} waits not for {one.name}"
                    for one in settings
                    if one.name not in waits
                ]
    return found


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_each_resource_waits_for_the_settings_of_what_it_uses(
    packaged: Path, configuration: str
) -> None:
    """Roles' policies, buckets' settings and topics' policies come before those who need them."""
    assert packaged
    stack, changes = CONFIGURATIONS[configuration]
    recorded = record(main_program, stack_config(stack, **changes), stack=stack)
    assert missing(recorded) == []


def test_the_archive_gets_a_version(sandbox: Recorder) -> None:
    """S3 gives an object a version only if the bucket's versioning is already on."""
    archive = sandbox.one("aws:s3/bucketObjectv2:BucketObjectv2")
    (versioning,) = (
        one
        for one in sandbox.all("aws:s3/bucketVersioning:BucketVersioning")
        if one.inputs["bucket"] == archive.inputs["bucket"]
    )
    assert versioning.name in needed(sandbox, archive.name)


def test_a_bucket_gets_one_change_of_its_access_at_a_time(
    sandbox: Recorder, tooling: Recorder
) -> None:
    """S3 refuses simultaneous changes of one bucket's access (OperationAborted)."""
    access = SETTINGS[:3]
    for stack in (sandbox, tooling):
        for bucket in stack.all(BUCKET):
            changes = [
                one
                for one in stack.resources
                if one.kind in access and one.inputs["bucket"] == bucket.inputs["bucket"]
            ]
            assert len(changes) == len(access)
            waiting = sorted(
                len({each.name for each in changes} & needed(stack, one.name)) for one in changes
            )
            assert waiting == [0, 1, 2], bucket.name
