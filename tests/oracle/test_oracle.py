"""The oracle finds each fault of a job, and finds none in a right job."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from honest_job import START, Streams, put, run, write_letter, write_result, write_trade

from oracle.verdict import Rules, Trade
from oracle.windows import Key, Result, find_mistake

if TYPE_CHECKING:
    from oracle.report import FaultKind
    from stack.reader import StreamRecord

RULES = Rules()


def make_trades() -> list[StreamRecord]:
    """Make four minutes of trades on two shards: one a second, one bad record, one late trade."""
    trades: list[StreamRecord] = []
    for second in range(240):
        now, shard = second * 1000, second % 2
        ticker, price = ("AMZN", "GOOG", "ORCL")[second % 3], 50 + second * 7 % 101 / 10
        trades.append(put(shard, second, write_trade(ticker, now, price), now + 40))
    trades.append(put(0, 900, b"not a trade\n", 239_500))
    trades.append(put(1, 901, write_trade("AMZN", 100_000, 99), 239_600))
    return trades


@pytest.fixture
def streams() -> Streams:
    """Make the streams of a job without faults."""
    return run(make_trades(), RULES)


def test_a_right_job_has_no_faults_and_the_report_has_every_number(streams: Streams) -> None:
    """Event time reaches 233 s, which closes the windows that end at 210 s or earlier."""
    report = streams.report(RULES)
    assert report.diff() == []
    assert (report.records, report.counted, report.mismatches) == (242, 240, 0)
    assert report.dead_letters == {"not_json": 1, "late": 1}
    assert (report.windows_checked, report.windows_open) == (7 * 3, 2 * 3)
    assert (report.late_by_idleness, report.repeated_results) == (0, 0)


Mutation = Callable[[Streams], object]


def change_result(streams: Streams, **fields: object) -> None:
    """Replace fields of the fifth result."""
    result = json.loads(streams.results[4].data) | fields
    streams.results[4] = streams.results[4]._replace(data=json.dumps(result).encode() + b"\n")


def change_letter(streams: Streams, **fields: object) -> None:
    """Replace fields of the first dead letter."""
    letter = json.loads(streams.letters[0].data) | fields
    streams.letters[0] = streams.letters[0]._replace(data=json.dumps(letter).encode() + b"\n")


def change_a_copy(streams: Streams, change: Callable[[Streams], None], records: int) -> None:
    """Put a record twice, first unchanged and then changed."""
    kept = list(streams[records])
    change(streams)
    streams[records].extend(kept)


MUTATIONS: list[tuple[FaultKind, Mutation]] = [
    ("missing_result", lambda streams: streams.results.pop(3)),
    ("wrong_result", lambda streams: change_result(streams, max_price=60.2)),
    ("wrong_result", lambda streams: change_result(streams, min_price=49.9)),
    ("wrong_result", lambda streams: change_result(streams, avg_price=55.0001)),
    ("wrong_result", lambda streams: change_result(streams, trades=19)),
    ("malformed_result", lambda streams: change_result(streams, trades=True)),
    ("malformed_result", lambda streams: change_result(streams, avg_price=None)),
    ("malformed_result", lambda streams: change_result(streams, event_time="now")),
    ("malformed_result", lambda streams: change_result(streams, window_end="2026-01-31T09:01:00")),
    (
        "malformed_result",
        lambda streams: change_result(streams, window_start="2026-01-31T08:00:00Z"),
    ),
    ("extra_result", lambda streams: change_result(streams, ticker="NONE")),
    (
        "disagreeing_results",
        lambda streams: change_a_copy(streams, lambda it: change_result(it, max_price=60.2), 1),
    ),
    ("missing_dead_letter", lambda streams: streams.letters.pop(0)),
    ("missing_dead_letter", lambda streams: streams.letters.pop(1)),
    ("wrong_dead_letter", lambda streams: change_letter(streams, reason="missing_field")),
    ("wrong_dead_letter", lambda streams: change_letter(streams, arrival_time="2026-01-31")),
    ("malformed_dead_letter", lambda streams: change_letter(streams, reason="because")),
    ("malformed_dead_letter", lambda streams: change_letter(streams, shard=0)),
    ("missing_dead_letter", lambda streams: change_letter(streams, payload="not a trade")),
    ("unexpected_dead_letter", lambda streams: change_letter(streams, payload="not a trade")),
    ("unexpected_dead_letter", lambda streams: change_letter(streams, sequence_number="1")),
    (
        "disagreeing_dead_letters",
        lambda streams: change_a_copy(streams, lambda it: change_letter(it, reason="late"), 2),
    ),
]


@pytest.mark.parametrize(("kind", "mutate"), MUTATIONS)
def test_each_fault_of_a_job_is_reported(
    streams: Streams, kind: FaultKind, mutate: Mutation
) -> None:
    """A result or dead letter is missing, changed, extra, or there twice with a difference."""
    mutate(streams)
    report = streams.report(RULES)
    assert report.count(kind) > 0
    assert report.mismatches > 0


def test_a_trade_that_is_counted_and_is_also_a_dead_letter_is_reported(streams: Streams) -> None:
    """The trade is late by its dead letter, counted in its windows, and no shard was idle."""
    streams.letters.append(put(0, 77, write_letter(streams.trades[60], "late"), 0))
    report = streams.report(RULES)
    assert report.count("unexplained_late") == 1
    assert report.count("wrong_result") == 2


def test_a_lost_trade_is_reported_for_each_of_its_windows() -> None:
    """The job did not read the trade of second 100."""
    trades = make_trades()
    seen = run([*trades[:100], *trades[101:]], RULES)
    report = Streams(trades, seen.results, seen.letters).report(RULES)
    assert report.count("wrong_result") == report.mismatches == 2
    assert "trades 19, expected 20" in report.diff()[0]


def test_repeated_results_and_dead_letters_are_counted_and_are_not_faults(streams: Streams) -> None:
    """After a restart the job may put the same records again."""
    streams.results.extend(streams.results[:5])
    streams.letters.extend(streams.letters)
    report = streams.report(RULES)
    assert (report.mismatches, report.repeated_results, report.repeated_dead_letters) == (0, 5, 2)


def test_a_result_before_event_time_can_have_reached_its_end_is_reported(streams: Streams) -> None:
    """The window to 240 s has right numbers, but no shard's watermark passed 233 s."""
    prices = [json.loads(t.data)["PRICE"] for t in streams.trades[180:240:3]]
    early = write_result("AMZN", START + 180_000, prices, RULES)
    streams.results.append(put(0, 999, early, 0))
    assert streams.report(RULES).count("extra_result") == 1


