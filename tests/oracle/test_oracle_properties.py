"""Rules that hold for the oracle whatever the streams hold."""

from __future__ import annotations

import random
from dataclasses import replace

from honest_job import Streams, put, run, write_trade
from hypothesis import given
from hypothesis import strategies as st

from oracle.reader import Record
from oracle.recount import Oracle
from oracle.verdict import Rules

RULES = Rules(
    window_seconds=6,
    slide_seconds=2,
    watermark_delay_seconds=1,
    max_future_seconds=5,
    idle_timeout_seconds=3_600,  # no shard is idle here
)

prices = st.floats(0, 1e9) | st.sampled_from([float("nan"), float("inf"), 1])
moments = st.integers(-9_000, 20_000)
payloads = st.one_of(
    st.builds(write_trade, st.sampled_from(["A", "B", ""]), moments, prices),
    st.sampled_from([b"", b"{}", b"\x00", b'{"EVENT_TIME":"x","TICKER":"A","PRICE":1}']),
)


@st.composite
def streams_of_a_right_job(draw: st.DrawFn) -> Streams:
    """A few records over three shards, and what a right job makes of them."""
    arrival, trades = 0, list[Record]()
    for number, data in enumerate(draw(st.lists(payloads, max_size=25))):
        arrival += draw(st.integers(0, 1_500))
        trades.append(put(draw(st.integers(0, 2)), number, data, arrival))
    return run(trades, RULES)


@given(streams_of_a_right_job())
def test_a_right_job_is_found_right(streams: Streams) -> None:
    """The slow second implementation and the oracle agree on everything."""
    report = streams.report(RULES)
    assert report.diff() == []
    assert report.counted + sum(report.dead_letters.values()) == report.records
    assert report.windows_checked == len(streams.results)


@given(streams_of_a_right_job(), st.randoms(use_true_random=False))
def test_anything_that_is_lost_is_found_missing(streams: Streams, rng: random.Random) -> None:
    """One result or one dead letter taken away is one fault, and it is that one."""
    for records, kind in ((streams.results, "missing_result"), (streams.letters, None)):
        if records:
            lost = records.pop(rng.randrange(len(records)))
            faults = streams.report(RULES).faults
            # A late trade whose dead letter is lost may look as if it were another's: it is one.
            assert [fault.kind for fault in faults] == [kind or "missing_dead_letter"]
            records.append(lost)


@given(streams_of_a_right_job(), st.randoms(use_true_random=False))
def test_neither_portions_nor_the_order_across_shards_matter(
    streams: Streams, rng: random.Random
) -> None:
    """The same records in other portions, results and letters shuffled, give the same report."""
    oracle, trades = Oracle(RULES), list(streams.trades)
    trades.sort(key=lambda record: record.shard)  # one shard after another, each in its order
    while trades:
        size = rng.randint(1, 5)
        oracle.add_trades(trades[:size])
        del trades[:size]
        oracle.report()
    oracle.add_results(rng.sample(streams.results, len(streams.results)))
    oracle.add_dead_letters(rng.sample(streams.letters, len(streams.letters)))
    expected = streams.report(RULES)
    assert replace(oracle.report(), dead_letters=expected.dead_letters) == expected


@given(streams_of_a_right_job())
def test_everything_twice_is_no_fault(streams: Streams) -> None:
    """At least once is allowed, and seen."""
    twice = Streams(streams.trades, streams.results * 2, streams.letters * 2)
    report = twice.report(RULES)
    assert report.mismatches == 0
    assert report.repeated_results == len(streams.results)
    assert report.repeated_dead_letters == len(streams.letters)
