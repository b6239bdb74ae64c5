"""Computes the cost of a capacity for a month, part by part."""

from dataclasses import asdict, dataclass
from math import ceil
from typing import Final

from components.base import limits
from components.sizing.capacity import RESULT_BYTES, Capacity, Flow
from components.sizing.prices import US_EAST_1, Prices, tiered

HOURS: Final = 730
"""Hours of an average month, as AWS's calculator counts them."""

SECONDS: Final = HOURS * 3600

COMPRESSED: Final = 0.2
"""Size of GZIP-compressed JSON results as a share of the original. Assumed."""

KEPT_DAYS: Final = 365
"""Days for which results are kept by default. S3's cost is that of the full store."""

SHARD_METRICS: Final = 5
"""Number of metrics for each shard, if they are on."""

ALARMS: Final = 31
"""Metrics that a stack's alarms read. CloudWatch bills an alarm by each of its metrics."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """US dollars a month, by part."""

    ingest_stream: float
    results_stream: float
    dead_letter_stream: float
    managed_flink: float
    firehose: float
    storage: float
    monitoring: float
    key: float

    @property
    def total(self) -> float:
        """All parts."""
        return sum(asdict(self).values())


def monthly(capacity: Capacity, prices: Prices = US_EAST_1, *, retention_hours: int = 24) -> Cost:
    """Compute the cost of a month at the mean load, with capacity for the peak.

    It does not include: data transfer (none within a region between these services), KMS requests
    (cents, because data keys are cached), logs (a few MB a day), Lambda transformations, and the
    tooling account.
    """
    results = capacity.mean_results
    return Cost(
        ingest_stream=_stream(capacity.ingest, prices, retention_hours),
        results_stream=_stream(capacity.results, prices, retention_hours),
        dead_letter_stream=_stream(capacity.dead_letters, prices, retention_hours),
        managed_flink=(capacity.kpus + 1) * HOURS * prices.kpu_hour
        + capacity.kpus * limits.KPU_STORAGE_GB * prices.running_storage_gb_month,
        firehose=_firehose(capacity, prices),
        storage=_stored_gb(results) * prices.s3_gb_month
        + SECONDS / capacity.buffer_seconds / 1000 * prices.s3_thousand_puts,
        monitoring=_monitoring(capacity, prices),
        key=prices.key_month,
    )


def _stream(flow: Flow, prices: Prices, retention_hours: int) -> float:
    units = ceil(flow.record_bytes / limits.PAYLOAD_UNIT_BYTES) * flow.mean_records * SECONDS
    put = units / 1_000_000 * prices.million_payload_units
    hours = flow.shards * HOURS
    extended = hours * prices.extended_shard_hour if retention_hours > 24 else 0.0  # noqa: PLR2004 -- the first day is in the shard's price
    kept_gb = flow.mean_records * flow.record_bytes * max(0, retention_hours - 168) * 3600 / 1e9
    return hours * prices.shard_hour + put + extended + kept_gb * prices.long_term_gb_month


def _firehose(capacity: Capacity, prices: Prices) -> float:
    """Compute Firehose's cost: it rounds each result and dead letter up to 5 KB, packed or not."""
    letter = ceil(capacity.dead_letters.record_bytes / limits.FIREHOSE_UNIT_BYTES)
    result = ceil(RESULT_BYTES / limits.FIREHOSE_UNIT_BYTES)
    units = capacity.mean_results * result + capacity.dead_letters.mean_records * letter
    return tiered(prices.firehose_gb, units * limits.FIREHOSE_UNIT_BYTES * SECONDS / 1e9)


def _stored_gb(results: float) -> float:
    return results * RESULT_BYTES * COMPRESSED * KEPT_DAYS * 86_400 / 1e9


def _monitoring(capacity: Capacity, prices: Prices) -> float:
    metrics = SHARD_METRICS * capacity.shards if capacity.shard_metrics else 0
    alarms = ALARMS * prices.alarm_month + prices.composite_alarm_month
    return tiered(prices.metric_month, metrics) + alarms + prices.dashboard_month
