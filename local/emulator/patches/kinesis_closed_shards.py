"""Kinesis: how closed shards are listed and read.

On AWS a split or merge closes the parent shards ("Data Routing, Data Persistence, and Shard State
after a Reshard"). ListShards still lists them, with their last possible sequence number. Consumers
can read them until retention ends. At the end of a closed shard a consumer gets the names of the
shard's children instead of a next iterator.

The emulator knows no closed shards: `test_a_split_drops_the_parent`. A consumer that has not read
all of a parent then fails or loses trades. ListShards returns only the shards that its filter
selects. The emulator lists all: `test_a_shard_filter_is_ignored`.
"""

import importlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from local.emulator.patches import Module
from local.emulator.patches.kinesis import SECONDS_AN_HOUR, in_seconds
from local.emulator.patches.kinesis_shards import Answer, Shard, Stream, open_shards, status_of

Handler: TypeAlias = Callable[[Mapping[str, Any]], Answer]

OK: Final = 200


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    kinesis._expire_records = dropping_closed(kinesis._expire_records)
    kinesis._shard_out = _with_its_end(kinesis._shard_out)
    kinesis._stream_desc = _with_status(kinesis._stream_desc)
    kinesis._describe_stream_summary = _summing_up(kinesis)
    kinesis._list_shards = _filtered(kinesis)
    kinesis._get_records = _ending(kinesis)


def dropping_closed(expire: Callable[[Stream], None]) -> Callable[[Stream], None]:
    """Delete expired records, and shards that were closed before the retention period began."""

    def expire_records(stream: Stream) -> None:
        horizon = time.time() - stream["RetentionPeriodHours"] * SECONDS_AN_HOUR
        for name, shard in list(stream["shards"].items()):
            if shard.get("closed", horizon) < horizon:
                del stream["shards"][name]
        expire(stream)

    return expire_records


def _with_its_end(
    describe: Callable[[str, Shard], dict[str, Any]],
) -> Callable[..., dict[str, Any]]:
    def shard_out(name: str, shard: Shard) -> dict[str, Any]:
        described = describe(name, shard)
        if "closed" in shard:
            last = shard["ending_sequence_number"]
            described["SequenceNumberRange"]["EndingSequenceNumber"] = last
        return described

    return shard_out


def _with_status(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def stream_desc(stream: Stream, *more: object) -> dict[str, Any]:
        return describe(stream, *more) | {"StreamStatus": status_of(stream)}

    return stream_desc


def _summing_up(kinesis: Module) -> Handler:
    describe: Handler = kinesis._describe_stream_summary

    def describe_stream_summary(asked: Mapping[str, Any]) -> Answer:
        status, headers, body = describe(asked)
        _, stream = kinesis._resolve_stream(asked)
        if status == OK and stream:
            summary = json.loads(body)["StreamDescriptionSummary"]
            summary["OpenShardCount"] = len(dict(open_shards(stream)))
            summary["StreamStatus"] = status_of(stream)
            return kinesis.json_response({"StreamDescriptionSummary": summary})
        return status, headers, body

    return describe_stream_summary


def _filtered(kinesis: Module) -> Handler:
    list_all: Handler = kinesis._list_shards

    def list_shards(asked: Mapping[str, Any]) -> Answer:
        _, stream = kinesis._resolve_stream(asked)
        if stream:
            kinesis._expire_records(stream)
        status, headers, body = list_all(asked)
        wanted = asked.get("ShardFilter")
        if status == OK and wanted:
            answer = json.loads(body)
            answer["Shards"] = [
                each for each in answer["Shards"] if _passes(each["ShardId"], stream, wanted)
            ]
            return kinesis.json_response(answer)
        return status, headers, body

    return list_shards


def _passes(name: str, stream: Stream, wanted: Mapping[str, Any]) -> bool:
    """Return whether a ListShards filter selects a shard."""
    shard = stream["shards"][name]
    begin = int(shard["starting_sequence_number"][:20]) / 1000  # it begins with a time
    end = shard.get("closed", float("inf"))
    retention = stream["RetentionPeriodHours"] * SECONDS_AN_HOUR
    horizon = max(time.time() - retention, stream["CreationTimestamp"] + 1)
    at = in_seconds(float(wanted.get("Timestamp") or horizon))
    match wanted["Type"]:
        case "AFTER_SHARD_ID":
            return name > wanted["ShardId"]
        case "AT_LATEST":
            return end == float("inf")
        case "AT_TRIM_HORIZON":
            return begin <= horizon and end >= horizon
        case "AT_TIMESTAMP":
            return begin <= at <= end
        case "FROM_TIMESTAMP":
            return end >= at
        case _:  # FROM_TRIM_HORIZON: all shards
            return True


def _ending(kinesis: Module) -> Handler:
    get: Handler = kinesis._get_records

    def get_records(asked: Mapping[str, Any]) -> Answer:
        """Return the children instead of a next iterator at the end of a closed shard."""
        place: Mapping[str, Any] | None = kinesis._shard_iterators.get(asked.get("ShardIterator"))
        status, headers, body = get(asked)
        if status != OK or place is None:
            return status, headers, body
        stream, name = kinesis._streams[place["stream"]], place["shard_id"]
        shard = stream["shards"][name]
        if "closed" not in shard:
            return status, headers, body
        answer = json.loads(body)
        following = answer["NextShardIterator"]
        if kinesis._shard_iterators[following]["position"] >= len(shard["records"]):
            del kinesis._shard_iterators[following]
            del answer["NextShardIterator"]
            answer["ChildShards"] = list(_children(kinesis, stream, name))
        return kinesis.json_response(answer)

    return get_records


def _children(kinesis: Module, stream: Stream, parent: str) -> Iterator[Mapping[str, Any]]:
    for name, shard in stream["shards"].items():
        parents = [shard["parent_shard_id"], shard["adjacent_parent_shard_id"]]
        if parent in parents:
            described = kinesis._shard_out(name, shard)
            yield {
                "ShardId": name,
                "ParentShards": [each for each in parents if each],
                "HashKeyRange": described["HashKeyRange"],
            }
