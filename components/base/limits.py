"""AWS's quotas and limits that the sizing uses, each with its source.

Pages under https://docs.aws.amazon.com, read in November 2026 as stored copies: "Quotas and limits"
(streams/latest/dev/service-sizes-and-limits.html), "Implement application scaling"
(managed-flink/latest/java/how-scaling.html); the reference of `UpdateShardCount` and `PutRecords`.
"""

from typing import Final, Literal

from job.properties import MAX_PARALLELISM

SHARD_RECORDS: Final = 1_000
"""Records a second that a shard accepts (PutRecords)."""

SHARD_BYTES: Final = 1_000_000
"""Bytes a second that a shard accepts: "1 MB", including partition keys (PutRecords)."""

SHARDS: Final = {"us-east-1": 20_000, "us-west-2": 20_000, "eu-west-1": 20_000}
"""Shards of an account in a region, by default."""

SHARDS_ELSEWHERE: Final = 1_000
"""The lower of the two defaults of every other region (1,000 or 6,000)."""

RESHARD: Final = 10_000
"""Most shards of one stream that `UpdateShardCount` accepts."""

KPUS: Final = 64
"""KPUs of an application, by default."""

PARALLELISM: Final = MAX_PARALLELISM
"""Highest parallelism that the service documents; the job's state is cut for it."""

KPU_STORAGE_GB: Final = 50
"""Running storage of each KPU, which AWS charges for."""

PAYLOAD_UNIT_BYTES: Final = 25_000
"""Kinesis bills a put in units of 25 KB."""

FIREHOSE_UNIT_BYTES: Final = 5_000
"""Firehose bills each record rounded up to 5 KB."""

BUFFER_MIB: Final = (1, 128)
"""Firehose's buffering for S3 (BufferingHints)."""

LogRetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096]
"""Retention periods that CloudWatch Logs accepts, up to three years (PutRetentionPolicy)."""
