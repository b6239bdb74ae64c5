"""The runbook's work on the job, as it stands there, with a real job on the local cloud."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import pytest
from night import SNAPSHOT, TIME, Operator
from patience import Patience

from local.accounts import NAMESPACE, WORKLOAD
from local.cloud import LocalCloud
from local.flink.job_status import JobStatus
from local.flink.watcher import ManagedFlink
from stack.reader import StreamReader

pytestmark = pytest.mark.cluster

WINDOW, SLIDE = 10_000, 5_000
"""Milliseconds."""
OVERRIDES: Final[Mapping[str, object]] = {
    f"{NAMESPACE}:job.InitialPosition": "TRIM_HORIZON",
    f"{NAMESPACE}:job.WindowSeconds": WINDOW // 1000,
    f"{NAMESPACE}:job.SlideSeconds": SLIDE // 1000,
    f"{NAMESPACE}:job.WatermarkDelaySeconds": 2,
    f"{NAMESPACE}:job.IdleTimeoutSeconds": 3,
    f"{NAMESPACE}:flink.checkpoint_seconds": 5,
    f"{NAMESPACE}:flink.checkpoint_pause_seconds": 1,
    f"{NAMESPACE}:streams.ingest.shards": 1,
}
PATIENCE_SECONDS: Final = 180
TICK: Final = 0.1
"""Seconds between two trades."""


class Trades:
    """A producer of good trades on its own thread, which notes each one's time."""

    def __init__(self, kinesis: Any, stream: str) -> None:  # noqa: ANN401 -- made at run time
        self._kinesis, self._stream = kinesis, stream
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.times: list[int] = []

    def __enter__(self) -> Self:
        """Start sending."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sending."""
        self._ended.set()
        self._thread.join()

    def expected(self, end: int) -> int:
        """Count the trades of the window that ends at `end`."""
        return sum(end - WINDOW <= at < end for at in self.times)

    def _send(self) -> None:
        while not self._ended.wait(TICK):
            at = now()
            moment = datetime.fromtimestamp(at / 1000, UTC).isoformat()
            trade = {"EVENT_TIME": moment, "TICKER": "N", "PRICE": 1}
            self._kinesis.put_record(
                StreamName=self._stream, Data=json.dumps(trade).encode(), PartitionKey=str(at)
            )
            self.times.append(at)


def now() -> int:
    """Give the time in milliseconds since the epoch."""
    return round(time.time() * 1000)


@dataclass(kw_only=True)
class Night:
    """A running stack, and a person who watches it."""

    cloud: LocalCloud
    flink: ManagedFlink
    operator: Operator
    results: StreamReader
    counts: dict[int, list[int]]
    """The numbers of trades in the results of each window, by its end."""

    def job(self) -> JobStatus:
        """Give the job's status."""
        return self.flink.status(self.cloud.outputs["application_name"])

    def wait(self, until: Callable[[], object], why: Callable[[], object]) -> None:
        """Wait as long as something changes."""
        patience = Patience(PATIENCE_SECONDS)
        while not until():
            patience.look((self.job().state, self.job().exception, why()))
            time.sleep(0.2)

    def await_running(self) -> JobStatus:
        """Wait until the job runs and has completed a checkpoint."""
        self.wait(
            lambda: self.job().state == "RUNNING" and self.job().checkpoints_completed,
            lambda: None,
        )
        return self.job()

    def read(self) -> None:
        """Read the results that have come."""
        for record in self.results.poll():
            result = json.loads(record.data)
            if result["ticker"] == "N":
                end = datetime.fromisoformat(result["window_end"])
                self.counts.setdefault(round(end.timestamp() * 1000), []).append(result["trades"])

    def await_windows(self, trades: Trades, begin: int, times: int = 1) -> int:
        """Wait until the windows after `begin` have ended, each with all of its trades.

        There are at least two, and each has come at least `times`. Gives the end of the last.
        """
        first = begin - begin % SLIDE + WINDOW + SLIDE
        ends = [first, first + SLIDE]

        def right() -> bool:
            self.read()
            return all(
                self.counts.get(end, []).count(trades.expected(end)) >= times for end in ends
            )

        self.wait(right, lambda: {end: self.counts.get(end) for end in ends})
        return ends[-1]


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """Start the stack with the packaged job in the directory where the commands look for it."""
    with LocalCloud(
        directory=tmp_path / ".local", stacks=["sandbox"], overrides=OVERRIDES
    ) as cloud:
        name = cloud.outputs["application_name"]
        directory = cloud.directory / "flink"
        with ManagedFlink(cloud.clients, WORKLOAD, lambda: [name], directory) as flink:
            yield Night(
                cloud=cloud,
                flink=flink,
                operator=Operator(outputs=cloud.outputs_file),
                results=StreamReader(cloud.client("kinesis"), cloud.outputs["results_stream"]),
                counts={},
            )


