"""The parts of a count of historic trades: its stack's file, its trades, and its comparison."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from history_world import scratch_project
from recorder import PROJECT

from common.errors import UserError
from common.paths import ROOT
from history.configuration import DELAY_LEAST, SPAN_MS, historic, hourly_dollars, write
from history.delivered import Delivered
from history.trades import FileTrades, Shard, closing_time, closing_trades
from job.properties import JobProperties
from oracle.verdict import Rules, Trade, judge
from oracle.windows import Key, gather
from simulator.file import start
from simulator.file.rows import find_layout
from simulator.file.trades import TradeFile, map_columns

LIVE = JobProperties(
    region="us-east-1",
    input_stream="in",
    output_stream="out",
    dead_letter_stream="dead",
    window_seconds=120,
    more_windows="300",
    watermark_delay_seconds=5,
)
SANDBOX: Mapping[str, Any] = yaml.safe_load((ROOT / "Pulumi.sandbox.yaml").read_text())["config"]
RULES_OF_60 = Rules(watermark_delay_seconds=DELAY_LEAST)


def settings(**changes: object) -> dict[str, Any]:
    """Give the history stack's settings for the sandbox with these changes."""
    given = {**SANDBOX, **{f"{PROJECT}:{key}": value for key, value in changes.items()}}
    found = historic(given, PROJECT, LIVE)
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in found.items()}


def test_the_stack_counts_as_the_live_job_does_and_reads_from_the_beginning() -> None:
    """The live application's own properties apply, and not those in the stack's file."""
    job = settings()["job"]
    assert (job["WindowSeconds"], job["MoreWindowSeconds"]) == ("120", "300")
    assert job["InitialPosition"] == "TRIM_HORIZON"
    assert not job.keys() & {"aws.region", "inputStreamName", "outputStreamName"}
    assert int(job["WatermarkDelaySeconds"]) * 1000 > SPAN_MS


def test_what_belongs_to_the_live_stack_alone_is_left_out() -> None:
    """The copy isn't deployed by the pipeline, tells nobody of an alarm, and can be taken away."""
    found = settings(
        producer={"trusted": ["arn:aws:iam::222222222222:role/desk"]},
        alarms={"subscriptions": [{"protocol": "email", "endpoint": "a@example.com"}]},
        sink={"destination": {"kind": "http", "url": "https://example.com"}},
        flink={"restore": "none", "parallelism": 8, "keep_code_on_destroy": True},
        assume="deployer",
    )
    assert not found.keys() & {"producer", "alarms", "tooling", "assume"}
    assert "destination" not in found["sink"]
    assert found["sink"]["keep_data_on_destroy"] is False
    assert found["flink"] == {"parallelism": 4, "autoscaling": False}  # one for each shard
    assert found["prefix"] == "stocktrading-history"


def test_a_long_prefix_is_cut_to_what_the_settings_allow() -> None:
    """A name of AWS has a maximum length."""
    assert settings(prefix="a-rather-long-prefix-x")["prefix"] == "a-rather-long-history"


def test_a_stack_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    """A tooling stack has no job."""
    project = scratch_project(tmp_path / "project")
    (project / "Pulumi.tooling.yaml").symlink_to(ROOT / "Pulumi.tooling.yaml")
    with pytest.raises(UserError, match=r"Pulumi\.tooling\.yaml: .*kind isn't workload"):
        write(project, "tooling", LIVE)


def test_the_hourly_cost_is_that_of_its_kpus_shards_and_key(tmp_path: Path) -> None:
    """Two KPUs and the service's own at 0.11, six shards at 0.015, and a key at 1 a month."""
    project = scratch_project(tmp_path / "project")
    write(project, "sandbox", LIVE)
    expected = 3 * 0.11 + (4 + 1 + 1) * 0.015 + 1 / 730
    assert hourly_dollars(project, "sandbox-history") == pytest.approx(expected)


def trades_of(path: Path) -> FileTrades:
    """Read a file as the command does."""
    layout = find_layout(path, None, None, None)
    mapped = map_columns(path, layout, [], [])
    return FileTrades.read(TradeFile(path, layout, mapped, start.times(None, "UTC")), 20)


def test_trades_are_sent_in_the_order_of_their_times(tmp_path: Path) -> None:
    """A file in any order makes no trade late."""
    file = tmp_path / "trades.jsonl"
    seconds = (30, 10, 20, 10)
    file.write_text(
        "".join(
            f'{{"EVENT_TIME":"2020-01-02T10:00:{each}Z","TICKER":"A","PRICE":{number + 1}}}\n'
            for number, each in enumerate(seconds)
        )
    )
    found = trades_of(file)
    assert [(trade.line, trade.time % 60_000) for trade in found.trades] == [
        (2, 10_000),
        (4, 10_000),
        (3, 20_000),
        (1, 30_000),
    ]
    assert found.check.disordered == 0
    windows = found.windows(Rules())
    assert {key.end % 3_600_000: len(trades) for key, trades in windows.items()} == {
        30_000: 3,
        60_000: 4,
        90_000: 1,
    }


