"""Runs the job from its archive on a Flink cluster, with streams of the emulator."""

from __future__ import annotations

import copy
import itertools
import json
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from patience import Patience

from local.accounts import REGION, WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator
from local.flink.cluster import FlinkCluster
from local.flink.submit import Submission, submit
from oracle.recount import Oracle
from oracle.report import Report
from oracle.verdict import Rules
from stack.emulator import secret_for
from stack.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

RUNNING_SECONDS: Final = 60
SETTLE_SECONDS: Final = 60
"""How long nothing may change while the job has something to do."""

_STREAM_NUMBERS: Final = itertools.count(1)


def environment(endpoint: str) -> dict[str, str]:
    """Give the environment with which the cluster's processes sign requests to an emulator."""
    return {
        "AWS_ACCESS_KEY_ID": WORKLOAD,
        "AWS_SECRET_ACCESS_KEY": secret_for(endpoint),
        "AWS_REGION": REGION,
        # The emulator needs JSON. The source's SDK reads the first variable, the sink's the second.
        "AWS_CBOR_DISABLE": "true",
        "CBOR_ENABLED": "false",
    }


class Put(NamedTuple):
    """A record for one shard."""

    shard: int
    data: bytes


class Streams:
    """Ingest, results and dead-letter stream of one scenario, and the oracle's report on them."""

    def __init__(self, client: KinesisClient, shards: int, rules: Rules) -> None:
        """Make an ingest stream with this many shards, and the job's two output streams."""
        self.client = client
        self.rules = rules
        self.ingest = self._create("ingest", shards)
        self.results = self._create("results", 2)
        self.letters = self._create("letters", 1)

    @classmethod
    def of(
        cls, client: KinesisClient, rules: Rules, ingest: str, results: str, letters: str
    ) -> Streams:
        """Give streams that exist."""
        found = cls.__new__(cls)
        found.client, found.rules = client, rules
        found.ingest, found.results, found.letters = ingest, results, letters
        return found

    def with_new_outputs(self) -> Streams:
        """Give the same ingest stream with new output streams, for another job."""
        other = copy.copy(self)
        other.results, other.letters = self._create("results", 2), self._create("letters", 1)
        return other

    @cached_property
    def _hash_keys(self) -> list[str]:
        listed = self.client.list_shards(StreamName=self.ingest)["Shards"]
        return [shard["HashKeyRange"]["StartingHashKey"] for shard in listed]

    def _create(self, kind: str, shards: int) -> str:
        name = f"{kind}-{next(_STREAM_NUMBERS)}"
        self.client.create_stream(StreamName=name, ShardCount=shards)
        return name

    def put(self, records: Iterable[Put]) -> None:
        """Put records, each shard's in order."""
        entries: list[PutRecordsRequestEntryTypeDef] = [
            {"Data": data, "PartitionKey": "k", "ExplicitHashKey": self._hash_keys[shard]}
            for shard, data in records
        ]
        for start in range(0, len(entries), 500):
            batch = entries[start : start + 500]
            answer = self.client.put_records(StreamName=self.ingest, Records=batch)
            assert answer.get("FailedRecordCount") == 0

    def await_results(self, count: int, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until this many results exist."""
        reader, found, patience = StreamReader(self.client, self.results), 0, Patience(seconds)
        while found < count:
            found += len(reader.poll())
            patience.look(f"{found} of {count} results")
            time.sleep(0.2)

    def settle(self, *, windows: int, seconds: float = SETTLE_SECONDS) -> Report:
        """Read the streams until the oracle finds no fault and has checked this many windows.

        If nothing changes for this many seconds, it gives the last report.
        """
        oracle, patience = Oracle(self.rules), Patience(seconds)
        names = (self.ingest, self.results, self.letters)
        trades, results, letters = (StreamReader(self.client, name) for name in names)
        while True:
            oracle.add_trades(trades.read_all())
            oracle.add_results(results.read_all())
            oracle.add_dead_letters(letters.read_all())
            oracle.add_shards(trades.shards)
            report = oracle.report()
            settled = not report.mismatches and report.windows_checked >= windows
            seen = (report.records, report.windows_checked, report.diff())
            if settled or patience.over(seen):
                return report
            time.sleep(0.5)


@dataclass
class Bench:
    """One emulator and one cluster, and the jobs that run on it."""

    emulator: Emulator
    cluster: FlinkCluster
    archive: Path
    """Directory with the unpacked archive."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def client(self) -> KinesisClient:
        """Client for Kinesis in the workload account."""
        clients = Clients(self.emulator.endpoint)
        return cast("KinesisClient", clients.client("kinesis", WORKLOAD))

    def streams(self, shards: int = 4, rules: Rules | None = None) -> Streams:
        """Make the streams of a scenario."""
        return Streams(self.client, shards, rules or Rules())

    @contextmanager
    def job(
        self,
        streams: Streams,
        *,
        parallelism: int = 1,
        position: str = "TRIM_HORIZON",
        savepoint: str | None = None,
        runs: bool = True,
        **properties: str,
    ) -> Generator[str]:
        """Run the job during the block, and give its id. The job has begun to read by then.

        If `runs` is false, the job is expected to fail, and this does not wait until it runs.
        """
        values = self._properties(streams, InitialPosition=position, **properties)
        number = next(self._numbers)
        file = self.cluster.directory / f"properties-{number}.json"
        group = {"PropertyGroupId": "TradingDataConfigProperties", "PropertyMap": values}
        file.write_text(json.dumps([group]), "utf-8")
        job = submit(
            self.cluster,
            Submission(
                main=self.archive / "main.py",
                jar=self.archive / "lib" / "stocktrading-job.jar",
                python_files=[self.archive / "modules"],
                properties_file=file,
                parallelism=parallelism,
                savepoint=savepoint,
                settings={"execution.checkpointing.interval": "5 s"},
            ),
        )
        try:
            if runs:
                self._await_running(job)
            yield job
        finally:
            if self.cluster.rest.job(job).state not in {"FINISHED", "FAILED", "CANCELED"}:
                self.cluster.rest.cancel(job)

    def stop(self, job: str) -> str:
        """Stop a job with a savepoint, and give the savepoint's path."""
        return self.cluster.rest.stop(job, self.cluster.directory / "savepoints")

    def savepoint(self, job: str) -> str:
        """Take a savepoint of a job that continues, and give the savepoint's path."""
        return self.cluster.rest.savepoint(job, self.cluster.directory / "savepoints")

    def _properties(self, streams: Streams, **more: str) -> dict[str, str]:
        rules = streams.rules
        return {
            "aws.region": REGION,
            "aws.endpoint": self.emulator.endpoint,
            "inputStreamName": streams.ingest,
            "outputStreamName": streams.results,
            "deadLetterStreamName": streams.letters,
            "WindowSeconds": str(rules.window_seconds),
            "SlideSeconds": str(rules.slide_seconds),
            "WatermarkDelaySeconds": str(rules.watermark_delay_seconds),
            "IdleTimeoutSeconds": str(rules.idle_timeout_seconds),
            "MaxFutureSeconds": str(rules.max_future_seconds),
            "OutputFormat": rules.output_format,
            **more,
        }

    def _await_running(self, job: str) -> None:
        patience = Patience(RUNNING_SECONDS)
        while True:
            found = self.cluster.rest.job(job)
            if found.state == "RUNNING" and found.tasks and found.tasks_up == found.tasks:
                return
            reason = self.cluster.rest.exception(job)
            seen = f"{found.state}, {found.tasks_up} of {found.tasks} tasks run; {reason}"
            # Flink's REST API caches a job's exceptions for some seconds, and its state for none.
            assert found.state != "FAILED" or reason is None, seen
            patience.look(seen)
            time.sleep(0.2)


def write_trade(ticker: str, milliseconds: int, price: float) -> bytes:
    """Write a trade as a producer in Python does. The time is in milliseconds since the epoch."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    moment = moment.replace(microsecond=milliseconds % 1000 * 1000)
    trade = {"EVENT_TIME": moment.isoformat(), "TICKER": ticker, "PRICE": price}
    return json.dumps(trade).encode()


def now() -> int:
    """Give the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
