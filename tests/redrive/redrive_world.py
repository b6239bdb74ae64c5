"""An emulator's streams with a stack's outputs, bad records on them, and the letters about them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from honest_job import write_letter
from typer.testing import CliRunner, Result

from cli import app
from job.properties import GROUP
from local.accounts import REGION, WORKLOAD
from local.clients import Clients
from oracle.recount import Oracle
from oracle.report import Report
from oracle.verdict import Rules, Trade, judge
from stack.reader import StreamReader, StreamRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_kinesis import KinesisClient

    from oracle.verdict import Reason

RULES = Rules()


@dataclass(frozen=True)
class World:
    """A stack's two streams on an emulator, and its outputs in a file."""

    endpoint: str
    name: str
    directory: Path

    @property
    def kinesis(self) -> KinesisClient:
        """Give a client with all permissions."""
        return cast("KinesisClient", Clients(self.endpoint).client("kinesis", WORKLOAD))

    @property
    def ingest(self) -> str:
        """Name of the ingest stream."""
        return f"{self.name}-ingest"

    @property
    def letters(self) -> str:
        """Name of the dead-letter stream."""
        return f"{self.name}-letters"

    @property
    def outputs(self) -> Path:
        """File of the outputs."""
        return self.directory / f"{self.name}.json"

    @property
    def application(self) -> str:
        """Name of the application."""
        return f"{self.name}-analytics"

    def deploy(self, **properties: str) -> None:
        """Make the application with these properties of the job beside the required ones."""
        required = {
            "aws.region": REGION,
            "inputStreamName": self.ingest,
            "outputStreamName": "results",
            "deadLetterStreamName": self.letters,
        }
        group = {"PropertyGroupId": GROUP, "PropertyMap": {**required, **properties}}
        flink: Any = Clients(self.endpoint).client("kinesisanalyticsv2", WORKLOAD)
        flink.create_application(
            ApplicationName=self.application,
            RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole=f"arn:aws:iam::{WORKLOAD}:role/job",
            ApplicationConfiguration={"EnvironmentProperties": {"PropertyGroups": [group]}},
        )

    def make(self, **properties: str) -> World:
        """Make the streams, the application and the file of outputs."""
        self.deploy(**properties)
        for stream in (self.ingest, self.letters):
            self.kinesis.create_stream(StreamName=stream, ShardCount=2)
            waiter = self.kinesis.get_waiter("stream_exists")
            waiter.wait(StreamName=stream, WaiterConfig={"Delay": 1})
        outputs = {
            "account_id": WORKLOAD,
            "region": REGION,
            "endpoint": self.endpoint,
            "ingest_stream": self.ingest,
            "results_stream": "results",
            "dead_letter_stream": self.letters,
            "application_name": self.application,
            "sink_bucket": f"{self.name}-sink",
        }
        self.outputs.write_text(json.dumps(outputs), "utf-8")
        return self

    def put(self, datas: Iterable[tuple[bytes, str]]) -> list[StreamRecord]:
        """Put records with their keys on the ingest stream, and give all that it has."""
        for data, key in datas:
            self.kinesis.put_record(StreamName=self.ingest, Data=data, PartitionKey=key)
        return self.read()

    def read(self) -> list[StreamRecord]:
        """Read the whole ingest stream."""
        return StreamReader(self.kinesis, self.ingest, pause=0).read_all()

    def reject(self, letters: Iterable[bytes]) -> None:
        """Put dead letters on their stream."""
        for letter in letters:
            self.kinesis.put_record(StreamName=self.letters, Data=letter, PartitionKey="k")

    def call(self, *words: str | Path, code: int = 0) -> Result:
        """Run a command of the group for this stack, and check its exit code."""
        result = self.try_(*words)
        assert result.exit_code == code, f"{result.exception}\n{result.output}"
        return result

    def try_(self, *words: str | Path) -> Result:
        """Run a command of the group for this stack."""
        given = ["dead-letters", *map(str, words), "--outputs", str(self.outputs)]
        return CliRunner().invoke(app, given)

    def json(self, *words: str | Path, code: int = 0) -> dict[str, Any]:
        """Run a command with `--json`, and give the object that it prints."""
        return json.loads(self.call(*words, "--json", code=code).stdout)

    def recount(self) -> Report:
        """Let the oracle recount the ingest stream."""
        oracle = Oracle(RULES)
        oracle.add_trades(self.read())
        return oracle.report()


def letters_of(records: Iterable[StreamRecord]) -> list[bytes]:
    """Give the job's letter for each record that is bad by itself."""
    found: list[bytes] = []
    for record in records:
        verdict = judge(record.data, record.arrival, RULES)
        if not isinstance(verdict, Trade):
            found.append(write_letter(record, verdict))
    return found


def span_of(
    records: list[StreamRecord], reason: Reason, changed: Mapping[str, object] | None = None
) -> bytes:
    """Give the job's one letter for many records of a shard."""
    letter = json.loads(write_letter(records[0], reason))
    many = {"records": len(records), "last_sequence_number": records[-1].sequence_number}
    return json.dumps({**letter, **many, **(changed or {})}).encode() + b"\n"


def now_ms() -> int:
    """Give the time, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
