"""A short round of a campaign: real faults, a whole recount, and no process left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from patience import wait_for
from processes import processes_in

from common.progress import written

ROOT = Path(__file__).resolve().parents[3]

SEED = 724
KINDS = (
    "writes throttled",
    "shard split",
    "malformed packs",
    "flood of poison",
    "TaskManager killed",
)


@pytest.mark.cluster
def test_a_short_round_finds_nothing_wrong_missing_or_lost(tmp_path: Path) -> None:
    """The seed has faults of processes, of requests, of shards and of producers."""
    command = [sys.executable, "-c", "from cli import app; app()", "chaos"]
    options = ["--seed", str(SEED), "--seconds", "12", "--kinds", "5", "--directory", str(tmp_path)]
    told = tmp_path / "stderr"
    with told.open("w") as errors:
        chaos = subprocess.Popen(
            [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            logs = written(tmp_path / "flink" / "stocktrading-analytics" / "cluster" / "log")
            wait_for(
                lambda: chaos.poll() is not None,
                progress=lambda: (told.read_text("utf-8"), logs()),
            )
        finally:
            chaos.terminate()
            printed, _ = chaos.communicate()
    said = told.read_text("utf-8")
    assert chaos.returncode == 0, said
    outcome = json.loads(printed.splitlines()[-1])
    (only,) = outcome["rounds"]
    assert outcome["right"]
    assert tuple(fault["kind"] for fault in only["faults"]) == KINDS
    assert only["counts"]["findings"] == []
    assert only["counts"]["windows"] >= 20
    assert only["counts"]["letters"] > 0
    assert f"Faults of seed {SEED}" in said
    assert processes_in(tmp_path) == []
