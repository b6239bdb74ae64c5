"""The job's verdict on a record, from the job's Java code. One process serves all records."""

from __future__ import annotations

import base64
import os
import struct
import subprocess
from pathlib import Path
from typing import Final, Self, cast

from oracle.verdict import Reason, Trade
from release.package import build

JOB: Final = Path(__file__).resolve().parents[2] / "job"
ARRIVAL: Final = 1_769_851_800_250
"""Arrival of every record, in milliseconds since the epoch."""
MAX_FUTURE_SECONDS: Final = 60


class JavaVerdicts:
    """A context manager that calls `VerdictLines` of the job's tests through a pipe."""

    def __enter__(self) -> Self:
        """Build the job, and start Java."""
        build()
        flink = next((JOB / ".venv").glob("lib/python*/site-packages/pyflink/lib"))
        jars = [
            *sorted((JOB / "target").glob("stocktrading-job*.jar")),
            *sorted(flink.glob("*.jar")),
        ]
        self._process = subprocess.Popen(
            [
                "java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                os.pathsep.join(map(str, jars)),
                "stocktrading.job.VerdictLines",
                str(ARRIVAL),
                str(MAX_FUTURE_SECONDS * 1000),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="ascii",
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End Java."""
        self._process.communicate()

    def judge(self, data: bytes) -> list[Trade | Reason]:
        """Give the verdicts on a record of the stream. A packed one has a verdict for each part."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(base64.b64encode(data).decode() + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "Java has ended: its error is in the output"
        return [_read(outcome) for outcome in line.split()]


def _read(outcome: str) -> Trade | Reason:
    if "," not in outcome:
        return cast("Reason", outcome)
    ticker, bits, millis = outcome.split(",")
    (price,) = struct.unpack(">d", struct.pack(">q", int(bits)))
    return Trade(base64.b64decode(ticker).decode("utf-8"), int(millis), price)
