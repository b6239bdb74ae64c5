"""Faults of producers: wrong clocks, records that can't be read, broken packs, silent shards."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle
from string import ascii_lowercase
from typing import Final

from local.chaos.faults.shards import OpenShard, open_shards
from local.chaos.load import Mood, hash_of
from local.chaos.plan import Fault
from local.chaos.world import World
from simulator.faults import BAD
from simulator.packing import DIGEST_BYTES, MAGIC, aggregate
from simulator.trades import Record

CLOCK_SHARE: Final = 0.3
"""Share of the trades that the producer with the wrong clock sends."""

AHEAD_SECONDS: Final = (2.0, 90.0)
"""Up to a minute ahead is accepted. More is a dead letter."""

BEHIND_SECONDS: Final = (2.0, 3_600.0)

FLOOD: Final = 4
"""Bad records for each trade, in a flood. They are more than the job writes letters for."""

PING: Final = b'{"type":"ping"}'

NAMES: Final = [f"{one}{other}" for one in ascii_lowercase for other in ascii_lowercase]

BROKEN: Final = tuple(bad.render('"2026-01-31T09:30:00Z"', '"AMZN"', "1.5") for bad in BAD)
"""Records that the job must reject, for each of its reasons."""

HARMFUL: Final = (
    b"\x00" * 64,
    b"[" * 3_000,
    b'{"a":' * 600 + b"1" + b"}" * 600,
    b'{"TICKER":"' + b"A" * 40_000 + b'","EVENT_TIME":"2026-01-31T09:30:00Z","PRICE":1}',
    json.dumps(dict.fromkeys(NAMES, 1)).encode(),
    *BROKEN,
)
"""Records that must neither stop the job nor get lost."""


def set_clock_ahead(world: World, fault: Fault) -> str:
    """Let the clock of one producer go ahead."""
    return _shift(world, fault, AHEAD_SECONDS, 1)


def set_clock_behind(world: World, fault: Fault) -> str:
    """Let the clock of one producer go behind."""
    return _shift(world, fault, BEHIND_SECONDS, -1)


def pour_poison(world: World, fault: Fault) -> str:
    """Send a harmful record after each chunk of trades."""
    bad = cycle(HARMFUL)
    _during(world, fault, lambda chunk: [*chunk, _beside(chunk[-1], next(bad), 0)] if chunk else [])
    return f"{len(HARMFUL)} kinds of harmful records"


def flood_with_poison(world: World, fault: Fault) -> str:
    """Send several bad records for each trade, so that one letter stands for many."""
    bad = cycle(BROKEN)

    def flood(chunk: list[Record]) -> list[Record]:
        return [
            each
            for record in chunk
            for each in (record, *(_beside(record, next(bad), place) for place in range(FLOOD)))
        ]

    _during(world, fault, flood)
    return f"{FLOOD} bad records for each trade"


def send_malformed_packs(world: World, fault: Fault) -> str:
    """Send packs that are cut, that were changed, or whose records have no data."""
    spoil = cycle((_cut, _change_digest, _point_past_table, _drop_data, lambda pack: pack))

    def pack(chunk: list[Record]) -> list[Record]:
        if not chunk:
            return []
        half = chunk[: len(chunk) // 2] or chunk
        packed = aggregate(chunk[-1].key, [record.data for record in half])
        return [*chunk, _beside(chunk[-1], next(spoil)(packed), 0)]

    _during(world, fault, pack)
    return "cut, changed, without a key, without data, and whole ones"


def silence_shard(world: World, fault: Fault) -> str:
    """Send nothing to one shard."""
    shard = _shard(world, fault)
    _during(world, fault, lambda chunk: [each for each in chunk if not _is_in(each, shard)])
    return f"nothing to {shard.name}"


def ping_shard(world: World, fault: Fault) -> str:
    """Send only records that count nowhere to one shard."""
    shard = _shard(world, fault)

    def ping(chunk: list[Record]) -> list[Record]:
        return [
            each._replace(data=PING, reason="bad") if _is_in(each, shard) else each
            for each in chunk
        ]

    _during(world, fault, ping)
    return f"only pings to {shard.name}"


def _during(world: World, fault: Fault, mood: Mood) -> None:
    with world.load.changed_by(mood):
        world.sleep(fault.seconds)


def _shift(world: World, fault: Fault, ends: tuple[float, float], sign: int) -> str:
    # A power, so that small shifts are as frequent as large ones.
    seconds = sign * round(ends[0] * (ends[1] / ends[0]) ** fault.draw, 1)
    draws = random.Random(str(fault))  # noqa: S311 -- repeatable, not secret

    def shift(chunk: list[Record]) -> list[Record]:
        return [_dated(each, seconds) if draws.random() < CLOCK_SHARE else each for each in chunk]

    _during(world, fault, shift)
    return f"{CLOCK_SHARE:.0%} of trades {seconds:+g} s"


def _dated(record: Record, seconds: float) -> Record:
    """Give the trade with another time. A record that is no trade stays as it is."""
    if record.reason not in {None, "late"}:
        return record
    fields = json.loads(record.data)
    moment = datetime.fromisoformat(fields["EVENT_TIME"]) + timedelta(seconds=seconds)
    fields["EVENT_TIME"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return record._replace(data=json.dumps(fields).encode())


def _beside(record: Record, data: bytes, place: int) -> Record:
    return record._replace(data=data, key=f"{record.key}-{place}", reason="bad")


def _shard(world: World, fault: Fault) -> OpenShard:
    shards: Sequence[OpenShard] = ()

    def find() -> None:
        nonlocal shards
        shards = open_shards(world)

    world.insist(find)
    return shards[int(fault.draw * len(shards)) % len(shards)]


def _is_in(record: Record, shard: OpenShard) -> bool:
    return shard.begin <= hash_of(record.key) <= shard.end


def _sealed(body: bytes) -> bytes:
    return MAGIC + body + hashlib.md5(body, usedforsecurity=False).digest()


def _cut(pack: bytes) -> bytes:
    """Cut the last bytes of the message, with a digest that fits."""
    return _sealed(pack[len(MAGIC) : -DIGEST_BYTES - 3])


def _change_digest(pack: bytes) -> bytes:
    return pack[:-1] + bytes([pack[-1] ^ 1])


def _point_past_table(pack: bytes) -> bytes:
    """Append a record whose partition key isn't in the table."""
    return _sealed(pack[len(MAGIC) : -DIGEST_BYTES] + b"\x1a\x08\x08\x07\x1a\x04ping")


def _drop_data(pack: bytes) -> bytes:
    """Append a record without data, which the format requires."""
    return _sealed(pack[len(MAGIC) : -DIGEST_BYTES] + b"\x1a\x02\x08\x00")
