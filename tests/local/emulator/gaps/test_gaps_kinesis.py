"""What the emulator's Kinesis lacks, tested on an emulator without patches."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.awsrequest import AWSRequest
from gap_world import Client, gap, measure_work, refuses

from local.clients import AwsClient
from local.emulator.child import Emulator


@pytest.mark.emulator
def test_a_full_stream_is_slow(plain: Emulator, client: Client) -> None:
    """PutRecord takes 1.5 times the CPU time with 40,000 records on the stream."""
    kinesis = client("kinesis")
    for name in ("empty", "full"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
    batch = [{"Data": b"x", "PartitionKey": "k"}] * 500
    for _ in range(80):
        kinesis.put_records(StreamName="full", Records=batch)

    def put(stream: str) -> Callable[[], object]:
        return lambda: kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")

    slower = measure_work(plain, put("full")) > 1.5 * measure_work(plain, put("empty"))
    gap("patches/kinesis", there=slower)


@pytest.mark.emulator
def test_many_iterators_are_slow(plain: Emulator, client: Client) -> None:
    """PutRecord takes 1.5 times the CPU time after 2,000 iterators were given."""
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    (shard,) = kinesis.list_shards(StreamName="s")["Shards"]

    def put() -> object:
        return kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")

    def get_iterator() -> object:
        return kinesis.get_shard_iterator(
            StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )

    before = measure_work(plain, put)
    for _ in range(2_000):
        get_iterator()
    gap("patches/kinesis", there=measure_work(plain, put) > 1.5 * before)


@pytest.mark.emulator
def test_a_time_in_milliseconds_is_far_ahead(client: Client) -> None:
    """A read from one hour ago, given in milliseconds, finds nothing."""
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    hour_ago = (time.time() - 3600) * 1000

    def in_milliseconds(request: AWSRequest, **_: object) -> None:
        asked = json.loads(request.data or b"") | {"Timestamp": hour_ago}
        request.data = json.dumps(asked)

    kinesis.meta.events.register("request-created.kinesis.GetShardIterator", in_milliseconds)
    iterator = kinesis.get_shard_iterator(
        StreamName="s",
        ShardId="shardId-000000000000",
        ShardIteratorType="AT_TIMESTAMP",
        Timestamp=datetime.now(UTC) - timedelta(hours=1),
    )["ShardIterator"]
    found = kinesis.get_records(ShardIterator=iterator)["Records"]
    gap("patches/kinesis", there=not found)


@pytest.fixture
def resharded(client: Client) -> AwsClient:
    """Give a client of Kinesis. Its stream `s` has three shards with one record each."""
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=3)
    for number in range(3):
        key = str(2**128 * number // 3 + 1)
        kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k", ExplicitHashKey=key)
    return kinesis


@pytest.mark.emulator
def test_a_split_drops_the_parent(client: Client, resharded: AwsClient) -> None:
    """The parent is no longer listed, and its records are lost."""
    del client
    resharded.split_shard(
        StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey="100"
    )
    shards = resharded.list_shards(StreamName="s")["Shards"]
    names = [shard["ShardId"] for shard in shards]
    gap("patches/kinesis_shards", there="shardId-000000000000" not in names)


@pytest.mark.emulator
def test_any_two_shards_are_merged(client: Client, resharded: AwsClient) -> None:
    """Even two shards that aren't adjacent are merged."""
    del client
    refused = refuses(
        lambda: resharded.merge_shards(
            StreamName="s",
            ShardToMerge="shardId-000000000000",
            AdjacentShardToMerge="shardId-000000000002",
        )
    )
    gap("patches/kinesis_shards", there=not refused)


@pytest.mark.emulator
def test_a_new_shard_count_drops_all_records(client: Client, resharded: AwsClient) -> None:
    """Every shard is replaced by an empty one."""
    del client
    resharded.update_shard_count(StreamName="s", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    found = 0
    for shard in resharded.list_shards(StreamName="s")["Shards"]:
        iterator = resharded.get_shard_iterator(
            StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += len(resharded.get_records(ShardIterator=iterator)["Records"])
    gap("patches/kinesis_shards", there=found == 0)


@pytest.mark.emulator
def test_a_shard_count_has_no_limit(client: Client, resharded: AwsClient) -> None:
    """A change from three shards to nine is accepted."""
    del client
    refused = refuses(
        lambda: resharded.update_shard_count(
            StreamName="s", TargetShardCount=9, ScalingType="UNIFORM_SCALING"
        )
    )
    gap("patches/kinesis_shards", there=not refused)


@pytest.mark.emulator
def test_a_shard_filter_is_ignored(client: Client, resharded: AwsClient) -> None:
    """All three shards are listed, although the filter selects those after the second."""
    del client
    asked = {"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"}
    shards = resharded.list_shards(StreamName="s", ShardFilter=asked)["Shards"]
    gap("patches/kinesis_closed_shards", there=len(shards) == 3)


@pytest.mark.emulator
def test_streams_publish_no_metrics(client: Client) -> None:
    """No metric exists after a PutRecord request."""
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey="k")
    metrics = client("cloudwatch").list_metrics(Namespace="AWS/Kinesis")["Metrics"]
    gap("patches/kinesis_metrics", there=not metrics)
