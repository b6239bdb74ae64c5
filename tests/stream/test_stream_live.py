"""Live trades that are out of order, late, bad or packed, and a shard that is silent at first."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from stream_harness import Bench, Put, Streams, now, write_trade

from oracle.verdict import Rules
from simulator.faults import BAD
from simulator.packing import aggregate

pytestmark = pytest.mark.cluster

RULES = Rules(window_seconds=10, slide_seconds=5, watermark_delay_seconds=2, idle_timeout_seconds=3)
TICK = 0.1
"""Seconds between two puts."""
SILENT = 3
"""The shard that has no records at first."""
OLD = 5
"""Number of trades on the silent shard that are much older than those of the others."""


def make_tick(rng: random.Random) -> list[Put]:
    """Make the records of a tenth of a second on the three shards that are not silent."""
    puts: list[Put] = []
    for shard in range(SILENT):
        trades = [
            write_trade(rng.choice("ABC"), now() - rng.randrange(1_500), rng.randrange(1, 999) / 10)
            for _ in range(4)
        ]
        puts += [Put(shard, trade) for trade in trades[:2]]
        puts.append(Put(shard, aggregate("packed", trades[2:])))
    if rng.random() < 0.2:
        puts.append(Put(rng.randrange(SILENT), write_trade("A", now() - 30_000, 1e6)))
    bad = rng.choice(BAD).render(json.dumps("2026-01-31T09:30:00Z"), '"B"', "9.99")
    return [*puts, Put(rng.randrange(SILENT), bad)]


def play(streams: Streams, ended: threading.Event) -> None:
    """Send records in real time. The first ones have each reason once, so that none is missing."""
    rng = random.Random(11)  # noqa: S311 -- repeatable, not secret
    streams.put(Put(0, bad.render('"2026-01-31T09:30:00Z"', '"B"', "9")) for bad in BAD)
    while not ended.wait(TICK):
        streams.put(make_tick(rng))


def test_live_trades_are_counted_or_dead_letters_and_a_silent_shard_delays_nothing(
    bench: Bench,
) -> None:
    """Two jobs read the same four shards, at parallelism 1 and 2. Both are right all the time."""
    one = bench.streams(shards=4, rules=RULES)
    two = one.with_new_outputs()
    ended = threading.Event()
    with (
        bench.job(one, parallelism=1),
        bench.job(two, parallelism=2),
        ThreadPoolExecutor(1) as pool,
    ):
        player = pool.submit(play, one, ended)
        try:
            for streams in (one, two):
                streams.await_results(9)  # the fourth shard has no records yet
            woken = [write_trade("OLD", now() - 15_000 - n, 1) for n in range(OLD)]
            one.put(Put(SILENT, trade) for trade in woken)
            for _ in range(100):
                one.put([Put(SILENT, write_trade("NEW", now(), 2))])
                time.sleep(TICK)
        finally:
            ended.set()
        player.result()
        reports = [streams.settle(windows=15) for streams in (one, two)]
    for report in reports:
        assert report.diff() == []
        assert report.windows_checked >= 15
        assert report.late_by_idleness == OLD
        assert set(report.dead_letters) == {bad.reason for bad in BAD} | {"late"}
