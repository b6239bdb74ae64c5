"""Each pack is read whole or is one dead letter, also after a restart in the middle of a pack."""

from __future__ import annotations

import base64

import pytest
from record_cases import CASES
from stream_harness import Bench, Put, write_trade

from oracle.recount import Oracle
from simulator.packing import aggregate
from stack.packs import unpack
from stack.reader import StreamReader

pytestmark = pytest.mark.cluster

ROUNDS = 20
LARGE = 2_000
"""Trades of a pack that is large enough for a savepoint in its middle."""
TINY = 5e-324
"""The smallest double."""
WINDOWS = 5 * 2
"""Five tickers, and the two windows that contain the packs' time."""


def test_no_trade_of_a_pack_is_lost_or_counted_twice_by_a_restart(bench: Bench) -> None:
    """A savepoint is taken while the job reads. A job with two subtasks continues from it."""
    streams = bench.streams(shards=2)
    packs = [base64.b64decode(case["pack"]) for case in CASES["packs"]]
    first = CASES["arrival"]  # the event time of the packs' trades
    puts = [Put(shard, write_trade("CLOCK", first, 1)) for shard in (0, 1)]
    for number in range(ROUNDS):
        puts += [Put(number % 2, pack) for pack in packs]
        trades = [write_trade("LARGE", first + place, 1 + number) for place in range(LARGE)]
        puts.append(Put(number % 2, aggregate("key", trades)))
    puts += [Put(0, write_trade("TINY", first, TINY)), Put(1, write_trade("TINY", first, TINY))]
    puts += [Put(shard, write_trade("CLOCK", first + 180_000, 1)) for shard in (0, 1)]
    streams.put(puts)
    sent = sum(len(unpack(put.data)) for put in puts)

    with bench.job(streams) as job:
        state = bench.savepoint(job)
    with bench.job(streams, parallelism=2, savepoint=state):
        report = streams.settle(windows=WINDOWS)
    assert report.diff() == []
    assert report.records == sent
    bad = sum(case["records"] is None for case in CASES["packs"])
    assert report.dead_letters["not_json"] >= bad * ROUNDS
    assert report.counted > ROUNDS * LARGE
    oracle = Oracle(streams.rules)
    results = oracle.add_results(StreamReader(streams.client, streams.results).read_all())
    tiny = [result.measures["avg_price"] for result in results if result.key.ticker == "TINY"]
    assert tiny == [TINY, TINY]
