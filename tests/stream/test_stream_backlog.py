"""The job processes a backlog exactly, with late, bad and packed records in it."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest
from stream_harness import Bench, Put, Streams, now, write_trade

from simulator.faults import BAD
from simulator.packing import aggregate

pytestmark = pytest.mark.cluster

TRADES = 60_000
RATE = 100
"""Trades a second of event time. The backlog has ten minutes of them."""
TICKERS = ("AMZN", "GOOG", "AZRE", "ORCL", "BABA")
LATE_EVERY = 1_000
BAD_EVERY = 500
PACK = 7
"""Trades in each packed record. A tenth of all records are packed."""


def make_backlog() -> list[Put]:
    """Make ten minutes on four shards, shuffled by up to 2 s, with late, bad and packed records."""
    rng = random.Random(7)  # noqa: S311 -- repeatable, not secret
    begin = now() - 3_600_000
    puts, packs = list[Put](), dict[int, list[bytes]]()
    for number in range(TRADES):
        due = begin + number * 1000 // RATE
        made = due - rng.randrange(2_000)
        if number % LATE_EVERY == LATE_EVERY - 1:
            made = due - rng.randrange(60_000, 120_000)
        shard, price = rng.randrange(4), rng.randrange(1, 10_000) / 100
        data = write_trade(rng.choice(TICKERS), made, price)
        if number % BAD_EVERY == 0:
            bad = BAD[number // BAD_EVERY % len(BAD)]
            stamp = json.dumps(datetime.fromtimestamp(due // 1000, UTC).isoformat())
            data = bad.render(stamp, '"GOOG"', "9.99")
        if number % 10 == 0:
            pack = packs.setdefault(shard, [])
            pack.append(data)
            if len(pack) < PACK:
                continue
            data = aggregate(f"key-{number}", packs.pop(shard))
        puts.append(Put(shard, data))
    puts += [Put(shard, aggregate("rest", pack)) for shard, pack in packs.items()]
    return puts


@pytest.fixture(scope="module")
def backlog(bench: Bench) -> Streams:
    """Put the backlog once. Each job reads it from its beginning."""
    streams = bench.streams(shards=4)
    streams.put(make_backlog())
    return streams


@pytest.mark.parametrize("parallelism", [1, 2])
def test_every_trade_of_ten_minutes_on_four_shards_is_counted(
    bench: Bench, backlog: Streams, parallelism: int
) -> None:
    """The job reads 60,000 records from TRIM_HORIZON. All windows and dead letters are right."""
    streams = backlog.with_new_outputs()
    with bench.job(streams, parallelism=parallelism):
        report = streams.settle(windows=90)
    assert report.diff() == []
    assert (report.records, report.late_by_idleness) == (TRADES, 0)
    assert report.windows_checked >= 18 * len(TICKERS)
    assert set(report.dead_letters) == {bad.reason for bad in BAD} | {"late"}
    assert report.repeated_results == report.repeated_dead_letters == 0
