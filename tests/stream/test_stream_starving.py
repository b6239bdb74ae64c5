"""No producer can delay the results of the others, with any records and any clock."""

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
"""Seconds with only good trades, so that event time becomes current."""
RESULTS = 10
"""Results that must come while the producers below send: five windows of two tickers."""
PING = b'{"type": "ping"}'
HOURS_AGO = 5 * 3_600_000
AHEAD = 30_000
"""Half of `MaxFutureSeconds`, so such a trade is valid."""


def make_tick(rng: random.Random) -> list[Put]:
    """Make the records of a tenth of a second: good trades on shards 0 and 1.

    Shard 0 also has trades of a fast clock. Shard 2 has only keep-alive messages, and shard 3 only
    trades of a slow clock.
    """
    puts = [Put(shard, write_trade(rng.choice("AB"), now(), 5)) for shard in (0, 0, 1, 1)]
    puts.append(Put(0, write_trade("AHEAD", now() + AHEAD, 7)))
    puts += [Put(2, PING), Put(2, PING), Put(3, write_trade("BEHIND", now() - HOURS_AGO, 9))]
    return puts


def play(streams: Streams, ended: threading.Event) -> int:
    """Send records in real time, and give the number of trades of the slow clock."""
    rng, ticks = random.Random(3), 0  # noqa: S311 -- repeatable, not secret
    while not ended.wait(TICK):
        streams.put(make_tick(rng))
        ticks += 1
    return ticks


def test_bad_records_and_wrong_clocks_do_not_delay_results(bench: Bench) -> None:
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


@pytest.mark.parametrize("parallelism", [1, 3])
def test_trades_before_the_job_and_none_after_give_their_results(
    bench: Bench, parallelism: int
) -> None:
    """All shards become idle at once. Shards 2 and 3 have no trade, and shard 1 ends earlier."""
    streams = bench.streams(shards=4, rules=RULES)
    last = now() // 5_000 * 5_000 - 60_000
    for shard, end in ((0, last), (1, last - 20_000)):
        times = range(end - 20_000, end + 3_000, 1_000)
        streams.put([Put(shard, write_trade("FIRST", time, 1)) for time in times])
    with bench.job(streams, parallelism=parallelism):
        streams.await_results(8)  # the last window ends at `last`, 2 s before the last trade
        report = streams.settle(windows=0)
    assert report.diff() == []
