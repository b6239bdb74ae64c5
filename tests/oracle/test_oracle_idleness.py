"""What a silent shard does to lateness and to event time, and what the oracle makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honest_job import Streams, put, run, write_trade

from oracle.lateness import UNREAD
from oracle.recount import Oracle, Report
from oracle.verdict import Rules

if TYPE_CHECKING:
    from oracle.reader import Record

RULES = Rules()


def busy(shard: int, seconds: range) -> list[Record]:
    """A trade a second on one shard, each arriving as it is made."""
    at = [1000 * second for second in seconds]
    return [put(shard, time, write_trade("AMZN", time, 5), time) for time in at]


def waking(arrival: int, time: int) -> Record:
    """A trade on shard 1, which is otherwise silent."""
    return put(1, arrival, write_trade("GOOG", time, 7), arrival)


def judge_all(trades: list[Record], late: list[Record]) -> Report:
    """Let a right job say that some were late because their shard had been idle."""
    return run(trades, RULES, late).report(RULES)


def test_a_trade_behind_the_others_on_a_shard_that_wakes_may_be_late() -> None:
    """Shard 1 wakes at 60 s with a trade of 50 s, while shard 0 has taken event time to 55 s."""
    old = waking(60_000, 50_000)
    report = judge_all([*busy(0, range(61)), old], [old])
    assert report.diff() == []
    assert (report.late_by_idleness, report.dead_letters, report.counted) == (1, {"late": 1}, 61)


def test_it_may_as_well_count() -> None:
    """Whether the shard counted as idle depends on the clock: both are right, never neither."""
    report = judge_all([*busy(0, range(61)), waking(60_000, 50_000)], [])
    assert (report.mismatches, report.late_by_idleness, report.counted) == (0, 0, 62)


def test_what_follows_the_waking_may_be_late_too() -> None:
    """The watermark that went ahead doesn't come back for the second and third trade."""
    old = [waking(60_000 + n, 50_000 + n) for n in range(3)]
    assert judge_all([*busy(0, range(61)), *old], old).mismatches == 0


def test_a_trade_that_no_other_shard_is_ahead_of_is_never_late_by_idleness() -> None:
    """Shard 0 will have come to 60 s, and its watermark to 55 s, within the time of a read."""
    new = waking(60_000, 60_000 + UNREAD)
    report = judge_all([*busy(0, range(80)), new], [new])
    assert report.count("unexplained_late") == 1


def test_a_shard_that_was_not_silent_is_never_idle() -> None:
    """Shard 1 has a trade every eight seconds: less than the idle timeout."""
    slow = [waking(time, time - 3_000) for time in range(0, 64_000, 8_000)]
    old = waking(64_000, 55_000)
    report = judge_all([*busy(0, range(70)), *slow, old], [old])
    assert report.count("unexplained_late") == 1


def test_a_lone_shard_is_never_late_by_idleness() -> None:
    """There is no other that could have taken event time ahead."""
    lone = waking(60_000, 60_000)
    assert judge_all([lone], [lone]).count("unexplained_late") == 1


def test_a_silent_shard_stops_holding_the_windows_open() -> None:
    """Shard 1 fell silent at 20 s: at 120 s the windows to 90 s must be there without it."""
    trades = [*busy(0, range(121)), waking(20_000, 20_000)]
    streams = run(trades, RULES)
    assert streams.report(RULES).mismatches == 0
    report = Streams(streams.trades, [], streams.letters).report(RULES)
    assert report.count("missing_result") == 1 + 1 + 1 + 1 + 1  # AMZN to 30, 60, 90; GOOG 30, 60
    ended = Streams(trades, run(busy(0, range(121)), RULES).results, [])
    assert ended.report(RULES).count("missing_result") == 2


def test_a_shard_that_is_only_just_silent_may_hold_them_open() -> None:
    """Shard 1 fell silent less than the timeout and a read before the end: nobody can say."""
    trades = [*busy(0, range(70)), waking(58_000, 20_000)]
    assert run(trades, RULES).report(RULES).mismatches == 0


def test_a_shard_without_records_counts_as_silent_from_the_first_record_on() -> None:
    """Known shards that never had a record hold nothing open in a long run, maybe in a short."""
    for seconds, closed in ((100, 3), (12, 0)):
        oracle = Oracle(Rules(watermark_delay_seconds=0, slide_seconds=5, window_seconds=5))
        oracle.add_shards(["shardId-000000000000", "shardId-000000000009"])
        oracle.add_trades(busy(0, range(0, seconds, 5)))
        assert (oracle.report().count("missing_result") > 0) == bool(closed)


def test_a_shard_that_sends_only_garbage_holds_nothing_open() -> None:
    """Its records count nowhere: the windows of the other shard must be there without it."""
    garbage = [put(1, time, b"garbage", time) for time in range(0, 120_000, 5_000)]
    streams = run([*busy(0, range(121)), *garbage], RULES)
    assert streams.report(RULES).windows_checked == 3
    report = Streams(streams.trades, [], streams.letters).report(RULES)
    assert report.count("missing_result") == 3


def test_trades_that_are_all_late_keep_no_shard_awake() -> None:
    """Shard 1 belongs to a clock that is behind: each of its trades may be late by idleness."""
    behind = [waking(time, time - 50_000) for time in range(60_000, 120_000, 1_000)]
    report = judge_all([*busy(0, range(121)), *behind], behind)
    assert report.diff() == []
    assert (report.late_by_idleness, report.windows_checked) == (len(behind), 3)


def test_a_counted_trade_keeps_its_shard_awake() -> None:
    """Shard 1 wakes with a trade in time: what comes after is judged by its own watermark alone."""
    woken = waking(60_000, 60_000)
    after = waking(66_000, 60_500)
    assert judge_all([*busy(0, range(60)), woken, after], []).mismatches == 0
    late = judge_all([*busy(0, range(80)), woken, after], [after])
    assert late.count("unexplained_late") == 1


def test_a_clock_that_is_ahead_moves_no_watermark_past_the_arrival() -> None:
    """A trade dated a minute ahead arrives at 30 s; one of 26 s after it is in time."""
    ahead = [put(0, 30_000, write_trade("AHEAD", 90_000, 5), 30_000)]
    right = [put(0, 31_000 + n, write_trade("AMZN", 26_000 + n, 5), 31_000) for n in range(100)]
    report = run([*ahead, *right], RULES).report(RULES)
    assert (report.mismatches, report.dead_letters, report.counted) == (0, {}, 101)
