"""The policy in the documentation is enough for the cure, and every action in it is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redrive_world import World, letters_of, now_ms

from local.accounts import REGION, WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator
from simulator.file.times import write_time

pytestmark = pytest.mark.emulator

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "cure-dead-letters.md"
PAIRS = 13
"""Number of pairs of an action and a resource on the page."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a stack with one rejected record, whose letter is on its stream and in the bucket."""
    directory = tmp_path_factory.mktemp("world")
    with Emulator(run_directory=tmp_path_factory.mktemp("emulator")) as emulator:
        made = World(emulator.endpoint, "policy", directory).make()
        key = encrypt(made)
        (letter,) = letters_of(made.put([(b'{"TICKER":"A","PRICE":1}', "k")]))
        made.reject([letter])
        s3: Any = Clients(emulator.endpoint).client("s3", WORKLOAD)
        s3.create_bucket(Bucket="policy-sink")
        rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        s3.put_bucket_encryption(
            Bucket="policy-sink",
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": rule}]
            },
        )
        name = f"dead-letters/{datetime.now(UTC):date=%Y-%m-%d/hour=%H}/letter"
        s3.put_object(Bucket="policy-sink", Key=name, Body=letter)
        yield made


def encrypt(world: World) -> str:
    """Let both streams use a key of their own, as the stack's do. Give the key's ARN."""
    kms: Any = Clients(world.endpoint).client("kms", WORKLOAD)
    key: str = kms.create_key()["KeyMetadata"]["Arn"]
    for stream in (world.ingest, world.letters):
        world.kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId=key)
    return key


@pytest.fixture(scope="module")
def person(world: World) -> Mapping[str, str]:
    """Make a user without permissions. Give the environment with its credentials."""
    iam: Any = Clients(world.endpoint).client("iam", WORKLOAD)
    iam.create_user(UserName="person")
    key = iam.create_access_key(UserName="person")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_MAX_ATTEMPTS": "1",
    }


def documented(world: World) -> list[Mapping[str, str]]:
    """Give a statement for each action and resource of the page's table."""
    summary = world.kinesis.describe_stream_summary(StreamName=world.ingest)
    key = summary["StreamDescriptionSummary"].get("KeyId", "")
    stream = f"arn:aws:kinesis:{REGION}:{WORKLOAD}:stream/".__add__
    meant = {
        "the dead-letter stream": stream(world.letters),
        "the ingest stream": stream(world.ingest),
        "the ingest stream, after an interrupted run": stream(world.ingest),
        "the ingest stream, to send": stream(world.ingest),
        "the application, to send, and for a letter that stands for many records": (
            f"arn:aws:kinesisanalytics:{REGION}:{WORKLOAD}:application/{world.application}"
        ),
        "the stack's key": key,
        "the stack's key, to send": key,
        "the sink's bucket, with `--from bucket`": "arn:aws:s3:::policy-sink",
        "`dead-letters/*` in the sink's bucket, with `--from bucket`": (
            "arn:aws:s3:::policy-sink/dead-letters/*"
        ),
    }
    rows = re.findall(r"^\| (`\w+:\w+`.*) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [
        {"Effect": "Allow", "Action": action, "Resource": meant[words]}
        for actions, words in rows
        for action in re.findall(r"`(\w+:\w+)`", actions)
    ]


def allow(world: World, statements: Sequence[Mapping[str, str]]) -> None:
    """Give the user these permissions and no others."""
    iam: Any = Clients(world.endpoint).client("iam", WORKLOAD)
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_user_policy(UserName="person", PolicyName="cure", PolicyDocument=document)


def cure(world: World, directory: Path) -> str | None:
    """Do everything that the page shows. Give the error of the first command that fails."""
    file, ledger = directory / "letters.jsonl", directory / "ledger.jsonl"
    stream = f"{WORKLOAD}/{REGION}/{world.ingest}"
    at = write_time(now_ms() - 90_000)
    ledger.write_text(json.dumps({"at": at, "stream": stream, "putting": ["x"]}) + "\n", "utf-8")
    for words in (
        ("list", "--by", "key"),
        ("export", "--from", "bucket", "--to", str(file)),
        ("resend", str(file), "--date-now", "--ledger", str(ledger)),
    ):
        result = world.try_(*words)
        if result.exit_code:
            return result.stderr
    return None


def test_the_documented_policy_is_enough(
    world: World, person: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exactly these actions on these resources, a record is found, exported and sent."""
    for name, value in person.items():
        monkeypatch.setenv(name, value)
    before = len(world.read())
    allow(world, documented(world))
    assert cure(world, tmp_path) is None
    assert len(world.read()) == before + 1


@pytest.mark.parametrize("left_out", range(PAIRS))
def test_every_documented_action_is_needed(
    left_out: int,
    world: World,
    person: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without one of them, a command says that access is denied."""
    for name, value in person.items():
        monkeypatch.setenv(name, value)
    statements = documented(world)
    assert len(statements) == PAIRS
    before = len(world.read())
    allow(world, statements[:left_out] + statements[left_out + 1 :])
    told = cure(world, tmp_path)
    assert told is not None
    assert re.search("AccessDenied|may not put records|not authorized", told), told
    assert len(world.read()) == before
