"""Rules of the oracle that hold for any streams."""

from __future__ import annotations

import random
from dataclasses import replace

from honest_job import Streams, put, run, write_trade
from hypothesis import given
from hypothesis import strategies as st

from oracle.recount import Oracle
from oracle.verdict import Rules
from stack.reader import StreamRecord

RULES = Rules(
    window_seconds=6,
    more_windows=(10,),
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
    """Make a few records on three shards, and the outputs of a right job."""
    arrival, trades = 0, list[StreamRecord]()
    for number, data in enumerate(draw(st.lists(payloads, max_size=25))):
        arrival += draw(st.integers(0, 1_500))
        trades.append(put(draw(st.integers(0, 2)), number, data, arrival))
    return run(trades, RULES)


@given(streams_of_a_right_job())
def test_a_right_job_has_no_faults(streams: Streams) -> None:
    """The slow second implementation and the oracle agree."""
    report = streams.report(RULES)
    assert report.diff() == []
    assert report.counted + sum(report.dead_letters.values()) == report.records
    assert report.windows_checked == len(streams.results)


@given(streams_of_a_right_job(), st.randoms(use_true_random=False))
def test_a_missing_result_or_dead_letter_is_reported(streams: Streams, rng: random.Random) -> None:
    """The test removes one result or one dead letter. The report has this fault only."""
    for records, kind in ((streams.results, "missing_result"), (streams.letters, None)):
        if records:
            lost = records.pop(rng.randrange(len(records)))
            faults = streams.report(RULES).faults
            # A late trade without its letter may be reported for another trade. It is one fault.
            assert [fault.kind for fault in faults] == [kind or "missing_dead_letter"]
            records.append(lost)


@given(streams_of_a_right_job(), st.randoms(use_true_random=False))
def test_the_report_is_the_same_for_any_portions_and_any_order_of_shards(
    streams: Streams, rng: random.Random
) -> None:
    """The test adds the same records in other portions, with shuffled results and letters."""
    oracle, trades = Oracle(RULES), list(streams.trades)
    trades.sort(key=lambda record: record.shard)  # one shard after another, each in order
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
def test_repeated_outputs_are_no_fault(streams: Streams) -> None:
    """The job delivers at least once, so repeated outputs are counted and allowed."""
    twice = Streams(streams.trades, streams.results * 2, streams.letters * 2)
    report = twice.report(RULES)
    assert report.mismatches == 0
    assert report.repeated_results == len(streams.results)
    assert report.repeated_dead_letters == len(streams.letters)
