"""During a flood of bad records there are results, few letters, and no unreported loss."""

from __future__ import annotations

import pytest
from stream_harness import Bench, Put, write_trade
from test_stream_restart import RULES, Market

from job.limits import LETTERS_A_SECOND
from oracle.dead_letters import parse_letter
from oracle.find import find_records
from stack.reader import StreamReader

pytestmark = pytest.mark.cluster

POISON = 20_000


def test_above_a_rate_one_letter_stands_for_many_and_each_record_is_found_again(
    bench: Bench,
) -> None:
    """Half of all records on two shards are bad, for two reasons."""
    streams = bench.streams(shards=2, rules=RULES)
    market = Market(streams)
    with bench.job(streams, parallelism=2) as job:
        for _ in range(10):
            market.trade(10, 0, 1)
            streams.put(Put(n % 2, b"poison %d" % n) for n in range(POISON // 10))
            streams.put([Put(1, write_trade("OLD", market.time - 60_000, 1))] * 20)
        report = streams.settle(windows=40)
        assert report.diff() == []
        bench.stop(job)  # open letters are written before the savepoint
        report = streams.settle(windows=40)
    assert report.diff() == []
    assert report.dead_letters == {"not_json": POISON + 10, "late": 200}
    letters = [
        parse_letter(each.data) for each in StreamReader(bench.client, streams.letters).read_all()
    ]
    own = [letter for letter in letters if letter.last is None]
    spans = [letter for letter in letters if letter.last is not None]
    assert len(own) < POISON / 4
    assert len(own) >= 10 * LETTERS_A_SECOND
    assert len(own) + sum(span.records for span in spans) == POISON + 10 + 200
    poison = next(span for span in spans if span.reason == "not_json" and span.records > 1)
    found = find_records(bench.client, streams.ingest, poison, RULES)
    assert len(found) == poison.records
    assert all(record.data.startswith(b"poison") or record.data == b"bad" for record in found)
