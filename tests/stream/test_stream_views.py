"""The two views of trades give the same results, but can't restore each other's state."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from patience import wait_for
from stream_harness import Bench
from test_stream_restart import RULES, Market

pytestmark = pytest.mark.cluster

SINGLE_TRADES = {
    "TABLE {SLICES}": "TABLE {TRADES}",
    "DESCRIPTOR(slice_time)": "DESCRIPTOR(event_time)",
    '"MAX(max_price)"': '"MAX(price)"',
    '"MIN(min_price)"': '"MIN(price)"',
    '"SUM(scaled_sum)"': 'f"SUM(price * {SCALE!r})"',
    '"SUM(trades)"': '"COUNT(*)"',
}
"""Replacements that make the job's query read single trades, as versions before slices did."""


def over_single_trades(archive: Path, directory: Path) -> Path:
    """Copy an unpacked archive with the query on the other view."""
    shutil.copytree(archive, directory)
    file = directory / "modules" / "job" / "statements.py"
    text = file.read_text("utf-8")
    for slices, trades in SINGLE_TRADES.items():
        assert text.count(slices) == 1, slices
        text = text.replace(slices, trades)
    file.write_text(text, "utf-8")
    return directory


def test_single_trades_give_the_same_results_and_a_state_that_slices_refuse(
    bench: Bench, tmp_path: Path
) -> None:
    """Flink refuses the savepoint. Otherwise it would count half a window."""
    streams = bench.streams(shards=2, rules=RULES)
    market = Market(streams)
    other = replace(bench, archive=over_single_trades(bench.archive, tmp_path / "archive"))
    with other.job(streams) as job:
        market.trade(60, 0, 1)
        report = streams.settle(windows=20)
        assert report.diff() == []
        savepoint = bench.stop(job)
    with bench.job(streams, savepoint=savepoint, runs=False) as job:
        wait_for(
            lambda: "StateMigrationException" in (bench.cluster.rest.exception(job) or ""),
            progress=lambda: bench.cluster.rest.job(job),
        )
        assert bench.cluster.rest.job(job).tasks_up < bench.cluster.rest.job(job).tasks