def test_a_closing_trade_reaches_every_shard_and_ends_the_last_window() -> None:
    """Its key has its shard's hash, and its time puts the watermark at the last window's end."""
    most = 2**128
    shards = [Shard(most // 7 * part, most // 7 * (part + 1) - 1) for part in range(7)]
    windows = {Key("A", 60_000, 0): (), Key("B", 90_000, 30_000): ()}
    time = closing_time(windows, RULES_OF_60, 10**12)
    assert time - DELAY_LEAST * 1000 - 1 >= 90_000
    records = closing_trades(shards, time)
    for shard, one in zip(shards, records, strict=True):
        assert shard.first <= int(hashlib.md5(one.key.encode()).hexdigest(), 16) <= shard.last  # noqa: S324 -- as Kinesis does
        verdict = judge(one.data, 10**12, RULES_OF_60)
        assert isinstance(verdict, Trade)
        found: dict[Key, list[Trade]] = {}
        gather([verdict], RULES_OF_60, found)
        assert all(key.end > verdict.time - DELAY_LEAST * 1000 for key in found)  # never closed


def test_windows_that_cannot_be_closed_yet_are_refused_with_the_time() -> None:
    """A watermark never passes the arrival of a trade."""
    windows = {Key("A", 1_577_959_260_000, 1_577_959_200_000): ()}
    closing_time(windows, RULES_OF_60, 1_577_959_861_000)
    with pytest.raises(UserError, match=r"ends at 2020-01-02T10:01:00\S*Z, .*T10:11:01"):
        closing_time(windows, RULES_OF_60, 1_577_959_860_999)


class Bucket:
    """A bucket's objects, as far as `Delivered` asks for them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get_paginator(self, _: str) -> Bucket:
        """Give itself, with one page."""
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        """List every object."""
        return [{"Contents": [{"Key": key} for key in self.objects]}]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 -- boto3's names
        """Give an object's bytes."""
        assert Bucket == "sink"
        return {"Body": io.BytesIO(self.objects[Key])}


TRADES = [Trade("A", 1_577_959_210_000, 4.0), Trade("A", 1_577_959_220_000, 2.0)]


def line(**changes: object) -> bytes:
    """Write the result of the window of `TRADES` that ends at 10:00:30."""
    result = {
        "window_start": "2020-01-02T09:59:30Z",
        "window_end": "2020-01-02T10:00:30Z",
        "ticker": "A",
        "max_price": 4.0,
        "min_price": 2.0,
        "avg_price": 3.0,
        "trades": 2,
    }
    return json.dumps(result | changes).encode() + b"\n"


LATER = {"window_start": "2020-01-02T10:00:00Z", "window_end": "2020-01-02T10:01:00Z"}


def delivered(*objects: tuple[str, bytes]) -> tuple[Delivered, tuple[int, list[str]]]:
    """Read a bucket with these objects, and compare it with the recount of `TRADES`."""
    bucket = Bucket()
    bucket.objects.update(objects)
    found = Delivered(cast("Any", bucket), "sink", Rules())
    found.poll()
    found.poll()  # reads no object twice
    windows: dict[Key, list[Trade]] = {}
    gather(TRADES, Rules(), windows)
    return found, found.compare(windows)


def test_right_results_are_written_once_in_the_order_of_the_windows(tmp_path: Path) -> None:
    """Delivery is at least once, compressed or not."""
    found, (right, mistakes) = delivered(
        ("results/b", line(**LATER) + line()), ("results/a", gzip.compress(line()))
    )
    assert (right, mistakes, found.repeated) == (2, [], 1)
    assert found.write(tmp_path / "new").read_bytes() == line() + line(**LATER)


@pytest.mark.parametrize(
    ("objects", "right", "mistake"),
    [
        ([("results/a", line())], 1, "A 2020-01-02T10:01:00Z, window of 60 s: no result"),
        ([("results/a", line(max_price=5) + line(**LATER))], 1, "max_price 5, expected 4.0"),
        ([("results/a", line() + line(**LATER) + line(ticker="B"))], 2, "B 2020"),
        ([("results/a", line() + line(**LATER) + line(trades=3))], 2, "two results with different"),
        ([("results/a", line() + line(**LATER) + b"{}\n")], 2, "malformed result"),
        ([("results/a", line() + line(**LATER)), ("errors/x", b"{}\n")], 2, "could not deliver"),
    ],
)
def test_each_difference_from_the_recount_is_a_mistake(
    objects: list[tuple[str, bytes]], right: int, mistake: str
) -> None:
    """A missing, wrong, extra or unreadable result, and a failed delivery."""
    _, (found, mistakes) = delivered(*objects)
    assert found == right
    (only,) = mistakes
    assert mistake in only


def test_a_dead_letter_is_a_mistake_with_its_reason() -> None:
    """No trade of a file may be late here."""
    letter = {
        "reason": "late",
        "payload": "{}",
        "payload_encoding": "utf-8",
        "arrival_time": "2026-01-01T00:00:00.000Z",
        "shard": "shardId-000000000000",
        "sequence_number": "12",
    }
    objects = ("dead-letters/a", json.dumps(letter).encode() + b"\n")
    _, (right, mistakes) = delivered(("results/a", line() + line(**LATER)), objects)
    assert (right, mistakes) == (2, ["dead letters with the reason late: 1"])


def test_the_expected_windows_are_those_of_every_length() -> None:
    """The recount follows the rules of the deployed job."""
    windows: dict[Key, list[Trade]] = {}
    gather(TRADES, replace(Rules(), more_windows=(300,)), windows)
    assert {(key.end - key.start) // 1000 for key in windows} == {60, 300}
