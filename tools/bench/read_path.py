"""What it costs to read trades from Kinesis, through the connector, to results.

The job runs as it is deployed, at parallelism 1. A stub gives it GetRecords answers over HTTP, each
trade a record or packed as the KPL does; TLS is left out. Prints CPU-seconds of the job's JVM a
million trades, from the first record to the last. Put them into `READ_COST` of
`components.sizing.capacity`, which says how many KPUs a load needs.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from common.paths import ROOT
from components.sizing.capacity import PACK_TRADES
from simulator.packing import aggregate
from tools.bench.kinesis_stub import KinesisStub, page

SHARDS: Final = 4
PAGE_RECORDS: Final = 10_000
"""GetRecords gives at most so many, and at most 10 MB."""
PAGE_BYTES: Final = 10_000_000
RATE: Final = 1_000
"""Trades a second of event time."""
TICKERS: Final = ("AMZN", "GOOG", "AZRE", "ORCL", "BABA")
START: Final = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
STALL_SECONDS: Final = 600
"""Longest wait for the job to start, and for it to read all; a busy machine needs minutes."""
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "CBOR_ENABLED": "false",  # of the sinks, whose records the stub reads
    "JVM_ARGS": "-Xms2g -Xmx2g",
}

Trade = tuple[bytes, int, str]
"""A record, its arrival time in milliseconds, and its ticker, or none for a bad record."""


def main(
    trades: Annotated[int, typer.Option(help="Trades a run.")] = 2_000_000,
    runs: Annotated[int, typer.Option(help="Runs of each kind.")] = 3,
) -> None:
    """Measure both kinds in turns, and print the medians."""
    made = make_trades(trades)
    figures: dict[str, list[float]] = {"plain": [], "packed": []}
    for _ in range(runs):
        for kind, found in figures.items():
            found.append(measure(made, packed=kind == "packed") / trades * 1e6)
            typer.echo(f"{kind}: {found[-1]:.2f} CPU-s a million", err=True)
    medians = {kind: round(statistics.median(found), 2) for kind, found in figures.items()}
    typer.echo(json.dumps({"cpu_seconds_a_million": medians}))


def make_trades(count: int) -> list[Trade]:
    """Make trades as producers write them, one record in a hundred bad, in order of time."""
    rng = random.Random(7)  # noqa: S311 -- repeatable, not secret
    begin, made = round(START.timestamp() * 1000), list[Trade]()
    for number in range(count):
        at = begin + number * 1000 // RATE
        stamp = datetime.fromtimestamp(at / 1000, UTC).replace(tzinfo=None).isoformat()
        ticker = rng.choice(TICKERS)
        price = f', "PRICE": {rng.randrange(100, 10_000) / 100}' if rng.randrange(100) else ""
        record = f'{{"EVENT_TIME": "{stamp}", "TICKER": "{ticker}"{price}}}'
        made.append((record.encode(), at, ticker if price else ""))
    return made


def measure(trades: Sequence[Trade], *, packed: bool) -> float:
    """Give the CPU-seconds that the job takes for all trades; ends the program if it is wrong."""
    shards = [trades[shard::SHARDS] for shard in range(SHARDS)]
    stub = KinesisStub([list(_pages(n, shard, packed=packed)) for n, shard in enumerate(shards)])
    python = str(ROOT / "job" / ".venv" / "bin" / "python")
    command = [python, str(ROOT / "tools" / "bench" / "read_path_job.py"), stub.endpoint]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **ENVIRONMENT},
        ) as job,
    ):
        try:
            _await(stub.asked, job)
            before = _cpu(job)
            stub.released.set()
            _await(stub.read, job)
            spent = _cpu(job) - before
            time.sleep(3)  # until the last results are put
        finally:
            job.kill()
            stub.close()
    _check(trades, stub.put)
    return spent


def _pages(shard: int, trades: Sequence[Trade], *, packed: bool) -> Iterator[bytes]:
    records = [(data, arrival) for data, arrival, _ in trades]
    if packed:
        packs = [
            records[begin : begin + PACK_TRADES] for begin in range(0, len(records), PACK_TRADES)
        ]
        records = [
            (aggregate(str(number), [data for data, _ in pack]), pack[-1][1])
            for number, pack in enumerate(packs)
        ]
    each = min(PAGE_RECORDS, PAGE_BYTES // max(len(data) for data, _ in records))
    for number, begin in enumerate(range(0, len(records), each)):
        last = begin + each >= len(records)
        yield page(shard, number, records[begin : begin + each], last=last)


def _await(shards: set[int], job: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + STALL_SECONDS
    while len(shards) < SHARDS:
        if job.poll() is not None or time.monotonic() > deadline:
            sys.exit("bench: the job ended, or it did not read all shards in time")
        time.sleep(0.02)


def _cpu(job: subprocess.Popen[str]) -> float:
    if job.stdin is None or job.stdout is None:
        message = "the job was started without pipes"
        raise RuntimeError(message)
    job.stdin.write("\n")
    job.stdin.flush()
    return float(job.stdout.readline())


def _check(trades: Sequence[Trade], put: Sequence[tuple[str, bytes]]) -> None:
    """Hold the counts of all results against the trades; a fast wrong job is no job."""
    counts: Counter[tuple[int, str]] = Counter()
    for _, at, ticker in trades:
        for end in (at // 30_000 * 30_000 + 30_000, at // 30_000 * 30_000 + 60_000):
            counts[end, ticker] += bool(ticker)
    results = [json.loads(data) for stream, data in put if stream == "results"]
    for result in results:
        end = round(datetime.fromisoformat(result["window_end"]).timestamp() * 1000)
        if counts[end, result["ticker"]] != result["trades"]:
            sys.exit(f"bench: a wrong result: {result}")
    ends = {end for end, ticker in counts if ticker}
    if len(results) < (len(ends) - 3) * len(TICKERS):
        sys.exit(f"bench: {len(results)} results of {len(ends) * len(TICKERS)}")


if __name__ == "__main__":
    typer.run(main)
