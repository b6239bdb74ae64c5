"""How late results are on the running local cloud; prints p50 and p99.

A result's latency runs from the moment in which the watermark can pass its window's end to the
arrival of the result on its stream. With producers whose clocks are right and whose trades arrive
at once, that moment is the window's end and the watermark's delay.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stack.clients import client
from stack.outputs import Outputs, OutputsError
from stack.reader import StreamReader, StreamRecord

if TYPE_CHECKING:
    from collections.abc import Sequence


LIMIT: Final = 1.0
"""Seconds, p99, that `--check` asks for."""


def main(
    *,
    seconds: Annotated[int, typer.Option(help="How long to watch.")] = 300,
    delay: Annotated[float, typer.Option(help="The job's WatermarkDelaySeconds.")] = 5.0,
    check: Annotated[bool, typer.Option(help="End with 1 where p99 is above 1 s.")] = False,
) -> None:
    """Watch the results stream, and print how late results came, in seconds.

    Send trades meanwhile: stocktrading simulate --rate 1000
    """
    try:
        outputs = Outputs.of_local_cloud()
    except OutputsError as error:
        sys.exit(f"latency: {error}")
    reader = StreamReader(client(outputs, "kinesis"), outputs.results_stream)
    reader.read_all()  # what was there before counts not: the job may have caught up
    found: list[float] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found += [latency(record, delay) for record in reader.poll()]
        time.sleep(0.2)
    if not found:
        sys.exit(f"latency: no result in {seconds} s; do trades arrive?")
    figures = {"results": len(found), "p50": percentile(found, 50), "p99": percentile(found, 99)}
    typer.echo(json.dumps(figures))
    if check and figures["p99"] > LIMIT:
        sys.exit(1)


def latency(record: StreamRecord, delay: float) -> float:
    """Give the seconds from when a result was due to its arrival."""
    end = datetime.fromisoformat(json.loads(record.data)["window_end"]).timestamp()
    return round(record.arrival / 1000 - end - delay, 3)


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the least value that so many percent of all don't exceed."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


if __name__ == "__main__":
    typer.run(main)
