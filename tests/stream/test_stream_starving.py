"""No producer can hold up the results of the others, whatever its records and clock say."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from stream_harness import Bench, Put, Streams, now, write_trade

from oracle.verdict import Rules

pytestmark = pytest.mark.cluster

RULES = Rules(window_seconds=10, slide_seconds=5, watermark_delay_seconds=2, idle_timeout_seconds=3)
TICK = 0.1
"""Seconds between two puts."""
SECONDS_BEFORE = 15
"""How long there are good trades alone, so that event time is here and now."""
RESULTS = 10
"""Results that must come while the producers below go on: five windows of two tickers."""
PING = b'{"type": "ping"}'
HOURS_AGO = 5 * 3_600_000
AHEAD = 30_000
"""Half of `MaxFutureSeconds`: such a trade is in order."""


def make_tick(rng: random.Random) -> list[Put]:
    """Make a tenth of a second of good trades on shards 0 and 1, on 0 with a clock that is ahead.

    Shard 2 brings nothing but keep-alives, shard 3 nothing but trades of a clock that is behind.
    """
    puts = [Put(shard, write_trade(rng.choice("AB"), now(), 5)) for shard in (0, 0, 1, 1)]
    puts.append(Put(0, write_trade("AHEAD", now() + AHEAD, 7)))
    puts += [Put(2, PING), Put(2, PING), Put(3, write_trade("BEHIND", now() - HOURS_AGO, 9))]
    return puts


def play(streams: Streams, ended: threading.Event) -> int:
    """Send as time passes; gives the trades of the clock that is behind."""
    rng, ticks = random.Random(3), 0  # noqa: S311 -- repeatable, not secret
    while not ended.wait(TICK):
        streams.put(make_tick(rng))
        ticks += 1
    return ticks


def test_records_that_count_nowhere_and_wrong_clocks_hold_nobody_up(bench: Bench) -> None:
    """Two jobs read the same four shards, at parallelism 1 and 3."""
    one = bench.streams(shards=4, rules=RULES)
    two = one.with_new_outputs()
    ended = threading.Event()
    with (
        bench.job(one, parallelism=1),
        bench.job(two, parallelism=3),
        ThreadPoolExecutor(1) as pool,
    ):
        for _ in range(round(SECONDS_BEFORE / TICK)):
            one.put([Put(shard, write_trade("FIRST", now(), 1)) for shard in (0, 1)])
            time.sleep(TICK)
        for streams in (one, two):
            streams.await_results(1)
        before = 2 + SECONDS_BEFORE // RULES.slide_seconds
        player = pool.submit(play, one, ended)
        try:
            for streams in (one, two):
                streams.await_results(before + RESULTS)
        finally:
            ended.set()
        behind = player.result()
        reports = [streams.settle(windows=RESULTS, seconds=60) for streams in (one, two)]
    for report in reports:
        assert report.diff() == []
        assert report.windows_checked >= RESULTS
        assert report.dead_letters == {"late": behind, "missing_field": 2 * behind}
