"""The page about own fields and windows: the job that it makes is right on a cluster."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from docs.edits import OWN_COMPUTATION, copy_project, follow
from own_computation import RULES
from stream_harness import Bench

pytestmark = pytest.mark.cluster


def test_the_job_of_the_page_computes_what_the_recount_of_the_page_does(
    bench: Bench, tmp_path: Path
) -> None:
    """It has a further number of a trade, three measures, and two windows. Its jar is the same."""
    project = copy_project(tmp_path / "project")
    assert follow(OWN_COMPUTATION, project)
    archive = tmp_path / "archive"
    shutil.copytree(bench.archive, archive)
    for module in (archive / "modules" / "job").glob("*.py"):
        shutil.copyfile(project / "job" / module.name, module)
    streams = bench.streams(shards=2, rules=RULES)
    names = (streams.ingest, streams.results, streams.letters)
    # 60 s have 13 windows of 10 s and 15 of 20 s, each with two tickers. The last trade ends them.
    command = [sys.executable, "tests/stream/own_computation.py", bench.emulator.endpoint, *names]
    paths = os.pathsep.join(map(str, (project, project / "tests", project / "tests/stream")))
    with replace(bench, archive=archive).job(streams, parallelism=2, MoreWindowSeconds="20"):
        ran = subprocess.run(
            [*command, "56"],
            cwd=project,
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["faults"] == []
    assert told["windows"] >= 56
    assert {"missing_field", "wrong_type"} <= set(told["reasons"])
    assert {"trades_above", "volume", "vwap"} <= told["result"].keys()
