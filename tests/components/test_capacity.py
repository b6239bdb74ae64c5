"""The capacity of a load: exact values for some loads, and properties for all."""

import json
import re
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from recorder import ROOT, main_program, record, stack_config
from typer.testing import CliRunner

from cli import app
from components.base import limits
from components.sizing import capacity_report
from components.sizing.capacity import Capacity, Load, ReadCost, capacity
from components.sizing.capacity_report import thresholds
from components.sizing.cost import HOURS, monthly
from components.sizing.prices import US_EAST_1, tiered
from components.sizing.quotas import beyond_quotas
from job.limits import FLUSH


def _plan(peak: float, *, packed: bool = False, tickers: int = 5, size: int = 100) -> Capacity:
    load = Load(mean_trades=peak / 5, peak_trades=peak, trade_bytes=size, tickers=tickers)
    return capacity(load, packed=packed)


@pytest.mark.parametrize(
    ("peak", "packed", "shards", "kpus"),
    [
        (10, False, (1, 1, 1), 1),
        (1_000, False, (2, 1, 1), 1),  # 1,000 records/s over shards filled to 70 %: 1.43
        (10_000, False, (15, 1, 1), 1),
        (100_000, False, (143, 1, 1), 3),  # CPU 0.15 + 1.0: 1.15 vCPU, half of each used
        (1_000_000, False, (1_429, 1, 1), 24),
        (10_000_000, False, (14_286, 1, 1), 231),
        (1_000, True, (1, 1, 1), 1),
        (1_000_000, True, (154, 1, 1), 4),  # 107 MB/s over shards filled to 0.7 MB/s
        (10_000_000, True, (1_531, 1, 1), 31),
    ],
)
def test_from_ten_to_ten_million_trades(
    *, peak: int, packed: bool, shards: tuple[int, int, int], kpus: int
) -> None:
    """Exact values over the whole range, for single and for packed trades."""
    plan = _plan(peak, packed=packed)
    assert (plan.ingest.shards, plan.results.shards, plan.dead_letters.shards) == shards
    assert plan.kpus == kpus


def test_packing_takes_ten_times_fewer_shards() -> None:
    """Only the limit of bytes then matters, and no longer the limit of records."""
    each, packed = _plan(1_000_000), _plan(1_000_000, packed=True)
    assert each.ingest.shards / packed.ingest.shards == pytest.approx(9.3, abs=0.1)
    assert packed.ingest.records == pytest.approx(1_000_000 / 478)  # 50 KiB over 107 bytes


def test_the_cost_of_a_trade_and_of_a_record_follow_from_the_two_measured_figures() -> None:
    """A record of one trade and a pack of 450 give the measured figures again."""
    cost = ReadCost(measured=date(2026, 1, 5), plain=8, packed=2)
    assert (cost.of_a_trade + cost.of_a_record) * 1e6 == pytest.approx(8)
    assert (cost.of_a_trade + cost.of_a_record / 450) * 1e6 == pytest.approx(2)
    assert cost.trades_a_kpu(packed=False) == 62_500  # half of a vCPU
    assert cost.trades_a_kpu(packed=True) == 250_000
    noisy = ReadCost(measured=date(2026, 1, 5), plain=4, packed=5)
    assert (noisy.of_a_trade * 1e6, noisy.of_a_record) == (5, 0)


