"""A restart loses nothing, whatever came while the job was down."""

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
    """Trades whose event time goes on where it stopped, as fast as they are taken."""

    def __init__(self, streams: Streams) -> None:
        """Begin an hour ago."""
        self._streams = streams
        self._rng = random.Random(5)  # noqa: S311 -- repeatable, not secret
        self.time = now() - 3_600_000
        self.records = 0

    def trade(self, seconds: int, *shards: int) -> None:
        """Trade for so many seconds of event time; with one bad record."""
        puts: list[Put] = []
        for _ in range(seconds * RATE):
            self.time += 1000 // RATE
            made = self.time - self._rng.randrange(1_500)
            price = self._rng.randrange(1, 999) / 10
            puts.append(
                Put(self._rng.choice(shards), write_trade(self._rng.choice("AB"), made, price))
            )
        # All shards end at the same time, or the least of them would decide what has closed.
        puts += [Put(shard, write_trade("BEAT", self.time, 1)) for shard in shards]
        puts.append(Put(shards[0], b"bad"))
        self._streams.put(puts)
        self.records += len(puts)


def test_a_stop_and_start_with_a_savepoint_goes_on_as_if_nothing_had_been(bench: Bench) -> None:
    """Started at LATEST; shard 3 has its first records ever while the job is down."""
    streams = bench.streams(shards=4, rules=RULES)
    market = Market(streams)
    with bench.job(streams, parallelism=2, position="LATEST") as job:
        market.trade(60, 0, 1, 2)
        for _ in range(4 * (RULES.idle_timeout_seconds + 2)):
            time.sleep(0.5)  # until shard 3 is idle, and the others never are
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


def test_after_a_crash_what_comes_twice_is_the_same(bench: Bench) -> None:
    """Killed and started from an earlier state, the job puts again what it had put since."""
    # Event time is faster than the clock here, which no shard must be idle for.
    streams = bench.streams(shards=4, rules=replace(RULES, idle_timeout_seconds=600))
    market = Market(streams)
    with bench.job(streams, parallelism=2) as job:
        market.trade(60, 0, 1, 2, 3)
        # A checkpoint would be gone with the next one; a savepoint stays.
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


def test_a_state_of_other_windows_is_refused_in_one_line(bench: Bench) -> None:
    """Its half-filled windows would be carried on as windows of another length, and be wrong."""
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
