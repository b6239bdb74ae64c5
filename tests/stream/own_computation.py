"""Sends the simulator's trades and recounts the job's results, in a changed copy of the project.

Usage: python tests/stream/own_computation.py ENDPOINT INGEST RESULTS LETTERS WINDOWS
Prints a JSON object: the oracle's report when it has checked this many windows, and a result.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, cast

from stream_harness import Put, Streams, now

from local.accounts import WORKLOAD
from local.clients import Clients
from oracle.verdict import Rules
from simulator.faults import Faults
from simulator.trades import Trades
from stack.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

RULES = Rules(
    window_seconds=10,
    more_windows=(20,),
    slide_seconds=5,
    watermark_delay_seconds=2,
    idle_timeout_seconds=600,
)
SECONDS, RATE = 60, 100


def main(endpoint: str, ingest: str, results: str, letters: str, windows: str) -> None:
    """Send trades of a minute of event time to both shards, and one trade that ends all windows."""
    client = cast("KinesisClient", Clients(endpoint).client("kinesis", WORKLOAD))
    streams = Streams.of(client, RULES, ingest, results, letters)
    begin = now() - 3_600_000
    clock = [range(begin, begin + SECONDS * 1000, 1000 // RATE)]
    faults = Faults(bad_share=0.05, jitter=1)
    (records,) = Trades(clock, seed=4, tickers=("A", "B"), faults=faults)
    (ends,) = Trades([[begin + (SECONDS + 30) * 1000] * 2], tickers=("A",))
    streams.put(Put(number % 2, each.data) for number, each in enumerate([*records, *ends]))
    report = streams.settle(windows=int(windows))
    (found, *_) = StreamReader(client, results).read_all()
    told = {
        "faults": report.diff(),
        "windows": report.windows_checked,
        "reasons": sorted(report.dead_letters),
        "result": json.loads(found.data),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