def test_a_watermark_is_exact_to_the_millisecond() -> None:
    """If the newest trade is at 10 s, a trade at 5 s is in time, and one at 4.999 s is late."""
    at = [10_000, 5_000, 4_999]
    trades = [put(0, n, write_trade("A", time, 1), 10_000) for n, time in enumerate(at)]
    report = run(trades, RULES).report(RULES)
    assert (report.counted, report.dead_letters, report.mismatches) == (2, {"late": 1}, 0)
    early = run(trades, Rules(watermark_delay_seconds=6))
    assert early.report(RULES).count("missing_dead_letter") == 1


def test_a_trade_in_the_future_does_not_move_the_watermark() -> None:
    """A trade dated an hour ahead is a dead letter. The trades after it are not late."""
    trades = [put(0, n, write_trade("A", t, 1), n) for n, t in enumerate([0, 3_600_000, 1])]
    report = run(trades, RULES).report(RULES)
    assert (report.counted, report.dead_letters, report.mismatches) == (2, {"future": 1}, 0)


def test_packed_records_are_distinguished_by_their_payloads() -> None:
    """Two different bad records with one sequence number need two letters, two equal ones one."""
    trades = [put(0, 7, data, 0, part) for part, data in enumerate([b"x", b"y", b"y"])]
    streams = run(trades, RULES)
    assert streams.report(RULES).mismatches == 0
    del streams.letters[0]
    assert streams.report(RULES).count("missing_dead_letter") == 1


def test_a_long_or_binary_payload_is_compared_with_the_record() -> None:
    """A cut payload must be the record's beginning, and needs the record's size and digest."""
    data = b"\xff" + b"z" * 300_000
    record = put(0, 1, data, 0)
    letter = json.loads(write_letter(record._replace(data=b""), "not_json"))
    letter |= {"payload": base64.b64encode(data[:1000]).decode(), "payload_encoding": "base64"}
    letter |= {"payload_size": len(data), "payload_sha256": hashlib.sha256(data).hexdigest()}
    streams = Streams([record], [], [put(0, 0, json.dumps(letter).encode() + b"\n", 0)])
    assert streams.report(RULES).diff() == []
    change_letter(streams, payload_size=5)
    assert streams.report(RULES).count("wrong_dead_letter") == 1


def test_an_average_is_right_if_the_sum_is_too_large_for_a_double() -> None:
    """The three trades have the largest possible prices."""
    trades = [put(0, n, write_trade("A", n, 1.7e308), n) for n in range(3)]
    trades.append(put(0, 3, write_trade("A", 120_000, 1), 120_000))
    assert run(trades, RULES).report(RULES).diff() == []


def test_a_measure_without_a_rule_in_the_oracle_is_named() -> None:
    """A new measure of the job is a fault until the oracle can recount it."""
    mistake = find_mistake(Result(Key("A", 60_000, 0), {"vwap": 1.5}), [Trade("A", 0, 1.5)])
    assert mistake is not None
    assert "vwap" in mistake


def test_results_in_lines_are_checked_by_their_price() -> None:
    """The format `line` has window end, ticker and highest price."""
    rules = Rules(output_format="line")
    trades = [put(0, n, write_trade("A : B", n * 30_000, n + 1.5), n * 30_000) for n in range(4)]
    lines = ["09:00:30Z ==> A : B : Stock Value: 1.5", "09:01:00Z ==> A : B : Stock Value: 2.5"]
    results = [put(0, n, f"2026-01-31T{line}\n".encode(), 0) for n, line in enumerate(lines)]
    assert Streams(trades, results, []).report(rules).diff() == []
    results[1] = results[1]._replace(data=results[1].data.replace(b"2.5", b"1.5"))
    assert Streams(trades, results, []).report(rules).count("wrong_result") == 1


def test_two_hundred_thousand_records_take_seconds() -> None:
    """The limit is in CPU seconds, so that other processes don't count."""
    trades = [
        put(n % 4, n, write_trade(f"T{n % 5}", n * 5, 1 + n % 97 / 8), n * 5)
        for n in range(200_000)
    ]
    streams = Streams(trades, [], [])
    started = time.process_time()
    report = streams.report(RULES)
    assert report.counted == 200_000
    assert time.process_time() - started < 15