def test_the_command_says_how_many_trades_a_kpu_takes_and_since_when(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The figure is that of the constant. Without a day it is assumed."""
    for day, told in (
        (date(2026, 1, 5), "measured on 2026-01-05 by make bench-read"),
        (None, "assumed"),
    ):
        cost = ReadCost(measured=day, plain=8, packed=2)
        monkeypatch.setattr(capacity_report, "READ_COST", cost)
        shown = CliRunner().invoke(app, ["capacity", "--peak", "1000"]).stdout
        assert f"a KPU takes 62,500 trades a second: {told}" in shown


def test_results_come_in_bursts_that_the_stream_must_take() -> None:
    """100,000 tickers' windows end at once: 20,000 records/s over five seconds."""
    assert _plan(1_000, tickers=100_000).results.shards == 29
    packed = _plan(1_000, tickers=100_000, packed=True)
    assert packed.results.shards == 29  # the producer packs trades, and nobody packs results
    assert _plan(1_000, tickers=100_000).mean_results == pytest.approx(3_333.33, abs=0.01)


def test_the_wait_for_an_object_shrinks_as_results_grow() -> None:
    """Few results wait the longest time. Many wait the shortest, with space for a burst."""
    few, many = _plan(1_000, tickers=5), _plan(1_000, tickers=100_000)
    assert (few.buffer_seconds, few.buffer_mib) == (300, 5)
    assert (many.buffer_seconds, many.buffer_mib) == (60, 84)


def test_a_month_is_counted_part_by_part() -> None:
    """Against a calculation by hand for 1,000 trades/s at the peak, 200 on average."""
    cost = monthly(_plan(1_000))
    seconds = 730 * 3600
    assert cost.ingest_stream == pytest.approx(2 * 730 * 0.015 + 200 * seconds / 1e6 * 0.014)
    assert cost.managed_flink == pytest.approx(2 * 730 * 0.11 + 50 * 0.10)
    assert cost.firehose == pytest.approx((5 / 30 + 2) * 5_000 * seconds / 1e9 * 0.029)
    assert cost.monitoring == pytest.approx(4 * 5 * 0.30 + 31 * 0.10 + 0.50 + 3.00)
    assert cost.total == pytest.approx(231.31, abs=0.01)


def test_longer_retention_costs_more() -> None:
    """A week costs each shard's hour, a month the bytes kept beyond the week."""
    plan = _plan(1_000)
    day, week, month = (monthly(plan, retention_hours=hours) for hours in (24, 168, 720))
    assert week.ingest_stream - day.ingest_stream == pytest.approx(2 * 730 * 0.02)
    kept_gb = 200 * 132 * (720 - 168) * 3600 / 1e9
    assert month.ingest_stream - week.ingest_stream == pytest.approx(kept_gb * 0.023)


def test_each_tiers_price_applies_to_the_part_within_it() -> None:
    """600 TB: 500 at the first price, 100 at the second."""
    expected = 500_000 * 0.029 + 100_000 * 0.025
    assert tiered(US_EAST_1.firehose_gb, 600_000) == pytest.approx(expected)


def test_an_exceeded_quota_is_named_with_what_to_request() -> None:
    """Ten million single trades/s exceed two quotas."""
    excesses = beyond_quotas(_plan(10_000_000), "us-east-1")
    assert [(one.needed, one.allowed) for one in excesses] == [(14_286, 10_000), (231, 64)]
    assert "15,000 shards a stream" in excesses[0].ask
    assert "'KPUs': 240" in excesses[1].ask
    assert beyond_quotas(_plan(10_000_000, packed=True), "us-east-1") == []
    assert beyond_quotas(_plan(10_000_000, packed=True), "eu-central-1")[0].allowed == 1_000


def _load(mean: float, factor: float, size: int, tickers: int) -> Load:
    peak = min(10_000_000, mean * factor)
    return Load(mean_trades=mean, peak_trades=peak, trade_bytes=size, tickers=tickers)


loads = st.builds(
    _load,
    mean=st.floats(1, 1_000_000),
    factor=st.floats(1, 10),
    size=st.integers(40, 10_000),
    tickers=st.integers(1, 100_000),
)


@given(
    load=loads,
    factor=st.floats(1, 10),
    more_bytes=st.integers(0, 1_000),
    more_tickers=st.integers(0, 10_000),
    packed=st.booleans(),
)
def test_a_larger_load_never_needs_less(
    *,
    load: Load,
    factor: float,
    more_bytes: int,
    more_tickers: int,
    packed: bool,
) -> None:
    """More trades, larger ones, more tickers: never fewer shards or KPUs, never cheaper."""
    more = Load(
        mean_trades=min(10_000_000, load.mean_trades * factor),
        peak_trades=min(10_000_000, load.peak_trades * factor),
        trade_bytes=load.trade_bytes + more_bytes,
        tickers=load.tickers + more_tickers,
    )
    small, large = capacity(load, packed=packed), capacity(more, packed=packed)
    assert large.ingest.shards >= small.ingest.shards
    assert large.results.shards >= small.results.shards
    assert large.dead_letters.shards >= small.dead_letters.shards
    assert large.kpus >= small.kpus
    assert monthly(large).managed_flink >= monthly(small).managed_flink


@given(loads)
def test_the_peak_fits_and_packing_never_needs_more_shards(load: Load) -> None:
    """No shard exceeds its limits at the peak."""
    each, packed = capacity(load), capacity(load, packed=True)
    for flow in (each.ingest, packed.ingest, each.results, packed.results, each.dead_letters):
        assert flow.records / flow.shards <= limits.SHARD_RECORDS
        assert flow.payload / flow.shards <= limits.SHARD_BYTES
    if load.trade_bytes < 1_000:
        assert packed.ingest.shards <= each.ingest.shards


@given(loads)
def test_buffers_stay_within_firehoses_limits(load: Load) -> None:
    """This holds for every load."""
    plan = capacity(load)
    assert 60 <= plan.buffer_seconds <= 300
    assert limits.BUFFER_MIB[0] <= plan.buffer_mib <= limits.BUFFER_MIB[1]


def test_a_peak_below_the_mean_is_refused() -> None:
    """The message gives both in trades a second."""
    with pytest.raises(ValidationError, match="peak_trades: given 5; allowed: mean_trades or more"):
        Load(mean_trades=10, peak_trades=5)


def test_a_number_that_is_not_set_is_computed_from_the_load(packaged: Path) -> None:
    """A number that is set stays as it is."""
    assert packaged
    load = {"mean_trades": 20_000, "peak_trades": 100_000}
    stack = record(
        main_program,
        stack_config(load=load, streams={"results": {"shards": 7}}, flink={}, sink={}),
    )
    shards = {one.name: one.inputs["shardCount"] for one in stack.all("aws:kinesis/stream:Stream")}
    assert shards == {"ingest": 143, "results": 7, "dead-letter": 1}
    for stream in stack.all("aws:kinesis/stream:Stream"):
        assert stream.inputs["shardLevelMetrics"] == []
    application = stack.one("aws:kinesisanalyticsv2/application:Application").inputs
    flink = application["applicationConfiguration"]["flinkApplicationConfiguration"]
    assert flink["parallelismConfiguration"]["parallelism"] == 3
    delivery = stack.one(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "sink-results"
    )
    assert delivery.inputs["extendedS3Configuration"]["bufferingInterval"] == 300


def test_the_command_gives_json_for_programs() -> None:
    """It prints one object with the same content as the table."""
    result = CliRunner().invoke(app, ["capacity", "--peak", "100000", "--packed", "--json"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["shards"] == {"ingest": 16, "results": 1, "dead_letter": 1}
    assert told["kpus"] == 1
    assert told["cost"]["region"] == "us-east-1"
    assert told["beyond_quotas"] == []


def test_the_command_shows_flush_sizes_and_thresholds() -> None:
    """They are the same that the stack uses."""
    result = CliRunner().invoke(app, ["capacity", "--peak", "100000", "--packed", "--json"])
    told = json.loads(result.stdout)
    assert told["flush"] == asdict(FLUSH[True])
    assert told["thresholds"] == {
        "checkpoints-slow": 30_000,
        "ingest-full-records": 16 * 1_000 * 60 * 0.8,
        "ingest-full-bytes": 16 * 1_000_000 * 60 * 0.8,
        "results-stale": 900,
    }
    shown = CliRunner().invoke(app, ["capacity", "--peak", "100000"]).stdout
    assert "the job writes results after 0.1 s or 200 records" in shown
    assert "alarm above 6,864,000 records of trades in a minute" in shown


def test_the_stack_has_the_thresholds_that_the_command_shows(packaged: Path) -> None:
    """No number is set, so both are computed from the same load."""
    assert packaged
    load = {"mean_trades": 20_000, "peak_trades": 100_000}
    stack = record(main_program, stack_config(load=load, streams={}, flink={}, sink={}))
    told = thresholds(_plan(100_000))
    for noun, above in told.items():
        alarm = stack.one("aws:cloudwatch/metricAlarm:MetricAlarm", f"alarms-{noun}")
        assert alarm.inputs["threshold"] == above


def test_the_readmes_table_is_what_the_code_computes() -> None:
    """Each figure, for each load."""
    text = (ROOT / "README.md").read_text("utf-8")
    row = "\\| " + r" \| ".join([r"([\d,.]+)"] * 6) + r" \|"
    rows = re.findall(f"^{row}$", text, re.MULTILINE)
    assert len(rows) == 3
    for peak, *figures in rows:
        each, packed = (_plan(float(peak.replace(",", "")), packed=way) for way in (False, True))
        month = monthly(each).total
        assert figures == [
            f"{each.shards:,}",
            f"{each.kpus}",
            f"{month / HOURS:.2f}",
            f"{month:,.0f}",
            f"{monthly(packed).total:,.0f}",
        ]


def test_the_command_shows_the_range_without_a_peak() -> None:
    """From ten to ten million."""
    result = CliRunner().invoke(app, ["capacity"])
    assert result.exit_code == 0
    assert "10,000,000" in result.stdout


def test_the_share_of_dead_letters_is_an_option_and_a_line_of_the_table() -> None:
    """The default is one per cent. The load of the JSON has it too."""
    shown = CliRunner().invoke(app, ["capacity", "--peak", "1000"]).stdout
    assert re.search(r"dead letters, assumed +│ +1 % of trades: 10 a second at the peak", shown)
    options = ["--peak", "1000", "--dead-letter-share", "0.055"]
    shown = CliRunner().invoke(app, ["capacity", *options]).stdout
    assert re.search(r"dead letters, assumed +│ +5.5 % of trades: 55 a second at the peak", shown)
    told = json.loads(CliRunner().invoke(app, ["capacity", *options, "--json"]).stdout)
    assert told["load"]["dead_letter_share"] == 0.055
    assert "1 % of trades are dead letters" in " ".join(
        CliRunner().invoke(app, ["capacity"]).stdout.split()
    )


def test_one_of_a_thing_is_not_a_plural() -> None:
    """A small load needs one shard and one KPU, a larger one needs several."""
    shown = CliRunner().invoke(app, ["capacity", "--peak", "1000"]).stdout
    assert re.search(r"ingest stream +│ +2 shards ", shown)
    assert re.search(r"results stream +│ +1 shard ", shown)
    assert " 1 KPU + 1," in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--json"], "--peak: not given"),
        (["--peak", "10", "--mean", "20"], "--mean: given 20; allowed: up to --peak, 10"),
    ],
)
def test_the_command_refuses_in_one_line(arguments: list[str], told: str) -> None:
    """What was given, what is allowed; exit code 2."""
    result = CliRunner().invoke(app, ["capacity", *arguments])
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
