"""Splits and merges of shards behave as on Kinesis."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from patience import wait_for

from local.clients import AwsClient, Clients
from local.emulator.patches.kinesis_closed_shards import dropping_closed

pytestmark = pytest.mark.emulator

MIDDLE = 2**127
QUARTER = 2**126


@pytest.fixture
def kinesis(clients: Clients, account: str) -> AwsClient:
    """Give a client of a separate account. Its stream `s` has two shards."""
    client = clients.client("kinesis", account)
    client.create_stream(StreamName="s", ShardCount=2)
    return client


def _put(kinesis: AwsClient, *keys: int) -> None:
    for key in keys:
        kinesis.put_record(
            StreamName="s", Data=str(key).encode(), PartitionKey="k", ExplicitHashKey=str(key)
        )


def _read(kinesis: AwsClient, shard: str) -> Iterator[Mapping[str, Any]]:
    """Give responses until the shard ends or has no more records for now."""
    asked = {"StreamName": "s", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
    while iterator:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=2)
        yield answer
        iterator = answer.get("NextShardIterator") if answer["Records"] else None


def _data(kinesis: AwsClient, shard: str) -> list[int]:
    return [int(each["Data"]) for got in _read(kinesis, shard) for each in got["Records"]]


def _shards(kinesis: AwsClient, **filtered: object) -> list[str]:
    asked = {"ShardFilter": filtered} if filtered else {}
    return [each["ShardId"][-1] for each in kinesis.list_shards(StreamName="s", **asked)["Shards"]]


def _settle(kinesis: AwsClient) -> None:
    wait_for(lambda: _status(kinesis) == "ACTIVE")


def _status(kinesis: AwsClient) -> str:
    told = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    return told["StreamStatus"]


def _split(kinesis: AwsClient, number: int, at: int) -> None:
    kinesis.split_shard(
        StreamName="s", ShardToSplit=f"shardId-{number:012d}", NewStartingHashKey=str(at)
    )


def _merge(kinesis: AwsClient, number: int, other: int) -> None:
    names = (f"shardId-{each:012d}" for each in (number, other))
    kinesis.merge_shards(
        **dict(zip(("ShardToMerge", "AdjacentShardToMerge"), names, strict=True), StreamName="s")
    )


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as told:
        call()
    return told.value.response.get("Error", {}).get("Code", "")


def test_the_parent_of_a_split_stays_readable_and_ends_in_its_children(kinesis: AwsClient) -> None:
    """No record is lost, no new record goes to the parent, and its end names its children."""
    _put(kinesis, 1, 2, 3)
    _split(kinesis, 0, QUARTER)
    _put(kinesis, 4, QUARTER + 5, MIDDLE + 6)
    assert _data(kinesis, "shardId-000000000000") == [1, 2, 3]
    assert _data(kinesis, "shardId-000000000002") == [4]
    assert _data(kinesis, "shardId-000000000003") == [QUARTER + 5]
    *_, last = _read(kinesis, "shardId-000000000000")
    assert "NextShardIterator" not in last
    assert [each["ShardId"][-1] for each in last["ChildShards"]] == ["2", "3"]
    assert last["ChildShards"][0]["ParentShards"] == ["shardId-000000000000"]


def test_an_iterator_from_before_the_split_reads_on_to_the_end(kinesis: AwsClient) -> None:
    """A consumer that reads while the shard closes loses no record."""
    _put(kinesis, 1)
    asked = {"StreamName": "s", "ShardId": "shardId-000000000000"}
    iterator = kinesis.get_shard_iterator(**asked, ShardIteratorType="LATEST")["ShardIterator"]
    _put(kinesis, 2)
    _split(kinesis, 0, QUARTER)
    answer = kinesis.get_records(ShardIterator=iterator)
    assert [each["Data"] for each in answer["Records"]] == [b"2"]
    assert "NextShardIterator" not in answer


def test_a_closed_shard_is_listed_with_its_end_and_counts_as_closed(kinesis: AwsClient) -> None:
    """Its last possible sequence number is after its records and before its children's records."""
    _put(kinesis, 1)
    _split(kinesis, 0, QUARTER)
    shards = {each["ShardId"][-1]: each for each in kinesis.list_shards(StreamName="s")["Shards"]}
    ranges = {name: shard["SequenceNumberRange"] for name, shard in shards.items()}
    assert [n for n, each in ranges.items() if "EndingSequenceNumber" in each] == ["0"]
    assert ranges["0"]["EndingSequenceNumber"] < ranges["2"]["StartingSequenceNumber"]
    assert (shards["2"]["ParentShardId"], shards["3"]["ParentShardId"]) == (
        "shardId-000000000000",
        "shardId-000000000000",
    )
    told = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    assert told["OpenShardCount"] == 3


