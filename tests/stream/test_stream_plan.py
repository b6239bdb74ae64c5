"""The plan that Flink makes of the SQL: what is fast, and what a savepoint hangs on."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from release.package import build

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / "job" / ".venv" / "bin" / "python"


@pytest.fixture(scope="module")
def plans() -> dict[str, str]:
    """Give the execution plan for each output format."""
    build()
    script = Path(__file__).with_name("show_plan.py")
    done = subprocess.run([PYTHON, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_window_is_part_of_the_aggregate(plans: dict[str, str]) -> None:
    """A trade is handled once, in its slice of 30 s: not once for each window that it is in."""
    for plan in plans.values():
        assert "LocalWindowAggregate(groupBy=[ticker], window=[HOP(time_col=[event_time]" in plan
        assert "WindowTableFunction" not in plan


def test_both_formats_have_the_same_state(plans: dict[str, str]) -> None:
    """The same operators with the same aggregates: a savepoint of one restores in the other."""
    aggregates = [
        re.findall(r"(?:Local|Global)WindowAggregate\(.*?select=\[.*?COUNT", plan)
        for plan in plans.values()
    ]
    assert len(aggregates[0]) == 2
    assert aggregates[0] == aggregates[1]


def test_both_sinks_share_one_read_of_the_stream(plans: dict[str, str]) -> None:
    """The source is scanned once, and used twice."""
    for plan in plans.values():
        assert plan.count("TableSourceScan(") == 1
        assert plan.count("Reused(") == 2
