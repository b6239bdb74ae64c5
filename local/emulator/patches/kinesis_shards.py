"""Kinesis: splits and merges of shards.

On AWS a split or merge (a reshard) closes the parent shards. They accept no more records. How they
are listed and read is in `kinesis_closed_shards`. A stream is `UPDATING` for some time after a
reshard, and can be read and written during that time.

The emulator drops the parents with all their records: `test_a_split_drops_the_parent`. Its
UpdateShardCount drops all shards: `test_a_new_shard_count_drops_all_records`.

AWS refuses:

- to split or merge a closed shard
- to merge two shards that aren't adjacent (`test_any_two_shards_are_merged`)
- to reshard a stream that is `UPDATING`
- to change the number of open shards to more than double or less than half, or more than ten times
  in 24 hours (`test_a_shard_count_has_no_limit`)
"""

import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from local.emulator.patches import Module

Answer: TypeAlias = tuple[int, dict[str, str], bytes]

Stream: TypeAlias = dict[str, Any]

Shard: TypeAlias = dict[str, Any]

UPDATING_SECONDS: Final = 1.0
"""Time that a stream is `UPDATING` after a reshard. On AWS it is about 30 s for each shard."""

SCALINGS_A_DAY: Final = 10
"""UpdateShardCount's limit in any 24 hours."""

SECONDS_A_DAY: Final = 86_400

HASH_KEYS: Final = 2**128


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    reshards = Reshards(kinesis)
    kinesis._split_shard = reshards.split_shard
    kinesis._merge_shards = reshards.merge_shards
    kinesis._update_shard_count = reshards.update_shard_count
    kinesis._route_to_shard = _route


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
            count = len(dict(open_shards(stream)))
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
        if status_of(stream) != "ACTIVE":
            message = f"Stream {name} is {status_of(stream)}"
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
            for name, shard in open_shards(stream):
                if _range(shard)[0] < at <= _range(shard)[1]:
                    self._split(stream, name, at)
                    break
        for begin, following in zip(begins, [*begins[1:], HASH_KEYS], strict=True):
            inside = [(*_range(shard), name) for name, shard in open_shards(stream)]
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


def open_shards(stream: Stream) -> Iterator[tuple[str, Shard]]:
    """Give the open shards, by name."""
    return ((n, shard) for n, shard in list(stream["shards"].items()) if "closed" not in shard)


def _range(shard: Shard) -> tuple[int, int]:
    return int(shard["starting_hash_key"]), int(shard["ending_hash_key"])


def status_of(stream: Stream) -> str:
    """Give the status of a stream, which is `UPDATING` for a time after a reshard."""
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
