"""A capacity as a table for people and as JSON for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from rich.console import Group
from rich.table import Table

from common.words import counted
from components.base.names import Names
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import Thresholds
from components.sizing.capacity import READ_COST, Capacity, Load, capacity
from components.sizing.cost import monthly
from components.sizing.prices import US_EAST_1
from components.sizing.quotas import beyond_quotas

LADDER: Final = (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
"""Peaks, in trades a second, that the overview shows."""

PRICED: Final = (
    f"US dollars a month, list prices of {US_EAST_1.region} as of {US_EAST_1.as_of}, "
    "at the mean load, with capacity for the peak"
)


CHECKPOINT_SECONDS: Final = 60
"""Seconds between checkpoints, by default."""

FOLLOWING: Final[Mapping[str, str]] = {
    "ingest-full-records": "records of trades in a minute",
    "ingest-full-bytes": "bytes of trades in a minute",
    "results-stale": "seconds for which a result waits for its delivery",
    "checkpoints-slow": "milliseconds that a checkpoint takes",
}
"""Alarms whose thresholds follow from a stack's size, and the unit of each threshold."""


def as_json(plan: Capacity, region: str) -> dict[str, Any]:
    """Give the plan, its cost and the quotas that it exceeds, as plain values."""
    cost = monthly(plan)
    return {
        "load": asdict(plan.load) | {"packed": plan.packed},
        "shards": {
            "ingest": plan.ingest.shards,
            "results": plan.results.shards,
            "dead_letter": plan.dead_letters.shards,
        },
        "kpus": plan.kpus,
        "parallelism": plan.parallelism,
        "buffer_seconds": plan.buffer_seconds,
        "buffer_mib": plan.buffer_mib,
        "flush": asdict(plan.flush),
        "shard_metrics": plan.shard_metrics,
        "thresholds": thresholds(plan),
        "cost": {part: round(price, 2) for part, price in asdict(cost).items()}
        | {
            "total": round(cost.total, 2),
            "currency": "USD",
            "region": US_EAST_1.region,
            "as_of": US_EAST_1.as_of,
        },
        "beyond_quotas": [asdict(excess) for excess in beyond_quotas(plan, region)],
    }


def thresholds(plan: Capacity) -> dict[str, float]:
    """Give the thresholds that follow from the plan, by alarm, in the metric's own unit."""
    follow = Thresholds(
        checkpoint_seconds=CHECKPOINT_SECONDS,
        buffer_seconds=plan.buffer_seconds,
        ingest_shards=plan.ingest.shards,
    )
    names = Names(prefix="stocktrading", account_id="0" * 12, region=US_EAST_1.region)
    return {
        rule.noun: rule.above
        for rule in rules(names, follow)
        if rule.noun in FOLLOWING and rule.above is not None
    }


def overview(load: Load, *, slide_seconds: int) -> Table:
    """Show what each of several loads needs and costs, with single and with packed trades."""
    table = Table(
        title="Trades a second at the peak; the mean is a fifth of it",
        caption=f"{PRICED}. {_percent(load)} of trades are dead letters. "
        "* exceeds a default quota: --peak says which, and what to request",
    )
    for column in (
        "trades/s",
        "shards",
        "KPUs",
        "$ a month",
        "packed: shards",
        "KPUs",
        "$ a month",
    ):
        table.add_column(column, justify="right")
    for peak in LADDER:
        cells = [f"{peak:,}"]
        for packed in (False, True):
            step = Load(
                mean_trades=peak / 5,
                peak_trades=float(peak),
                trade_bytes=load.trade_bytes,
                tickers=load.tickers,
                dead_letter_share=load.dead_letter_share,
            )
            plan = capacity(step, packed=packed, slide_seconds=slide_seconds)
            over = " *" if beyond_quotas(plan, US_EAST_1.region) else ""
            cells += [f"{plan.shards:,}", f"{plan.kpus:,}{over}", f"{monthly(plan).total:,.0f}"]
        table.add_row(*cells)
    return table


def _percent(load: Load) -> str:
    return f"{load.dead_letter_share * 100:.4g} %"


def _job_speed(*, packed: bool) -> str:
    day = READ_COST.measured
    source = f"measured on {day} by make bench-read" if day else "assumed, not measured yet"
    return f"a KPU takes {READ_COST.trades_a_kpu(packed=packed):,} trades a second: {source}"


def detail(plan: Capacity, region: str) -> Group:
    """Show one plan: what it needs, what it costs, and which quotas it exceeds."""
    load, cost = plan.load, asdict(monthly(plan))
    table = Table(
        title=f"{load.peak_trades:,.0f} trades/s at the peak, {load.mean_trades:,.0f} on average, "
        f"{load.trade_bytes} bytes, {load.tickers:,} tickers, "
        f"{'packed' if plan.packed else 'a record each'}",
        caption=PRICED,
    )
    table.add_column("part")
    table.add_column("needs", justify="right")
    table.add_column("$ a month", justify="right")
    needs = {
        "ingest_stream": counted(plan.ingest.shards, "shard"),
        "results_stream": counted(plan.results.shards, "shard"),
        "dead_letter_stream": counted(plan.dead_letters.shards, "shard"),
        "managed_flink": f"{counted(plan.kpus, 'KPU')} + 1, parallelism {plan.parallelism:,}",
        "firehose": f"an object every {plan.buffer_seconds} s or {plan.buffer_mib} MiB",
        "monitoring": "metrics of each shard" if plan.shard_metrics else "no metrics of each shard",
    }
    for part, price in cost.items():
        table.add_row(part.replace("_", " "), needs.get(part, ""), f"{price:,.2f}")
    table.add_section()
    peak = f"{plan.dead_letters.records:,.3g} a second at the peak"
    table.add_row("dead letters, assumed", f"{_percent(load)} of trades: {peak}", "")
    table.add_section()
    table.add_row("total", "", f"{sum(cost.values()):,.2f}", style="bold")
    notes = [
        _job_speed(packed=plan.packed),
        f"the job writes results after {plan.flush.seconds:g} s or {plan.flush.records} records",
        *(
            f"alarm above {above:,.0f} {FOLLOWING[noun]}"
            for noun, above in thresholds(plan).items()
        ),
    ]
    excesses = [
        f"exceeds a default quota: {excess.quota}: {excess.needed:,} needed, {excess.allowed:,} "
        f"allowed. Ask: {excess.ask}."
        for excess in beyond_quotas(plan, region)
    ]
    return Group(table, *notes, *excesses)
