"""A stack's streams on the emulator, with records like the job's, and a board that shows them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from board.records import Result
from local.accounts import WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

APPLICATION = "stocktrading-analytics"
STREAMS = {
    "ingest_stream": "stocktrading-ingest-stream",
    "results_stream": "stocktrading-results-stream",
    "dead_letter_stream": "stocktrading-dead-letter-stream",
}
BUCKET = "stocktrading-sink"


def iso(at: int, *, digits: str = "seconds") -> str:
    """Write a time in milliseconds as the job does."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec=digits)[:-6] + "Z"


def highest(ticker: str, end: int, price: float, **more: float) -> Result:
    """Give a result as the board reads it from the stream."""
    return Result(ticker, end, {"max_price": price, **more})


def result(ticker: str, end: int, highest: float, *, trades: int = 600) -> bytes:
    """Write a result as the job does."""
    return _line(
        {
            "window_start": iso(end - 60_000),
            "window_end": iso(end),
            "ticker": ticker,
            "max_price": highest,
            "min_price": round(highest * 0.97, 2),
            "avg_price": round(highest * 0.985, 4),
            "trades": trades,
        }
    )


def letter(reason: str, payload: str, at: int, *, encoding: str = "utf-8", **more: object) -> bytes:
    """Write a dead letter as the job does."""
    return _line(
        {
            "reason": reason,
            "payload": payload,
            "payload_encoding": encoding,
            **more,
            "arrival_time": iso(at, digits="milliseconds"),
            "shard": "shardId-000000000002",
            "sequence_number": "49590338271490256608559692538361571095921575989136588898",
        }
    )


@dataclass
class BoardStack:
    """Streams and a bucket with the names in the outputs."""

    emulator: Emulator
    directory: Path
    job_status: Path = field(init=False)

    def __post_init__(self) -> None:
        """Make everything that the outputs name, and write the outputs to a file."""
        self.job_status = self.directory / "status.json"
        self.create()
        self.outputs.write_text(json.dumps(self.content), "utf-8")

    @property
    def outputs(self) -> Path:
        """The file of outputs."""
        return self.directory / "sandbox.json"

    @property
    def content(self) -> Mapping[str, Any]:
        """The outputs."""
        return STREAMS | {
            "region": "us-east-1",
            "account_id": WORKLOAD,
            "endpoint": self.emulator.endpoint,
            "application_name": APPLICATION,
            "dashboard_name": "stocktrading",
            "sink_bucket": BUCKET,
            "aggregation_enabled": False,
        }

    @property
    def kinesis(self) -> "KinesisClient":
        """A client with all permissions."""
        return Clients(self.emulator.endpoint).client("kinesis", WORKLOAD)

    def create(self) -> None:
        """Make the streams and the bucket on an empty emulator."""
        for name, stream in STREAMS.items():
            shards = 4 if name == "ingest_stream" else 1
            self.kinesis.create_stream(StreamName=stream, ShardCount=shards)
        Clients(self.emulator.endpoint).client("s3", WORKLOAD).create_bucket(Bucket=BUCKET)

    def put(self, stream: str, lines: Iterable[bytes]) -> None:
        """Put records on the stream that an output names."""
        records = [{"Data": line, "PartitionKey": str(hash(line))} for line in lines]
        for start in range(0, len(records), 500):
            part = records[start : start + 500]
            self.kinesis.put_records(StreamName=STREAMS[stream], Records=part)  # pyright: ignore[reportArgumentType]

    def say(self, state: str, **more: object) -> None:
        """Write the job's status as the local cloud does."""
        status = {"application": APPLICATION, "state": state, "restarts": 0, **more}
        partial = self.job_status.with_suffix(".partial")
        partial.write_text(json.dumps(status), "utf-8")
        partial.replace(self.job_status)


def _line(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"
