"""Expected load to capacity: shards, KPUs, buffers, thresholds. Pure arithmetic, no AWS, no Pulumi.

Every constant here that is neither a quota nor measured says that it is a choice.
"""

from dataclasses import dataclass as plain_dataclass
from math import ceil, floor
from typing import Annotated, Final, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from components.base import limits
from components.base.pydantic_config import STRICT
from job.statements import FLUSH, Flush

SHARD_FILL: Final = 0.7
"""Share of a shard that the peak may take. A choice: keys don't spread evenly, and a peak of a
minute's average has seconds above it."""

KPU_FILL: Final = 0.5
"""Share of a KPU's vCPU at the peak. A choice: what is free catches up after a restart (an outage
is made up in as long as it lasted), and stays well under the 75 % that make autoscaling restart
the job."""

CPU_PER_TRADE: Final = 1.5e-6
"""CPU-seconds to decode, judge and window a trade. Measured: 0.8 to 1.45 on one core, from bytes in
memory, with object reuse."""

CPU_PER_RECORD: Final = 10e-6
"""CPU-seconds to fetch a Kinesis record (TLS, SDK, copy). Assumed; to be measured on AWS."""

CPU_PER_RESULT: Final = 50e-6
"""CPU-seconds to serialize, sign and put a result. Assumed; to be measured on AWS."""

KEY_BYTES: Final = 32
"""Bytes of a record's partition key, which count into the shard's throughput."""

PACKED_RECORD_BYTES: Final = 50 * 1024
"""Bytes of a packed record: the KPL's default `AggregationMaxSize`."""

PACKED_TRADE_BYTES: Final = 7
"""Bytes that KPL aggregation adds to a trade: tags and lengths of the protobuf message."""

RESULT_BYTES: Final = 220
"""Bytes of a JSON result; a choice on the safe side of the 190 to 210 seen."""

RESULT_BURST_SECONDS: Final = 5
"""Seconds over which the results of a window leave. A choice: the sink's own flush interval. All
tickers' windows end at once, so that results come in bursts, not as a stream."""

DEAD_LETTER_SHARE: Final = 0.01
"""Share of trades that are dead letters at worst. A choice; above it, something is broken, the
stream throttles, and the job waits rather than drops."""

DEAD_LETTER_BYTES: Final = 220
"""Bytes that a dead letter adds to its payload."""

SHARD_METRICS_UP_TO: Final = 100
"""Shards up to which metrics of each shard are worth their price (5 metrics, $1.50 a month)."""

OBJECT_BYTES: Final = 5 * 1024 * 1024
"""Least size of a stored object to wait for. A choice: smaller ones make queries slow."""

WAIT_SECONDS: Final = (60, 300)
"""Shortest and longest wait for it. A choice: stored results are for queries, not for the board."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Load:
    """The load that a stack is made for."""

    mean_trades: Annotated[float, Field(gt=0, le=10_000_000)] = 200.0
    """Trades a second over a month; what is paid for."""
    peak_trades: Annotated[float, Field(gt=0, le=10_000_000)] = 1_000.0
    """Trades a second in the busiest minute; what is built for."""
    trade_bytes: Annotated[int, Field(ge=40, le=1_000_000)] = 100
    """Bytes of a trade's JSON."""
    tickers: Annotated[int, Field(ge=1, le=10_000_000)] = 5
    """Different tickers in a window."""

    @model_validator(mode="after")
    def _peak_is_not_below_the_mean(self) -> Self:
        if self.peak_trades < self.mean_trades:
            message = f"peak_trades: given {self.peak_trades:g}; allowed: mean_trades or more"
            raise ValueError(message)
        return self


@plain_dataclass(frozen=True, kw_only=True)
class Flow:
    """What goes over one stream."""

    records: float
    """Kinesis records a second at the peak."""
    payload: float
    """Bytes a second at the peak, partition keys included."""
    mean_records: float
    """Kinesis records a second over a month."""
    record_bytes: float
    """Bytes of one record."""

    @property
    def shards(self) -> int:
        """Shards that take the peak."""
        by_records = self.records / limits.SHARD_RECORDS
        by_bytes = self.payload / limits.SHARD_BYTES
        return max(1, ceil(max(by_records, by_bytes) / SHARD_FILL))


