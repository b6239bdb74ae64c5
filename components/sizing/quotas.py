"""Finds the default quotas that a capacity exceeds, by how much, and what to request."""

from dataclasses import dataclass
from math import ceil

from components.base import limits
from components.sizing.capacity import Capacity


@dataclass(frozen=True, kw_only=True)
class Excess:
    """A quota that is too small."""

    quota: str
    needed: int
    allowed: int
    ask: str
    """What a person does about it."""


def beyond_quotas(capacity: Capacity, region: str) -> list[Excess]:
    """List the default quotas of `region` that `capacity` exceeds. An account's may be higher."""
    shards_allowed = limits.SHARDS.get(region, limits.SHARDS_ELSEWHERE)
    stream = max(capacity.ingest.shards, capacity.results.shards, capacity.dead_letters.shards)
    to = _round_up(capacity.shards)
    kpus = _round_up(capacity.kpus, 16)
    checks = [
        Excess(
            quota=f"Kinesis Data Streams: shards in {region}",
            needed=capacity.shards,
            allowed=shards_allowed,
            ask=f"Service Quotas, Amazon Kinesis Data Streams, 'Shards per Region': {to:,}; "
            "or let the producer pack trades (AggregationEnabled)",
        ),
        Excess(
            quota="Kinesis Data Streams: shards that a stream can be scaled up to",
            needed=stream,
            allowed=limits.RESHARD,
            ask=f"AWS Support, limit of UpdateShardCount: {_round_up(stream):,} shards a stream; "
            "or pack trades; or create the stream with all its shards",
        ),
        Excess(
            quota="Managed Flink: KPUs of an application",
            needed=capacity.kpus,
            allowed=limits.KPUS,
            ask=f"Service Quotas, Amazon Managed Service for Apache Flink, 'KPUs': {kpus:,}; "
            "or pack trades, as fetching records takes most of the CPU",
        ),
        Excess(
            quota="Managed Flink: parallelism",
            needed=capacity.parallelism,
            allowed=limits.PARALLELISM,
            ask="AWS Support, with the quota of KPUs; or split the tickers over two applications",
        ),
    ]
    return [check for check in checks if check.needed > check.allowed]


def _round_up(number: int, step: int = 1_000) -> int:
    return ceil(number / step) * step
