"""Faults of the ingest stream's shards: splits and merges under the running job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from local.chaos.plan import Fault
from local.chaos.world import World

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

MOST: Final = 8
"""A stream with this many open shards is merged instead of split, so that rounds stay alike."""


class OpenShard(NamedTuple):
    """A shard that takes records, with its range of hash keys."""

    begin: int
    end: int
    name: str


def open_shards(world: World) -> list[OpenShard]:
    """List the open shards of the ingest stream, in the order of their hash keys."""
    client: KinesisClient = world.cloud.client("kinesis")
    pages = client.get_paginator("list_shards").paginate(StreamName=_stream(world))
    return sorted(
        OpenShard(
            int(shard["HashKeyRange"]["StartingHashKey"]),
            int(shard["HashKeyRange"]["EndingHashKey"]),
            shard["ShardId"],
        )
        for page in pages
        for shard in page["Shards"]
        if "EndingSequenceNumber" not in shard["SequenceNumberRange"]
    )


def split(world: World, fault: Fault) -> str:
    """Split one shard into two."""
    done = ""

    def act() -> None:
        nonlocal done
        shards = open_shards(world)
        if len(shards) >= MOST:
            done = _merge(world, fault, shards)
            return
        begin, end, name = shards[int(fault.draw * len(shards)) % len(shards)]
        world.cloud.client("kinesis").split_shard(
            StreamName=_stream(world),
            ShardToSplit=name,
            NewStartingHashKey=str((begin + end + 1) // 2),
        )
        done = f"{_short(name)} split"

    world.insist(act)
    return done


def merge(world: World, fault: Fault) -> str:
    """Merge two shards into one. If the stream has one shard only, split it."""
    done = ""

    def act() -> None:
        nonlocal done
        shards = open_shards(world)
        done = _merge(world, fault, shards) if len(shards) > 1 else split(world, fault)

    world.insist(act)
    return done


def _merge(world: World, fault: Fault, shards: list[OpenShard]) -> str:
    place = int(fault.draw * (len(shards) - 1)) % (len(shards) - 1)
    one, other = shards[place].name, shards[place + 1].name
    world.cloud.client("kinesis").merge_shards(
        StreamName=_stream(world), ShardToMerge=one, AdjacentShardToMerge=other
    )
    return f"{_short(one)} and {_short(other)} merged"


def _stream(world: World) -> str:
    return world.cloud.outputs["ingest_stream"]


def _short(name: str) -> str:
    return f"shard {int(name.rpartition('-')[2])}"
