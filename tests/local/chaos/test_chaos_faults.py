"""Faults of producers change a chunk of records as they say, and the outcome counts all faults."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from local.chaos.faults import FAULTS, producers
from local.chaos.faults.shards import OpenShard
from local.chaos.load import Mood, hash_of
from local.chaos.outcome import Outcome, as_json, is_right, repeat
from local.chaos.plan import Fault, Kind
from local.chaos.recount import Counts
from local.chaos.round import Injected
from local.chaos.world import World
from oracle.verdict import Rules, Trade, judge
from simulator.trades import Record, Trades
from stack.packs import unpack

NOW = 1_769_850_000_000
HALF = 2**127
LOWER = OpenShard(0, HALF - 1, "shardId-000000000000")
UPPER = OpenShard(HALF, 2**128 - 1, "shardId-000000000001")


class FakeLoad:
    """Takes one chunk of trades through the mood of each fault."""

    def __init__(self, chunks: int = 1) -> None:
        times = [[NOW + 100 * chunk + place for place in range(100)] for chunk in range(chunks)]
        self.before = list(Trades(times, seed=1))
        self.after: list[Record] = []

    @contextmanager
    def changed_by(self, mood: Mood) -> Generator[None]:
        """Apply the mood to all chunks."""
        self.after = [record for chunk in self.before for record in mood(chunk)]
        yield


def inject(kind: Kind, *, draw: float = 0.0, chunks: int = 1) -> FakeLoad:
    """Let a fault of a producer happen to some chunks."""
    load = FakeLoad(chunks)
    nothing = cast("Any", None)
    world = World(cloud=nothing, flink=nothing, load=cast("Any", load))
    assert FAULTS[kind](world, Fault(kind=kind, at=0, seconds=0, draw=draw))
    return load


@pytest.fixture(autouse=True)
def _two_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stream have two open shards."""

    def open_shards(_world: World) -> list[OpenShard]:
        return [LOWER, UPPER]

    monkeypatch.setattr(producers, "open_shards", open_shards)


def verdicts(records: list[Record]) -> list[object]:
    """Judge each record as the oracle does."""
    return [judge(part, NOW, Rules()) for record in records for part in unpack(record.data)]


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("clock ahead", 2, 90), ("clock behind", -3600, -2)]
)
@pytest.mark.parametrize("draw", [0.0, 0.5, 1.0])
def test_a_wrong_clock_shifts_some_trades_and_no_price(
    kind: Kind, draw: float, least: int, most: int
) -> None:
    """The other trades keep their time."""
    load = inject(kind, draw=draw)
    (chunk,) = load.before
    rules = Rules(max_future_seconds=86_400)
    shifts: set[float] = set()
    for before, after in zip(chunk, load.after, strict=True):
        one, other = (judge(each.data, NOW, rules) for each in (before, after))
        assert isinstance(one, Trade)
        assert isinstance(other, Trade)
        assert one._replace(time=0) == other._replace(time=0)
        shifts.add((other.time - one.time) / 1000)
    assert len(shifts) == 2
    shifted = next(seconds for seconds in shifts if seconds)
    assert least <= shifted <= most


def test_a_silent_shard_gets_nothing_and_the_other_gets_the_same() -> None:
    """The partition key's hash decides, as in Kinesis."""
    load = inject("shard silent")
    (chunk,) = load.before
    assert load.after == [each for each in chunk if hash_of(each.key) >= HALF]
    assert 0 < len(load.after) < len(chunk)


def test_a_shard_of_pings_gets_as_many_records_that_count_nowhere() -> None:
    """The other shard's trades stay."""
    load = inject("shard of pings", draw=0.9)
    for before, after in zip(load.before[0], load.after, strict=True):
        hit = hash_of(before.key) >= HALF
        assert (after.data == producers.PING) == hit
        assert (judge(after.data, NOW, Rules()) == "missing_field") == hit


@pytest.mark.parametrize("kind", ["poison", "flood of poison"])
def test_poison_comes_beside_the_trades(kind: Kind) -> None:
    """All trades are still sent. Each added record is rejected, for many reasons in all."""
    load = inject(kind, chunks=40)
    trades = [record for chunk in load.before for record in chunk]
    added = [record for record in load.after if record.reason == "bad"]
    assert [record for record in load.after if record.reason is None] == trades
    assert len(added) >= (4 * len(trades) if kind == "flood of poison" else 40)
    found = verdicts(added)
    assert not [each for each in found if isinstance(each, Trade)]
    assert len(set(found)) >= 6


def test_malformed_packs_are_one_record_and_whole_packs_are_all_of_theirs() -> None:
    """Four of five packs are spoiled. One of these is still read, because keys are not needed."""
    load = inject("malformed packs", chunks=5)
    packs = [record.data for record in load.after if record.reason == "bad"]
    sizes = [len(unpack(data)) for data in packs]
    assert sizes == [1, 1, 51, 1, 50]


COUNTS = Counts(
    accepted=10, records=10, windows=5, open=1, letters=1, repeated=0, undelivered=0, findings=()
)


def outcome(*injected: Injected, counts: Counts | None = COUNTS) -> Outcome:
    """Make the outcome of a round."""
    return Outcome(seed=7, injected=injected, counts=counts)


def happened(*, failed: str = "") -> Injected:
    """Make a fault that happened or failed."""
    fault = Fault(kind="shard split", at=1, seconds=2, draw=0.5)
    return Injected(fault=fault, done="" if failed else "shard 1 split", failed=failed)


def test_a_round_is_right_only_if_all_faults_happened_and_nothing_was_found() -> None:
    """Each of the others is wrong by one thing, and says how to repeat it."""
    assert outcome(happened()).right
    wrong = [
        outcome(happened(), happened(failed="no shard")),
        outcome(happened(), counts=replace(COUNTS, findings=("wrong_result: ...",))),
        outcome(happened(), counts=replace(COUNTS, undelivered=1)),
        outcome(happened(), counts=replace(COUNTS, windows=0)),
        outcome(happened(), counts=None),
    ]
    assert [each.right for each in wrong] == [False] * 5
    assert repeat(wrong[:1]) == ["repeat seed 7 with: make chaos SEED=7 ROUNDS=1"]


def test_a_campaign_that_broke_off_is_not_right() -> None:
    """Fewer rounds than planned prove nothing about the others."""
    assert is_right([outcome(happened())], 1)
    assert not is_right([outcome(happened())], 2)
    assert not is_right([], 1)
    assert '"right": false' in as_json([outcome(happened())], 2)
