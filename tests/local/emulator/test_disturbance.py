"""Faults on the way to the emulator's Kinesis, as botocore sees them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from common.errors import code_of
from local.accounts import REGION
from local.clients import Clients
from local.emulator import disturbance
from local.emulator.child import Emulator
from local.emulator.disturbance import EFFECTS, Effect, Rule

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

pytestmark = pytest.mark.emulator

SDK: Final[Any] = boto3
ONCE: Final = Config(retries={"total_max_attempts": 1}, read_timeout=10)


def document(effect: Mapping[str, object]) -> str:
    """Write a policy with one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **effect}]})


@pytest.fixture
def kinesis(emulator: Emulator, clients: Clients, account: str) -> Iterator[KinesisClient]:
    """Give a client that doesn't retry, and a stream. The rules end with the test.

    It signs as a role, because the emulator checks the signature of a role's requests once more.
    """
    iam = clients.client("iam", account)
    principal = {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="all", AssumeRolePolicyDocument=document(principal))
    policy = document({"Action": "kinesis:*", "Resource": "*"})
    iam.put_role_policy(RoleName="all", PolicyName="all", PolicyDocument=policy)
    client: KinesisClient = SDK.client(
        "kinesis",
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        config=ONCE,
        **clients.assume_role(arn["Role"]["Arn"], account),
    )
    client.create_stream(StreamName="trades", ShardCount=1)
    client.get_waiter("stream_exists").wait(StreamName="trades")
    yield client
    disturbance.write(emulator.disturbances, [])


def disturb(
    emulator: Emulator, effect: Effect, operation: str = "PutRecords", **more: float
) -> None:
    """Let all requests of an operation have a fault. `more` are fields of the rule."""
    given: Any = {"until": float("inf"), **more}
    disturbance.write(
        emulator.disturbances, [Rule(effect=effect, operations=[operation], share=1.0, **given)]
    )


def put(kinesis: KinesisClient, *texts: bytes) -> list[str | None]:
    """Put records, and give an error code or None for each."""
    records: Any = [{"Data": text, "PartitionKey": "a"} for text in texts]
    answer = kinesis.put_records(StreamName="trades", Records=records)
    return [each.get("ErrorCode") for each in answer["Records"]]


def stored(kinesis: KinesisClient) -> list[bytes]:
    """Read the whole stream."""
    iterator = kinesis.get_shard_iterator(
        StreamName="trades", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return [each["Data"] for each in kinesis.get_records(ShardIterator=iterator)["Records"]]


def test_a_throttled_put_refuses_some_entries_and_stores_the_others(
    emulator: Emulator, kinesis: KinesisClient
) -> None:
    """The answer is in the order of the entries, as the service's is."""
    texts = [f"{number}".encode() for number in range(100)]
    disturb(emulator, "throttled")
    codes = put(kinesis, *texts)
    assert set(codes) == {None, disturbance.LIMIT}
    assert stored(kinesis) == [text for text, code in zip(texts, codes, strict=True) if not code]


def test_a_throttled_read_has_the_code_of_the_service(
    emulator: Emulator, kinesis: KinesisClient
) -> None:
    """Other operations are served."""
    disturb(emulator, "throttled", "GetRecords")
    assert put(kinesis, b"one") == [None]
    with pytest.raises(ClientError) as error:
        stored(kinesis)
    assert code_of(error.value) == disturbance.LIMIT


def test_a_failed_request_has_status_500_and_is_not_executed(
    emulator: Emulator, kinesis: KinesisClient
) -> None:
    """Botocore retries such an answer by default."""
    disturb(emulator, "failed")
    with pytest.raises(ClientError) as error:
        put(kinesis, b"one")
    assert error.value.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 500
    assert stored(kinesis) == []


@pytest.mark.parametrize(("effect", "left"), [("cut", []), ("answer lost", [b"one"])])
def test_a_cut_connection_is_an_error_of_the_connection(
    emulator: Emulator, kinesis: KinesisClient, effect: Effect, left: list[bytes]
) -> None:
    """If only the answer is lost, the record is stored."""
    disturb(emulator, effect)
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        put(kinesis, b"one")
    assert stored(kinesis) == left


def test_a_slow_request_is_executed_later(emulator: Emulator, kinesis: KinesisClient) -> None:
    """The answer is the usual one."""
    disturb(emulator, "slow", seconds=1.0)
    begun = time.monotonic()
    assert put(kinesis, b"one") == [None]
    assert time.monotonic() - begun > 1


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_rule_ends_at_its_time(
    emulator: Emulator, kinesis: KinesisClient, effect: Effect
) -> None:
    """A campaign that was killed leaves no fault behind."""
    disturb(emulator, effect, until=time.time() - 1, seconds=60)
    assert put(kinesis, b"one") == [None]