def alarm(night: Night) -> str:
    """Give the state of the alarm on dead letters."""
    found = night.cloud.client("cloudwatch").describe_alarms(
        AlarmNames=["stocktrading-dead-letters"]
    )
    return found["MetricAlarms"][0]["StateValue"]


def test_each_work_on_the_job_ends_its_fault(night: Night) -> None:
    """One night: rubbish, too few shards, wrong state, wrong results, a long pause, a start."""
    kinesis, stream = night.cloud.client("kinesis"), night.cloud.outputs["ingest_stream"]
    begin = now()
    with Trades(kinesis, stream) as trades:
        night.await_running()
        find_the_producer(night, kinesis, stream)
        raise_shards(night, trades)
        night.await_windows(trades, begin)
        go_back(night, trades)
        replay(night, trades)
        assert alarm(night) == "OK"  # the last bad record was minutes ago
        drain(night, trades)
        start(night, trades)


def find_the_producer(night: Night, kinesis: Any, stream: str) -> None:  # noqa: ANN401 -- as above
    """A producer with its own partition key sends what is no trade."""
    for _ in range(3):
        kinesis.put_record(StreamName=stream, Data=b"rubbish", PartitionKey="desk-7")
    letters = StreamReader(night.cloud.client("kinesis"), night.cloud.outputs["dead_letter_stream"])
    found: list[object] = []

    def came() -> bool:
        found.extend(letters.poll())
        return len(found) == 3

    night.wait(came, lambda: len(found))
    counted, shown = night.operator.follows("Find a producer that sends rubbish")
    (line,) = [line for line in counted.stdout.splitlines() if "desk-7" in line]
    assert "not_json" in line
    assert "3" in line.split()
    assert "rubbish" in shown.stdout


def raise_shards(night: Night, trades: Trades) -> None:
    """The job reads the new shards while it runs on."""
    job = night.job().job_id
    began = now()
    (done,) = night.operator.follows("Raise the number of shards")
    assert "has 8 shards, before it had 1" in " ".join(done.stderr.split())
    night.await_windows(trades, began)
    assert (night.job().job_id, night.job().restarts) == (job, 0)


def go_back(night: Night, trades: Trades) -> None:
    """The job runs from the chosen snapshot, and counts the windows since then once more."""
    taken = night.operator.types("stocktrading release snapshot --stack sandbox", {})
    chosen = taken.stderr.split()[-1]
    at = now()
    night.await_windows(trades, at)
    listed, _, started = night.operator.follows("Go back to a snapshot", {SNAPSHOT: chosen})
    assert chosen in listed.stdout
    assert f"from {chosen}" in started.stderr
    restored = night.await_running().restored_from
    night.await_windows(trades, at, times=2)
    assert restored


def replay(night: Night, trades: Trades) -> None:
    """The job runs without state, and counts all windows since the time once more."""
    at = now() - WINDOW
    before = {end: len(counts) for end, counts in night.counts.items()}
    moment = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")
    night.operator.follows("Replay from a time", {TIME: moment.replace("+00:00", "Z")})
    assert night.await_running().restored_from is None
    end = night.await_windows(trades, at)
    assert len(night.counts[end]) > before.get(end, 0)


def drain(night: Night, trades: Trades) -> None:
    """The job is stopped with its state."""
    asked = len(trades.times)
    (done,) = night.operator.follows("Drain and stop")
    assert "release start continues from" in " ".join(done.stderr.split())
    assert night.job().state == "STOPPED"
    assert len(trades.times) > asked  # the command doesn't need silence


def start(night: Night, trades: Trades) -> None:
    """Trades wait for the stopped job. It runs again, and counts each of them once."""
    stopped = trades.times[-1]
    time.sleep(2)
    night.operator.follows("Start a stopped application")
    assert night.await_running().restored_from
    night.await_windows(trades, stopped - WINDOW)
