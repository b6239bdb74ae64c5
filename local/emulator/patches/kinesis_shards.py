"""Kinesis: splits and merges of shards.

On AWS a split or merge (a reshard) closes the parent shards ("Data Routing, Data Persistence, and
Shard State after a Reshard"). They accept no more records. ListShards still lists them, with their
last possible sequence number. Consumers can read them until retention ends. At the end of a closed
shard a consumer gets the names of the shard's children instead of a next iterator.

The emulator drops the parents with all their records: `test_a_split_drops_the_parent`. Its
UpdateShardCount drops all shards: `test_a_new_shard_count_drops_all_records`. A consumer that has
not read all of a parent then fails or loses trades.

AWS refuses:

- to split or merge a closed shard
- to merge two shards that aren't adjacent (`test_any_two_shards_are_merged`)
- to reshard a stream that is `UPDATING`
- to change the number of open shards to more than double or less than half, or more than ten times
  in 24 hours (`test_a_shard_count_has_no_limit`)

A stream is `UPDATING` for some time after a reshard, and can be read and written during that time.
ListShards returns only the shards that its filter selects: `test_a_shard_filter_is_ignored`.
"""

import importlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from local.emulator.patches import Module
from local.emulator.patches.kinesis import SECONDS_AN_HOUR, in_seconds

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
Handler: TypeAlias = Callable[[Mapping[str, Any]], Answer]
Stream: TypeAlias = dict[str, Any]
Shard: TypeAlias = dict[str, Any]

UPDATING_SECONDS: Final = 1.0
"""Time that a stream is `UPDATING` after a reshard. On AWS it is about 30 s for each shard."""

SCALINGS_A_DAY: Final = 10
"""UpdateShardCount's limit in any 24 hours."""

SECONDS_A_DAY: Final = 86_400
HASH_KEYS: Final = 2**128
OK: Final = 200


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    reshards = Reshards(kinesis)
    kinesis._split_shard = reshards.split_shard
    kinesis._merge_shards = reshards.merge_shards
    kinesis._update_shard_count = reshards.update_shard_count
    kinesis._route_to_shard = _route
    kinesis._expire_records = dropping_closed(kinesis._expire_records)
    kinesis._shard_out = _with_its_end(kinesis._shard_out)
    kinesis._stream_desc = _with_status(kinesis._stream_desc)
    kinesis._describe_stream_summary = _summing_up(kinesis)
    kinesis._list_shards = _filtered(kinesis)
    kinesis._get_records = _ending(kinesis)


class RefusedError(Exception):
    """A request that AWS refuses. The text of the error is the message."""

    code = "ValidationException"


class ResourceNotFoundError(RefusedError):
    """The stream or shard doesn't exist."""

    code = "ResourceNotFoundException"


class ResourceInUseError(RefusedError):
    """The stream isn't `ACTIVE`."""

    code = "ResourceInUseException"


class InvalidArgumentError(RefusedError):
    """A shard or hash key that the operation doesn't allow."""

    code = "InvalidArgumentException"


class LimitExceededError(RefusedError):
    """More than the service allows."""

    code = "LimitExceededException"


