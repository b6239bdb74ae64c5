"""A Kinesis data stream, and what its readers and writers may do."""

from dataclasses import replace
from typing import Annotated, Final, Literal, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from components.base.component import Component
from components.base.iam import Grant
from components.base.pydantic_config import STRICT
from components.storage.key import Key

SHARD_METRICS: Final = (
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
)
"""Metrics for each shard. They show a shard with too much load, which the stream's sums hide."""

READ: Final = (
    "kinesis:DescribeStream",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
)
"""Actions that the Flink connector calls (it looks up a stream's ARN), and that Firehose needs."""

WRITE: Final = ("kinesis:PutRecords",)
"""Actions that the Flink connector's sink and the simulator call."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StreamArgs:
    """A stream's capacity and retention."""

    mode: Literal["provisioned", "on_demand"] = "provisioned"
    """Who decides the number of shards. `provisioned`: `shards`. `on_demand`: the service, which
    doubles it within minutes."""
    shards: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Number of shards in mode provisioned. A shard accepts 1 MB/s or 1,000 records/s, and gives 2
    MB/s. Unset: what the load needs."""
    retention_hours: Annotated[int, Field(ge=24, le=8760)] = 24
    """Hours for which a record can be read; 24 to 8760 (a year)."""
    shard_metrics: bool | None = None
    """Publish the metrics of each shard. CloudWatch charges for each. Unset: on if there are few
    shards."""

    @model_validator(mode="after")
    def _shards_need_provisioning(self) -> Self:
        if self.mode == "on_demand" and self.shards is not None:
            message = (
                f"shards: given {self.shards} with mode on_demand; "
                "allowed: no shards, or mode provisioned"
            )
            raise ValueError(message)
        return self

    def sized(self, shards: int, *, metrics: bool) -> Self:
        """Fill in what isn't set."""
        return replace(
            self,
            shards=self.shards or (shards if self.mode == "provisioned" else None),
            shard_metrics=metrics if self.shard_metrics is None else self.shard_metrics,
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StreamsArgs:
    """The three streams of the platform."""

    ingest: StreamArgs = StreamArgs()
    results: StreamArgs = StreamArgs()
    dead_letter: StreamArgs = StreamArgs()


class Stream(Component):
    """An encrypted stream."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: StreamArgs,
        *,
        stream_name: str,
        key: Key,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the stream under its physical name `stream_name`."""
        super().__init__("stocktrading:data:Stream", name, opts)
        stream = aws.kinesis.Stream(
            name,
            name=stream_name,
            stream_mode_details={"stream_mode": args.mode.upper()},
            shard_count=(args.shards or 1) if args.mode == "provisioned" else None,
            retention_period=args.retention_hours,
            encryption_type="KMS",
            kms_key_id=key.arn,
            shard_level_metrics=list(SHARD_METRICS) if args.shard_metrics else [],
            opts=self.child,
        )
        self.name = stream.name
        self.arn = stream.arn
        self.read = (Grant(actions=READ, resources=[stream.arn]), key.decrypts("kinesis"))
        """Actions of a consumer that polls (Flink, Firehose)."""
        self.write = (Grant(actions=WRITE, resources=[stream.arn]), key.encrypts("kinesis"))
        """Actions of a producer."""
        self.publish()
