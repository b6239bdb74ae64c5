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
"""Metrics for each shard: they show a hot one, which the stream's own sums hide."""

READ: Final = (
    "kinesis:DescribeStream",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
)
"""What the Flink connector calls, which looks a stream's ARN up, and what Firehose asks for."""

WRITE: Final = ("kinesis:PutRecords",)
"""What the Flink connector's sink and the simulator call."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StreamArgs:
    """How much a stream takes, and how long it keeps it."""

    mode: Literal["provisioned", "on_demand"] = "provisioned"
    """Who counts the shards: we, or the service (which doubles them over minutes)."""
    shards: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Shards where provisioned; 1 MB/s or 1,000 records/s in, 2 MB/s out each. Unset: what the load
    needs."""
    retention_hours: Annotated[int, Field(ge=24, le=8760)] = 24
    """Hours a record can be read again; 24 to 8760 (a year)."""
    shard_metrics: bool | None = None
    """Publish the metrics of each shard; CloudWatch charges for each. Unset: while shards
    are few."""

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
        """What a consumer that polls may do (Flink, Firehose)."""
        self.write = (Grant(actions=WRITE, resources=[stream.arn]), key.encrypts("kinesis"))
        """What a producer may do."""
        self.publish()