class Reshards:
    """The three operations that split and merge shards."""

    def __init__(self, kinesis: Module) -> None:
        """Use the streams of the emulator's Kinesis module."""
        self._kinesis = kinesis

    def split_shard(self, asked: Mapping[str, Any]) -> Answer:
        """Close a shard, and open two shards that replace it."""

        def split(stream: Stream) -> Mapping[str, Any]:
            name = str(asked.get("ShardToSplit"))
            self._check_open(stream, name)
            self._split(stream, name, int(asked.get("NewStartingHashKey") or -1))
            return {}

        return self._reshard(asked, split)

    def merge_shards(self, asked: Mapping[str, Any]) -> Answer:
        """Close two adjacent shards, and open one shard that replaces them."""

        def merge(stream: Stream) -> Mapping[str, Any]:
            names = [str(asked.get(key)) for key in ("ShardToMerge", "AdjacentShardToMerge")]
            for name in names:
                self._check_open(stream, name)
            self._merge(stream, *names)
            return {}

        return self._reshard(asked, merge)

    def update_shard_count(self, asked: Mapping[str, Any]) -> Answer:
        """Split and merge until the target number of shards share the hash keys evenly."""

        def scale(stream: Stream) -> Mapping[str, Any]:
            target, now = int(asked.get("TargetShardCount", 0)), time.time()
            count = len(dict(_open(stream)))
            recent = [at for at in stream.get("scalings", ()) if at > now - SECONDS_A_DAY]
            if not count <= 2 * target <= 4 * count:
                allowed = f"allowed: {-(-count // 2)} to {2 * count}"
                message = f"TargetShardCount {target} for a stream of {count} shards: {allowed}"
                raise LimitExceededError(message)
            if len(recent) >= SCALINGS_A_DAY:
                message = f"scaled {SCALINGS_A_DAY} times in the last 24 hours"
                raise LimitExceededError(message)
            stream["scalings"] = [*recent, now]
            self._spread(stream, [HASH_KEYS * number // target for number in range(target)])
            name, arn = stream["StreamName"], stream["StreamARN"]
            counts = {"CurrentShardCount": count, "TargetShardCount": target}
            return {"StreamName": name, "StreamARN": arn, **counts}

        return self._reshard(asked, scale)

    def _reshard(
        self, asked: Mapping[str, Any], change: Callable[[Stream], Mapping[str, Any]]
    ) -> Answer:
        try:
            stream = self._active(asked)
            answer = change(stream)
        except RefusedError as refused:
            return self._kinesis.error_response_json(refused.code, str(refused), 400)
        stream["updating_until"] = time.time() + UPDATING_SECONDS
        return self._kinesis.json_response(answer)

    def _active(self, asked: Mapping[str, Any]) -> Stream:
        name, stream = self._kinesis._resolve_stream(asked)
        if stream is None:
            message = f"Stream {name} not found"
            raise ResourceNotFoundError(message)
        if stream["StreamModeDetails"]["StreamMode"] == "ON_DEMAND":
            message = f"Stream {name} is ON_DEMAND"
            raise RefusedError(message)
        if _status(stream) != "ACTIVE":
            message = f"Stream {name} is {_status(stream)}"
            raise ResourceInUseError(message)
        return stream

    def _check_open(self, stream: Stream, name: str) -> None:
        shard = stream["shards"].get(name)
        if shard is None:
            message = f"Shard {name} not found"
            raise ResourceNotFoundError(message)
        if "closed" in shard:
            message = f"Shard {name} is closed: it has been split or merged already"
            raise InvalidArgumentError(message)

    def _split(self, stream: Stream, name: str, at: int) -> None:
        begin, end = _range(stream["shards"][name])
        if not begin < at <= end:
            message = f"NewStartingHashKey {at} is outside of {name}: allowed: {begin + 1} to {end}"
            raise InvalidArgumentError(message)
        self._close(stream, name)
        self._add(stream, begin, at - 1, name)
        self._add(stream, at, end, name)

    def _merge(self, stream: Stream, name: str, other: str) -> str:
        ranges = sorted(_range(stream["shards"][each]) for each in (name, other))
        if ranges[0][1] + 1 != ranges[1][0]:
            message = f"{name} and {other} are not adjacent"
            raise InvalidArgumentError(message)
        self._close(stream, name, other)
        return self._add(stream, ranges[0][0], ranges[1][1], name, other)

    def _spread(self, stream: Stream, begins: list[int]) -> None:
        for at in begins:
            for name, shard in _open(stream):
                if _range(shard)[0] < at <= _range(shard)[1]:
                    self._split(stream, name, at)
                    break
        for begin, following in zip(begins, [*begins[1:], HASH_KEYS], strict=True):
            inside = [(*_range(shard), name) for name, shard in _open(stream)]
            first, *more = (name for start, _, name in sorted(inside) if begin <= start < following)
            for name in more:
                first = self._merge(stream, first, name)

    def _close(self, stream: Stream, *names: str) -> None:
        for name in names:
            last = self._kinesis._next_sequence_number()
            stream["shards"][name] |= {"closed": time.time(), "ending_sequence_number": last}

    def _add(self, stream: Stream, begin: int, end: int, parent: str, other: str = "") -> str:
        name = f"shardId-{self._kinesis._max_shard_index(stream) + 1:012d}"
        stream["shards"][name] = {
            "records": [],
            "starting_hash_key": str(begin),
            "ending_hash_key": str(end),
            "starting_sequence_number": self._kinesis._next_sequence_number(),
            "parent_shard_id": parent,
            "adjacent_parent_shard_id": other or None,
        }
        return name


def _open(stream: Stream) -> Iterator[tuple[str, Shard]]:
    """Give the open shards, by name."""
    return ((n, shard) for n, shard in list(stream["shards"].items()) if "closed" not in shard)


def _range(shard: Shard) -> tuple[int, int]:
    return int(shard["starting_hash_key"]), int(shard["ending_hash_key"])


def _status(stream: Stream) -> str:
    updating = time.time() < stream.get("updating_until", 0)
    return "UPDATING" if updating else stream["StreamStatus"]


def _route(hash_key: int, stream: Stream) -> str:
    """Give the name of the open shard that a hash key belongs to."""
    for name, shard in stream["shards"].items():
        if "closed" not in shard:
            begin, end = _range(shard)
            if begin <= hash_key <= end:
                return name
    message = f"hash key {hash_key}: allowed: 0 to 2^128 - 1"
    raise ValueError(message)


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
        return describe(stream, *more) | {"StreamStatus": _status(stream)}

    return stream_desc


def _summing_up(kinesis: Module) -> Handler:
    describe: Handler = kinesis._describe_stream_summary

    def describe_stream_summary(asked: Mapping[str, Any]) -> Answer:
        status, headers, body = describe(asked)
        _, stream = kinesis._resolve_stream(asked)
        if status == OK and stream:
            summary = json.loads(body)["StreamDescriptionSummary"]
            summary["OpenShardCount"] = len(dict(_open(stream)))
            summary["StreamStatus"] = _status(stream)
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