@plain_dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a load needs."""

    load: Load
    packed: bool
    ingest: Flow
    results: Flow
    dead_letters: Flow
    mean_results: float
    """Results a second."""
    kpus: int
    """KPUs that the job runs on; the service charges one more."""
    parallelism: int
    buffer_seconds: int
    buffer_mib: int
    """Firehose's buffers."""
    flush: Flush
    """When the job's sink puts results."""

    @property
    def shards(self) -> int:
        """Shards of all three streams."""
        return self.ingest.shards + self.results.shards + self.dead_letters.shards

    @property
    def shard_metrics(self) -> bool:
        """Whether metrics of each shard are worth their price."""
        return self.shards <= SHARD_METRICS_UP_TO


def capacity(
    load: Load, *, packed: bool = False, slide_seconds: int = 30, parallelism_per_kpu: int = 1
) -> Capacity:
    """Size everything for a load.

    `packed`: trades are aggregated by the producer, and results by the job. More trades, larger
    trades or more tickers never need less of anything but the waits before an object is written.
    """
    ingest = _ingest(load, packed=packed)
    mean_results = load.tickers / slide_seconds
    cpu = (
        load.peak_trades * CPU_PER_TRADE
        + ingest.records * CPU_PER_RECORD
        + mean_results * CPU_PER_RESULT
    )
    kpus = max(1, ceil(cpu / KPU_FILL))
    seconds, mib = _buffers(mean_results * RESULT_BYTES)
    return Capacity(
        load=load,
        packed=packed,
        ingest=ingest,
        results=_results(load.tickers, mean_results, packed=packed),
        dead_letters=_dead_letters(load),
        mean_results=mean_results,
        kpus=kpus,
        parallelism=kpus * parallelism_per_kpu,
        buffer_seconds=seconds,
        buffer_mib=mib,
        flush=FLUSH[packed],
    )


def _flow(*, peak: float, mean: float, each: float, packed: bool) -> Flow:
    """Give the flow of items of `each` bytes, at `peak` and `mean` items a second."""
    in_a_record, size = 1, each + KEY_BYTES
    if packed:
        packed_each = each + PACKED_TRADE_BYTES
        in_a_record = max(1, floor(PACKED_RECORD_BYTES / packed_each))
        size = in_a_record * packed_each + 2 * KEY_BYTES
    return Flow(
        records=peak / in_a_record,
        payload=peak / in_a_record * size,
        mean_records=mean / in_a_record,
        record_bytes=size,
    )


def _ingest(load: Load, *, packed: bool) -> Flow:
    return _flow(peak=load.peak_trades, mean=load.mean_trades, each=load.trade_bytes, packed=packed)


def _results(tickers: int, mean: float, *, packed: bool) -> Flow:
    return _flow(peak=tickers / RESULT_BURST_SECONDS, mean=mean, each=RESULT_BYTES, packed=packed)


def _dead_letters(load: Load) -> Flow:
    return _flow(
        peak=load.peak_trades * DEAD_LETTER_SHARE,
        mean=load.mean_trades * DEAD_LETTER_SHARE,
        each=load.trade_bytes + DEAD_LETTER_BYTES,
        packed=False,
    )


def _buffers(bytes_a_second: float) -> tuple[int, int]:
    """Give Firehose's wait in seconds, and a size in MiB that the wait does not reach at the mean.

    The size is twice what comes in the wait, so that the wait decides, and a burst the size.
    """
    least, most = WAIT_SECONDS
    seconds = min(most, max(least, ceil(OBJECT_BYTES / bytes_a_second)))
    mib = ceil(2 * bytes_a_second * seconds / 1024**2)
    return seconds, min(limits.BUFFER_MIB[1], max(5, mib))
