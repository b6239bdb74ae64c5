"""Flink's plan for the SQL. Speed and savepoints depend on it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.package import build
from release.state import QUICK_JVM

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / "job" / ".venv" / "bin" / "python"


@dataclass(frozen=True)
class Plan:
    """Flink's plan for a query."""

    plan: str
    """The execution plan, as `EXPLAIN` shows it."""
    tasks: Sequence[str]
    """The chained operators of each task."""


@pytest.fixture(scope="module")
def queries() -> dict[str, Plan]:
    """Plan the job for each output format, and a query over single trades."""
    build()
    script = Path(__file__).with_name("show_plan.py")
    done = subprocess.run(
        [PYTHON, script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"JVM_ARGS": QUICK_JVM},
    )
    assert done.returncode == 0, done.stderr
    return {name: Plan(**plan) for name, plan in json.loads(done.stdout.splitlines()[-1]).items()}


@pytest.fixture(scope="module")
def job(queries: dict[str, Plan]) -> Sequence[Plan]:
    """Give the plans of the job itself."""
    return [queries["json"], queries["line"]]


def test_the_window_is_part_of_the_aggregate(job: Sequence[Plan]) -> None:
    """A slice is processed once, not once for each of its windows."""
    for query in job:
        window = "LocalWindowAggregate(groupBy=[ticker], window=[HOP(time_col=[slice_time]"
        assert window in query.plan
        assert "WindowTableFunction" not in query.plan


def test_both_formats_have_the_same_state(job: Sequence[Plan]) -> None:
    """Operators and aggregates are equal, so a savepoint of one restores in the other."""
    aggregates = [
        re.findall(r"(?:Local|Global)WindowAggregate\(.*?select=\[.*?COUNT", query.plan)
        for query in job
    ]
    assert len(aggregates[0]) == 2
    assert aggregates[0] == aggregates[1]


def test_both_sinks_share_one_read_of_the_stream(queries: dict[str, Plan]) -> None:
    """There is one source. It is in one task with the operators that read it."""
    for query in queries.values():
        assert sum("Source: " in task for task in query.tasks) == 1


def test_slices_are_made_in_the_sources_task(job: Sequence[Plan]) -> None:
    """No trade is copied or sent before it is in its slice."""
    for query in job:
        (task,) = (task for task in query.tasks if "Source: " in task)
        assert "Source: trades -> (slices -> " in task


def test_a_query_over_single_trades_runs_no_operator_for_slices(queries: dict[str, Plan]) -> None:
    """Only the view that a query reads decides which operators run."""
    prices = queries["prices"]
    assert "time_col=[event_time]" in prices.plan
    assert "slice_time" not in prices.plan
    assert not any("slices" in task for task in prices.tasks)