def test_a_merge_closes_both(kinesis: AwsClient) -> None:
    """The child names both parents, and gets the hash keys of both."""
    _put(kinesis, 1, MIDDLE)
    _merge(kinesis, 0, 1)
    _put(kinesis, 2, MIDDLE + 1)
    assert _data(kinesis, "shardId-000000000000") == [1]
    assert _data(kinesis, "shardId-000000000001") == [MIDDLE]
    assert _data(kinesis, "shardId-000000000002") == [2, MIDDLE + 1]
    *_, child = kinesis.list_shards(StreamName="s")["Shards"]
    assert child["AdjacentParentShardId"] == "shardId-000000000001"


@pytest.mark.parametrize("target", [1, 3, 4])
def test_a_new_shard_count_spreads_the_hash_keys_evenly_and_loses_nothing(
    kinesis: AwsClient, target: int
) -> None:
    """The shards are split and merged, so earlier records can still be read."""
    _put(kinesis, 1, MIDDLE)
    answer = kinesis.update_shard_count(
        StreamName="s", TargetShardCount=target, ScalingType="UNIFORM_SCALING"
    )
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (2, target)
    open_shards = kinesis.list_shards(StreamName="s", ShardFilter={"Type": "AT_LATEST"})["Shards"]
    begins = sorted(int(each["HashKeyRange"]["StartingHashKey"]) for each in open_shards)
    assert begins == [2**128 * number // target for number in range(target)]
    _put(kinesis, 2)
    read = [
        each for name in _shards(kinesis) for each in _data(kinesis, f"shardId-{int(name):012d}")
    ]
    assert sorted(read) == [1, 2, MIDDLE]


def test_a_stream_is_updating_after_a_reshard_and_takes_records_meanwhile(
    kinesis: AwsClient,
) -> None:
    """Another reshard is refused until the stream is active again."""
    _split(kinesis, 0, QUARTER)
    assert _status(kinesis) == "UPDATING"
    described = kinesis.describe_stream(StreamName="s")["StreamDescription"]
    assert described["StreamStatus"] == "UPDATING"
    _put(kinesis, 1)
    assert _refused(lambda: _split(kinesis, 1, MIDDLE + 1)) == "ResourceInUseException"
    assert _refused(lambda: _merge(kinesis, 2, 3)) == "ResourceInUseException"
    _settle(kinesis)
    _merge(kinesis, 2, 3)


def test_what_cannot_be_resharded_is_refused(kinesis: AwsClient) -> None:
    """Refused: a closed shard, shards not adjacent, a foreign key, above double, below half."""

    def scale(target: int) -> Callable[[], object]:
        return lambda: kinesis.update_shard_count(
            StreamName="s", TargetShardCount=target, ScalingType="UNIFORM_SCALING"
        )

    _split(kinesis, 0, QUARTER)
    _settle(kinesis)
    assert _refused(lambda: _split(kinesis, 0, QUARTER)) == "InvalidArgumentException"
    assert _refused(lambda: _merge(kinesis, 2, 1)) == "InvalidArgumentException"
    assert _refused(lambda: _split(kinesis, 1, 5)) == "InvalidArgumentException"
    assert _refused(lambda: _split(kinesis, 9, 5)) == "ResourceNotFoundException"
    assert _refused(scale(7)) == "LimitExceededException"
    assert _refused(scale(1)) == "LimitExceededException"


def test_shards_are_listed_by_what_a_filter_asks_for(kinesis: AwsClient) -> None:
    """A filter selects open shards, those since the beginning, after a shard, or at a time."""
    before = time.time()
    time.sleep(0.01)
    _split(kinesis, 0, QUARTER)
    assert _shards(kinesis) == ["0", "1", "2", "3"]
    assert _shards(kinesis, Type="AT_LATEST") == ["1", "2", "3"]
    assert _shards(kinesis, Type="FROM_TRIM_HORIZON") == ["0", "1", "2", "3"]
    assert _shards(kinesis, Type="AFTER_SHARD_ID", ShardId="shardId-000000000001") == ["2", "3"]
    assert _shards(kinesis, Type="AT_TIMESTAMP", Timestamp=before) == ["0", "1"]
    assert _shards(kinesis, Type="FROM_TIMESTAMP", Timestamp=before) == ["0", "1", "2", "3"]
    assert _shards(kinesis, Type="FROM_TIMESTAMP", Timestamp=time.time()) == ["1", "2", "3"]
    assert _shards(kinesis, Type="AT_TIMESTAMP", Timestamp=time.time()) == ["1", "2", "3"]


def test_a_closed_shard_is_forgotten_when_retention_ends() -> None:
    """The test calls the emulator's function, because the emulator's clock can't be changed."""
    hour = 3600
    ages = {"open": None, "recent": 23 * hour, "old": 25 * hour}
    now = time.time()
    shards: dict[str, dict[str, Any]] = {
        name: {} if age is None else {"closed": now - age} for name, age in ages.items()
    }
    expired: list[object] = []
    stream = {"RetentionPeriodHours": 24, "shards": shards}
    dropping_closed(expired.append)(stream)
    assert list(shards) == ["open", "recent"]
    assert expired == [stream]
