"""List prices of one region on one day, as data. The cost of a month is computed from them.

They are on-demand list prices of US East (N. Virginia) in US dollars, without taxes, free tiers or
discounts. Managed Flink's prices are from examples in its developer guide ("How pricing works").
The others are from the services' public pricing pages (aws.amazon.com/kinesis/data-streams/pricing,
/firehose/pricing, /s3/pricing, /cloudwatch/pricing, /kms/pricing).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Prices of one region on one day, in US dollars."""

    region: str
    as_of: str
    """Month in which the prices were noted. Look them up again before you plan a budget."""
    shard_hour: float
    million_payload_units: float
    extended_shard_hour: float
    """Price of an hour of a shard, for retention of more than 24 hours, up to 7 days."""
    long_term_gb_month: float
    """Price of a GB-month, for retention of more than 7 days."""
    kpu_hour: float
    running_storage_gb_month: float
    firehose_gb: tuple[tuple[float, float], ...]
    """Tiers: upper limit in GB a month, and price of a GB."""
    s3_gb_month: float
    s3_thousand_puts: float
    metric_month: tuple[tuple[float, float], ...]
    """Tiers: upper limit in metrics, and price of a metric."""
    alarm_month: float
    composite_alarm_month: float
    dashboard_month: float
    key_month: float


US_EAST_1: Final = Prices(
    region="us-east-1",
    as_of="2025-11",
    shard_hour=0.015,
    million_payload_units=0.014,
    extended_shard_hour=0.02,
    long_term_gb_month=0.023,
    kpu_hour=0.11,
    running_storage_gb_month=0.10,
    firehose_gb=((500_000, 0.029), (2_000_000, 0.025), (float("inf"), 0.020)),
    s3_gb_month=0.023,
    s3_thousand_puts=0.005,
    metric_month=((10_000, 0.30), (250_000, 0.10), (1_000_000, 0.05), (float("inf"), 0.02)),
    alarm_month=0.10,
    composite_alarm_month=0.50,
    dashboard_month=3.00,
    key_month=1.00,
)


def tiered(tiers: tuple[tuple[float, float], ...], amount: float) -> float:
    """Compute the price of an amount in tiers. Each tier's price holds for the part within it."""
    total, below = 0.0, 0.0
    for up_to, price in tiers:
        total += max(0.0, min(amount, up_to) - below) * price
        below = up_to
    return total
