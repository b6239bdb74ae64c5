"""The effect of a silent shard on lateness and event time, and the oracle's checks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honest_job import Streams, put, run, write_trade

from oracle.lateness import UNREAD
from oracle.recount import Oracle
from oracle.report import Report
from oracle.verdict import Rules

if TYPE_CHECKING:
    from stack.reader import StreamRecord

RULES = Rules()


def busy(shard: int, seconds: range) -> list[StreamRecord]:
    """Make a trade a second on one shard. Each arrives at its event time."""
    at = [1000 * second for second in seconds]
    return [put(shard, time, write_trade("AMZN", time, 5), time) for time in at]


def waking(arrival: int, time: int) -> StreamRecord:
    """Make a trade on shard 1, which has no others at that time."""
    return put(1, arrival, write_trade("GOOG", time, 7), arrival)


def judge_all(trades: list[StreamRecord], late: list[StreamRecord]) -> Report:
    """Run a right job for which some trades are late because their shard was idle."""
    return run(trades, RULES, late).report(RULES)


def test_an_older_trade_after_a_shards_silence_may_be_late() -> None:
    """Shard 1 has a trade of 50 s at 60 s. Shard 0 has moved event time to 55 s."""
    old = waking(60_000, 50_000)
    report = judge_all([*busy(0, range(61)), old], [old])
    assert report.diff() == []
    assert (report.late_by_idleness, report.dead_letters, report.counted) == (1, {"late": 1}, 61)


def test_an_older_trade_after_a_shards_silence_may_also_be_counted() -> None:
    """Whether the shard was idle depends on the clock, so late and counted are both right."""
    report = judge_all([*busy(0, range(61)), waking(60_000, 50_000)], [])
    assert (report.mismatches, report.late_by_idleness, report.counted) == (0, 0, 62)


def test_the_trades_after_that_may_be_late_too() -> None:
    """The watermark does not decrease for the second and third trade."""
    old = [waking(60_000 + n, 50_000 + n) for n in range(3)]
    assert judge_all([*busy(0, range(61)), *old], old).mismatches == 0


def test_a_trade_is_not_late_by_idleness_if_no_other_shards_watermark_is_past_it() -> None:
    """Shard 0 reaches 60 s within the time of a read, so its watermark is 55 s."""
    new = waking(60_000, 60_000 + UNREAD)
    report = judge_all([*busy(0, range(80)), new], [new])
    assert report.count("unexplained_late") == 1


def test_a_shard_that_was_not_silent_is_never_idle() -> None:
    """Shard 1 has a trade every eight seconds, which is less than the idle timeout."""
    slow = [waking(time, time - 3_000) for time in range(0, 64_000, 8_000)]
    old = waking(64_000, 55_000)
    report = judge_all([*busy(0, range(70)), *slow, old], [old])
    assert report.count("unexplained_late") == 1


def test_a_trade_on_the_only_shard_is_never_late_by_idleness() -> None:
    """No other shard can have moved event time."""
    lone = waking(60_000, 60_000)
    assert judge_all([lone], [lone]).count("unexplained_late") == 1


def test_a_silent_shard_does_not_keep_windows_open() -> None:
    """Shard 1 is silent from 20 s. At 120 s the results of the windows to 90 s must exist."""
    trades = [*busy(0, range(121)), waking(20_000, 20_000)]
    streams = run(trades, RULES)
    assert streams.report(RULES).mismatches == 0
    report = Streams(streams.trades, [], streams.letters).report(RULES)
    assert report.count("missing_result") == 1 + 1 + 1 + 1 + 1  # AMZN to 30, 60, 90; GOOG 30, 60
    ended = Streams(trades, run(busy(0, range(121)), RULES).results, [])
    assert ended.report(RULES).count("missing_result") == 2


def test_a_shard_that_is_silent_for_a_short_time_may_keep_windows_open() -> None:
    """Shard 1 is silent for less than the timeout plus a read, so both outcomes are right."""
    trades = [*busy(0, range(70)), waking(58_000, 20_000)]
    assert run(trades, RULES).report(RULES).mismatches == 0


def test_a_shard_without_records_is_silent_from_the_first_record_of_any_shard() -> None:
    """In a long run such shards keep no window open. In a short run they may."""
    for seconds, closed in ((100, 3), (12, 0)):
        oracle = Oracle(Rules(watermark_delay_seconds=0, slide_seconds=5, window_seconds=5))
        oracle.add_shards(["shardId-000000000000", "shardId-000000000009"])
        oracle.add_trades(busy(0, range(0, seconds, 5)))
        assert (oracle.report().count("missing_result") > 0) == bool(closed)


def test_a_shard_with_only_bad_records_keeps_no_window_open() -> None:
    """The results for the other shard's windows must exist."""
    garbage = [put(1, time, b"garbage", time) for time in range(0, 120_000, 5_000)]
    streams = run([*busy(0, range(121)), *garbage], RULES)
    assert streams.report(RULES).windows_checked == 3
    report = Streams(streams.trades, [], streams.letters).report(RULES)
    assert report.count("missing_result") == 3


def test_a_shard_with_only_late_trades_is_idle() -> None:
    """The clock of shard 1's producer is slow. Each of its trades may be late by idleness."""
    behind = [waking(time, time - 50_000) for time in range(60_000, 120_000, 1_000)]
    report = judge_all([*busy(0, range(121)), *behind], behind)
    assert report.diff() == []
    assert (report.late_by_idleness, report.windows_checked) == (len(behind), 3)


def test_a_counted_trade_keeps_its_shard_active() -> None:
    """After shard 1's silence a trade is in time. Then only its own watermark makes trades late."""
    woken = waking(60_000, 60_000)
    after = waking(66_000, 60_500)
    assert judge_all([*busy(0, range(60)), woken, after], []).mismatches == 0
    late = judge_all([*busy(0, range(80)), woken, after], [after])
    assert late.count("unexplained_late") == 1


def test_a_fast_clock_does_not_move_the_watermark_past_the_arrival() -> None:
    """A trade dated a minute ahead arrives at 30 s. A later trade of 26 s is in time."""
    ahead = [put(0, 30_000, write_trade("AHEAD", 90_000, 5), 30_000)]
    right = [put(0, 31_000 + n, write_trade("AMZN", 26_000 + n, 5), 31_000) for n in range(100)]
    report = run([*ahead, *right], RULES).report(RULES)
    assert (report.mismatches, report.dead_letters, report.counted) == (0, {}, 101)
