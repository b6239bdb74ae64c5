"""What a file has is exactly what the oracle reads from an emulated stream."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import duckdb
import pytest

from local.accounts import REGION, WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator
from oracle.recount import Oracle
from oracle.verdict import Rules, Trade, judge
from stack.reader import StreamReader, StreamRecord

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

pytestmark = pytest.mark.emulator

COMMAND = (str(Path(sys.executable).with_name("stocktrading")), "send")
TRADES = """
SELECT TIMESTAMP '2026-01-31 09:30:00' + INTERVAL (i * 100) MILLISECOND AS "when",
       'T' || (i * 7 % 23) AS symbol,
       (1 + i % 977) / 8.0 AS price
FROM range(6000) rows(i)
"""
"""Ten minutes of trades, ten a second."""

_ROWS = "CREATE OR REPLACE TABLE trades AS " + TRADES
_MILLIS = """COPY (SELECT epoch_ms("when") AS "when", symbol, price FROM trades)
TO '{}' (FORMAT csv, HEADER, DELIMITER ';')"""
_LOCAL = """COPY (SELECT strftime("when" - INTERVAL 5 HOUR, '%d/%m/%Y %H:%M:%S.%g') AS "when",
symbol, price FROM trades) TO '{}' (FORMAT json)"""
NAMED = ("--column", "EVENT_TIME=when", "--column", "TICKER=symbol")
_PATTERN = "%d/%m/%Y %H:%M:%S.%f"

WRITTEN = {
    "t.parquet": ("COPY trades TO '{}' (FORMAT parquet)", ()),
    "t.csv": (_MILLIS, ("--delimiter", ";")),
    "t.jsonl": (_LOCAL, ("--time-format", _PATTERN, "--time-zone", "America/New_York")),
}
"""How each file is written, and the options that it needs."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Start one emulator for all tests. Each test makes its own stream."""
    with Emulator(run_directory=tmp_path_factory.mktemp("emulator")) as started:
        yield started


def make_stream(emulator: Emulator, stream: str) -> str:
    """Make a stream with four shards. Give the outputs of a stack with it."""
    kinesis = Clients(emulator.endpoint).client("kinesis", WORKLOAD)
    kinesis.create_stream(StreamName=stream, ShardCount=4)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    outputs = {
        "account_id": WORKLOAD,
        "region": REGION,
        "endpoint": emulator.endpoint,
        "ingest_stream": stream,
        "results_stream": "results",
        "dead_letter_stream": "dead-letters",
        "application_name": "stocktrading-analytics",
    }
    return json.dumps(outputs)


def send(emulator: Emulator, stream: str, file: Path, *options: str) -> dict[str, object]:
    """Make a stream, send a file to it, and give the summary."""
    done = subprocess.run(
        [*COMMAND, str(file), *NAMED, "--outputs", "-", "--json", *options],
        input=make_stream(emulator, stream),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def read(emulator: Emulator, stream: str) -> list[StreamRecord]:
    """Read the whole stream as the oracle's callers do."""
    client = Clients(emulator.endpoint).client("kinesis", WORKLOAD)
    return StreamReader(cast("KinesisClient", client), stream, pause=0).read_all()


@pytest.mark.parametrize("packing", ["--no-pack", "--pack"])
@pytest.mark.parametrize("name", WRITTEN)
def test_the_oracle_reads_exactly_the_trades_of_the_file(
    emulator: Emulator, tmp_path: Path, name: str, packing: str
) -> None:
    """Each of 6,000 trades of ten minutes is there once, and none of them is late."""
    statement, options = WRITTEN[name]
    duckdb.execute(_ROWS)
    duckdb.execute(statement.format(tmp_path / name))
    stream = f"{name.replace('.', '-')}{packing}"
    summary = send(emulator, stream, tmp_path / name, "--rate", "0", packing, *options)
    assert (summary["sent"], summary["accepted"]) == (6_000, 6_000)
    records = read(emulator, stream)
    verdicts = [judge(record.data, record.arrival, Rules()) for record in records]
    expected = duckdb.execute('SELECT symbol, epoch_ms("when"), price FROM trades').fetchall()
    assert Counter(verdicts) == Counter(Trade(*row) for row in expected)
    oracle = Oracle(Rules())
    oracle.add_trades(records)
    report = oracle.report()
    assert (report.counted, sum(report.dead_letters.values())) == (6_000, 0)


def test_ctrl_c_ends_a_run_at_the_files_pace(emulator: Emulator, tmp_path: Path) -> None:
    """Ten minutes of trades are stopped after a second. What was sent arrives, and is counted."""
    path = tmp_path / "t.parquet"
    duckdb.execute(_ROWS)
    duckdb.execute(WRITTEN["t.parquet"][0].format(path))
    outputs = tmp_path / "outputs.json"
    outputs.write_text(make_stream(emulator, "stopped"), "utf-8")
    with subprocess.Popen(
        [*COMMAND, str(path), *NAMED, "--outputs", str(outputs), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        deadline = time.monotonic() + 60
        while not read(emulator, "stopped") and time.monotonic() < deadline:
            time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=30)
    assert running.returncode == 1
    sent = json.loads(stdout)["sent"]
    assert len(read(emulator, "stopped")) == sent
    assert 0 < sent < 6_000
    assert stderr.splitlines()[-1] == f"send: stopped; {sent:,} of 6,000 trades were sent"


def test_shifted_trades_are_current_beside_newer_ones(emulator: Emulator, tmp_path: Path) -> None:
    """Trades of last year arrive with the times at which they were sent, in their own rhythm."""
    path = tmp_path / "t.parquet"
    duckdb.execute(_ROWS)
    duckdb.execute(WRITTEN["t.parquet"][0].format(path))
    before = time.time() * 1000
    send(emulator, "shifted", path, "--shift-to-now", "--speed", "200")
    records = read(emulator, "shifted")
    verdicts = [judge(record.data, record.arrival, Rules()) for record in records]
    times = sorted(verdict.time for verdict in verdicts if isinstance(verdict, Trade))
    assert len(times) == 6_000
    assert before - 1 <= times[0] <= times[-1] <= time.time() * 1000
    assert times[-1] - times[0] >= 599_900 / 200 - 1
    late = [record for record in records if record.arrival - times[-1] > 5_000]
    assert late == []
