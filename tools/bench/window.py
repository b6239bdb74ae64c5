"""Measure the speed of the job's query against a plain Java job, and print the ratio.

Both read the same prepared bytes from memory at parallelism 1. The start-up is not counted. The
runs alternate, so that a change of the machine's speed affects both. The ratio is that of the
medians. The results of each pair of runs are compared, and a difference is an error.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from common.paths import ROOT
from terminal.console import stderr

TARGET: Final = ROOT / "job" / "target"
JOB_ENV: Final = ROOT / "job" / ".venv"
HEAP: Final = ("-Xms5g", "-Xmx5g", "-XX:+AlwaysPreTouch")
"""Heap options of both jobs. The pages are touched before the measurement starts."""

AVERAGES_DIFFER_BY = 1e-12
"""The allowed relative difference. A sum of doubles depends on their order."""

Figures = Mapping[str, float]
Results = Mapping[tuple[int, str], Mapping[str, Any]]
"""Results by window end in milliseconds since the epoch, and ticker."""


def main(
    trades: Annotated[int, typer.Option(help="Records a run.")] = 5_000_000,
    runs: Annotated[int, typer.Option(help="Runs of each job.")] = 5,
) -> None:
    """Measure the job from bytes to results against the baseline, and print the ratio."""
    console = stderr()
    job: list[Figures] = []
    baseline: list[Figures] = []
    with tempfile.TemporaryDirectory() as directory:
        for run in range(runs):
            results = Path(directory) / f"job-{run}"
            expected = Path(directory) / f"baseline-{run}"
            with console.status(f"run {run + 1} of {runs}"):
                job.append(_measure(_job_command(trades, results)))
                baseline.append(_measure(_baseline_command(trades, expected)))
            _compare(_job_results(results), _baseline_results(expected))
    _print(trades, job, baseline)


def _job_command(trades: int, results: Path) -> Sequence[str]:
    return [
        str(JOB_ENV / "bin" / "python"),
        str(ROOT / "tools" / "bench" / "window_job.py"),
        str(trades),
        str(results),
    ]


def _baseline_command(trades: int, results: Path) -> Sequence[str]:
    flink = next(JOB_ENV.glob("lib/python*/site-packages/pyflink/lib"))
    jars = [
        TARGET / "stocktrading-job.jar",
        TARGET / "stocktrading-job-tests.jar",
        *flink.glob("*.jar"),
    ]
    path = os.pathsep.join(map(str, jars))
    opens = ("java.lang", "java.util", "java.time")
    options = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in opens]
    return [
        "java",
        *HEAP,
        *options,
        "-cp",
        path,
        "stocktrading.job.BenchBaseline",
        str(trades),
        str(results),
    ]


def _measure(command: Sequence[str]) -> Figures:
    environment = {**os.environ, "JVM_ARGS": " ".join(HEAP)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.exit(f"bench: {command[0]} failed\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _job_results(directory: Path) -> Results:
    lines = [
        line for path in directory.rglob("*part*") for line in path.read_text("utf-8").splitlines()
    ]
    results = [json.loads(line) for line in filter(None, lines)]
    for result in results:
        end = datetime.fromisoformat(result["window_end"])
        result["window_end"] = round(end.timestamp() * 1_000)
    return _by_window(results)


def _baseline_results(file: Path) -> Results:
    return _by_window([json.loads(line) for line in file.read_text("utf-8").splitlines()])


def _by_window(results: Sequence[Mapping[str, Any]]) -> Results:
    found = {(result["window_end"], result["ticker"]): result for result in results}
    if not found or len(found) < len(results):
        sys.exit(f"bench: {len(results)} results for {len(found)} windows and tickers")
    return found


def _compare(job: Results, baseline: Results) -> None:
    """Compare the results of both jobs.

    All fields must be equal, the average within a tolerance.
    """
    different = [
        (window, job.get(window), baseline.get(window))
        for window in sorted(job.keys() | baseline.keys())
        if window not in job or window not in baseline or not _agree(job[window], baseline[window])
    ]
    if different:
        sys.exit(f"bench: the jobs disagree on {len(different)} results, the first: {different[0]}")


def _agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    exact = all(one[name] == other[name] for name in ("max_price", "min_price", "trades"))
    return exact and math.isclose(one["avg_price"], other["avg_price"], rel_tol=AVERAGES_DIFFER_BY)


def _print(trades: int, job: Sequence[Figures], baseline: Sequence[Figures]) -> None:
    table = Table("median of runs", "trades/s", "CPU-s a million")
    figures: dict[str, dict[str, float]] = {}
    for name, runs in (("job", job), ("Java DataStream job", baseline)):
        seconds = statistics.median(run["seconds"] for run in runs)
        cpu = statistics.median(run["cpu"] for run in runs)
        figures[name] = {
            "trades_per_second": trades / seconds,
            "cpu_per_million": cpu / trades * 1e6,
        }
        table.add_row(name, f"{trades / seconds:,.0f}", f"{cpu / trades * 1e6:.2f}")
    one, other = figures["job"], figures["Java DataStream job"]
    speed = one["trades_per_second"] / other["trades_per_second"]
    cpu_ratio = other["cpu_per_million"] / one["cpu_per_million"]
    table.add_row("ratio", f"{speed:.2f}", f"{cpu_ratio:.2f}")
    stderr().print(table)
    typer.echo(json.dumps({"ratio": round(speed, 2), "cpu_ratio": round(cpu_ratio, 2), **figures}))


if __name__ == "__main__":
    typer.run(main)
