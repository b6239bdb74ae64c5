"""A scratch project beside the real one, and files of historic trades."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common.paths import ROOT

BEGIN = datetime(2019, 7, 1, 13, 30, tzinfo=UTC)


def scratch_project(directory: Path) -> Path:
    """Make a directory with this project's program and the file of its stack `sandbox`.

    A count writes a stack's file into the project. In the checkout, other tests would read it.
    """
    directory.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", "Pulumi.sandbox.yaml", "components", "transform"):
        (directory / name).symlink_to(ROOT / name)
    return directory


def write_trades(path: Path, count: int, seconds: float, *, seed: int = 1) -> Path:
    """Write a CSV file with trades at random times, in no order, with an hour's gap."""
    chance = random.Random(seed)  # noqa: S311 -- test data
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "symbol", "price"])
        for _ in range(count):
            after = chance.uniform(0, seconds)
            time = BEGIN + timedelta(seconds=after + 3600 * (after > seconds / 2))
            price = f"{chance.uniform(0.01, 100):.2f}"
            rows.writerow([time.isoformat(), chance.choice(["AMZN", "GOOG", "ORCL"]), price])
    return path
