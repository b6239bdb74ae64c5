"""Records of producers other than the simulator, and the job's other output settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol, cast

import pytest
from aws_kinesis_agg import (  # pyright: ignore[reportMissingTypeStubs] -- the package has none
    aggregator,
)
from stream_harness import Bench, Streams

from oracle.recount import Oracle
from oracle.verdict import Rules
from stack.reader import StreamReader

pytestmark = pytest.mark.cluster

SECONDS = 300
"""Seconds of event time."""


class Aggregator(Protocol):
    """The part of the untyped package that is used."""

    def add_user_record(self, partition_key: str, data: str) -> object:
        """Add a record to the pack."""
        ...

    def clear_and_get(self) -> Packed:
        """Finish the pack."""
        ...


class Packed(Protocol):
    """A finished pack."""

    def get_contents(self) -> tuple[str, str, bytes]:
        """Give partition key, explicit hash key and bytes."""
        ...


def send_as_others_do(streams: Streams) -> int:
    """Put single trades with the time formats of several producers, and give their number."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    sent = 0
    for second in range(SECONDS):
        moment = begin + timedelta(seconds=second, milliseconds=second % 3 * 250)
        clocks = {
            "NAIVE": moment.replace(tzinfo=None),
            "AWARE": moment,
            "INDIA": moment.astimezone(timezone(timedelta(hours=5, minutes=30))),
            "BRAZIL": moment.astimezone(timezone(-timedelta(hours=3))),
        }
        for ticker, clock in clocks.items():
            trade = {"EVENT_TIME": clock.isoformat(), "TICKER": ticker, "PRICE": 1 + second}
            data = json.dumps(trade | {"exchange": "X", "size": [1, 2]}) + "\n"
            streams.client.put_record(
                StreamName=streams.ingest, Data=data.encode(), PartitionKey=str(sent % 64)
            )
            sent += 1
        if second % 10 == 0:
            sent += _pack(streams, moment)
    return sent


PACK = 19
"""Trades of a pack. No number of packs has 60 trades, as a whole window of another ticker has."""


def _pack(streams: Streams, moment: datetime) -> int:
    """Put a packed record whose trades have keys of all shards. Only the KPL avoids this."""
    packer = cast("Aggregator", aggregator.RecordAggregator())
    for number in range(PACK):
        trade = {"EVENT_TIME": moment.isoformat(), "TICKER": "PACKED", "PRICE": number + 0.5}
        packer.add_user_record(f"key-{number}", json.dumps(trade))
    key, _, data = packer.clear_and_get().get_contents()
    streams.client.put_record(StreamName=streams.ingest, Data=data, PartitionKey=key)
    return PACK


def test_other_producers_records_are_read_and_each_output_setting_gives_the_same_results(
    bench: Bench,
) -> None:
    """The records have four time formats, numbers without decimals, and additional fields."""
    plain = bench.streams(shards=2)
    lines = plain.with_new_outputs()
    lines.rules = Rules(output_format="line")
    sent = send_as_others_do(plain)
    with (
        bench.job(plain),
        bench.job(lines, AggregationEnabled="true", Partition="random"),
    ):
        for streams in (plain, lines):
            report = streams.settle(windows=8 * 5)
            assert report.diff() == []
            assert (report.records, report.counted, report.dead_letters) == (sent, sent, {})
            assert report.windows_checked >= 8 * 5
    oracle = Oracle(plain.rules)
    results = oracle.add_results(StreamReader(plain.client, plain.results).read_all())
    full = [result for result in results if result.measures["trades"] == 60]
    assert {result.key.ticker for result in full} == {"NAIVE", "AWARE", "INDIA", "BRAZIL"}
