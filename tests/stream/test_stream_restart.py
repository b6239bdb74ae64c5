"""A restart loses no record, also not those that come while the job is down."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import cast

import pytest
from stream_harness import Bench, Put, Streams, now, write_trade

from job.properties import MAX_PARALLELISM
from oracle.verdict import Rules

pytestmark = pytest.mark.cluster

RULES = Rules(window_seconds=10, slide_seconds=5, watermark_delay_seconds=2, idle_timeout_seconds=3)
RATE = 200
"""Trades a second of event time."""


class Market:
    """Sends trades as fast as they are taken. Each call continues at the last event time."""

    def __init__(self, streams: Streams) -> None:
        """Begin with an event time of an hour ago."""
        self._streams = streams
        self._rng = random.Random(5)  # noqa: S311 -- repeatable, not secret
        self.time = now() - 3_600_000
        self.records = 0

    def trade(self, seconds: int, *shards: int) -> None:
        """Send trades for this many seconds of event time, and one bad record."""
        puts: list[Put] = []
        for _ in range(seconds * RATE):
            self.time += 1000 // RATE
            made = self.time - self._rng.randrange(1_500)
            price = self._rng.randrange(1, 999) / 10
            puts.append(
                Put(self._rng.choice(shards), write_trade(self._rng.choice("AB"), made, price))
            )
        # All shards end at the same time. Otherwise the earliest end would decide what is closed.
        puts += [Put(shard, write_trade("BEAT", self.time, 1)) for shard in shards]
        puts.append(Put(shards[0], b"bad"))
        self._streams.put(puts)
        self.records += len(puts)


def test_a_job_restarted_from_a_savepoint_counts_every_trade_once(bench: Bench) -> None:
    """The job starts at LATEST. Shard 3 gets its first records while the job is down."""
    streams = bench.streams(shards=4, rules=RULES)
    market = Market(streams)
    with bench.job(streams, parallelism=2, position="LATEST") as job:
        market.trade(60, 0, 1, 2)
        for _ in range(4 * (RULES.idle_timeout_seconds + 2)):
            time.sleep(0.5)  # until shard 3 is idle, but never the others
            market.trade(1, 0, 1, 2)
        before = streams.settle(windows=20)
        assert before.diff() == []
        savepoint = bench.stop(job)
    market.trade(60, 0, 1, 2, 3)
    with bench.job(streams, parallelism=1, position="LATEST", savepoint=savepoint):
        after = streams.settle(windows=before.windows_checked + 20)
    assert after.diff() == []
    assert (after.records, after.late_by_idleness) == (market.records, 0)
    assert after.windows_checked >= before.windows_checked + 20


def test_outputs_that_are_repeated_after_a_crash_are_equal(bench: Bench) -> None:
    """The job is killed and started from an earlier state, so it puts some records again."""
    # Event time is faster than the clock here. This works only if no shard is idle.
    streams = bench.streams(shards=4, rules=replace(RULES, idle_timeout_seconds=600))
    market = Market(streams)
    with bench.job(streams, parallelism=2) as job:
        market.trade(60, 0, 1, 2, 3)
        # A savepoint is kept, but the next checkpoint would replace a checkpoint.
        earlier = bench.savepoint(job)
        market.trade(60, 0, 1, 2, 3)
        assert streams.settle(windows=44).diff() == []
    market.trade(30, 0, 1, 2, 3)
    with bench.job(streams, parallelism=2, savepoint=earlier):
        report = streams.settle(windows=56)
    assert report.diff() == []
    assert (report.records, report.late_by_idleness) == (market.records, 0)
    assert report.repeated_results > 0
    assert report.windows_checked >= 56


def test_a_state_with_other_windows_is_refused_with_one_line(bench: Bench) -> None:
    """Otherwise its unfinished windows would continue with another length, and be wrong."""
    streams = bench.streams(shards=2, rules=RULES)
    market = Market(streams)
    with bench.job(streams) as job:
        market.trade(30, 0, 1)
        assert streams.settle(windows=8).diff() == []
        found = cast("dict[str, list[dict[str, int]]]", bench.cluster.rest.ask(f"/jobs/{job}"))
        assert {vertex["maxParallelism"] for vertex in found["vertices"]} == {MAX_PARALLELISM}
        savepoint = bench.stop(job)
    allowed = "given 10, 2; allowed: 10, 5, as in the restored state"
    with (
        pytest.raises(AssertionError, match=f"(?s)FAILED.*{allowed}"),
        bench.job(streams, savepoint=savepoint, SlideSeconds="2"),
    ):
        pytest.fail("it runs")
    with bench.job(streams, savepoint=savepoint):
        market.trade(30, 0, 1)
        assert streams.settle(windows=20).diff() == []
