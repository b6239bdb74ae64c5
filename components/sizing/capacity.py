"""Computes capacity from load: shards, KPUs, buffers, thresholds. It uses no AWS and no Pulumi.

Each constant says whether it is a quota, was measured, is assumed, or is a choice.
"""

from dataclasses import dataclass as plain_dataclass
from datetime import date
from math import ceil, floor
from typing import Annotated, Final, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from components.base import limits
from components.base.pydantic_config import STRICT
from job.limits import FLUSH, LETTER_BYTES_A_SECOND, LETTERS_A_SECOND, Flush

SHARD_FILL: Final = 0.7
"""Share of a shard that the peak may use. A choice: partition keys are not spread evenly, and a
peak averaged over a minute has seconds with more."""

KPU_FILL: Final = 0.5
"""Share of a KPU's vCPU at the peak. A choice: the free half lets the job catch up after an outage
in as long as the outage lasted. It also stays well below the 75 % at which autoscaling restarts
the job."""

PACK_TRADES: Final = 450
"""Trades of a pack in `make bench-read`: about 50 KiB, the KPL's own limit."""


@plain_dataclass(frozen=True, kw_only=True)
class ReadCost:
    """What `make bench-read` measured: CPU-seconds that the job takes for a million trades."""

    measured: date | None
    """The day. None: assumed."""
    plain: float
    """With each trade in its own record."""
    packed: float
    """With `PACK_TRADES` trades in a record."""

    @property
    def of_a_record(self) -> float:
        """CPU-seconds to fetch a Kinesis record, without TLS. 0 if packs took no less."""
        return max(0.0, self.plain - self.packed) / (1 - 1 / PACK_TRADES) / 1e6

    @property
    def of_a_trade(self) -> float:
        """CPU-seconds to unpack, decode, check and window a trade."""
        return max(self.plain, self.packed) / 1e6 - self.of_a_record

    def trades_a_kpu(self, *, packed: bool) -> int:
        """Trades a second that a KPU takes, with `KPU_FILL` of its vCPU."""
        return floor(KPU_FILL / (self.packed if packed else self.plain) * 1e6)


READ_COST: Final = ReadCost(measured=None, plain=11.5, packed=1.522)
"""The only place of these figures. After a change of the source or the query, put the medians here
that `make bench-read` prints on an idle machine, and the day. Assumed are 1.5 CPU-seconds for a
million trades, measured once from bytes in memory, and 10 to fetch a million records."""

CPU_PER_RESULT: Final = 50e-6
"""CPU-seconds to serialize, sign and put a result. Assumed; not measured on AWS."""

KEY_BYTES: Final = 32
"""Bytes of a record's partition key, which count towards the shard's throughput."""

PACKED_RECORD_BYTES: Final = 50 * 1024
"""Bytes of a packed record: the KPL's default `AggregationMaxSize`."""

PACKED_TRADE_BYTES: Final = 7
"""Bytes that KPL aggregation adds to a trade: tags and lengths of the protobuf message."""

RESULT_BYTES: Final = 220
"""Bytes of a JSON result. A choice: results had 190 to 210 bytes."""

RESULT_BURST_SECONDS: Final = 5
"""Seconds over which the results of a window leave. A choice, as less would take more shards: all
tickers' windows end at once, so results come in bursts, and the sink puts again what the stream
doesn't take at once."""

DEAD_LETTER_BYTES: Final = 220
"""Bytes that a dead letter adds to its payload."""

SHARD_METRICS_UP_TO: Final = 100
"""Most shards for which metrics of each shard are turned on (5 metrics, $1.50 a month a shard)."""

OBJECT_BYTES: Final = 5 * 1024 * 1024
"""Smallest size of a stored object to wait for. A choice: smaller objects make queries slow."""

WAIT_SECONDS: Final = (60, 300)
"""Shortest and longest wait for that size. A choice: stored results are used by queries, which
don't need them at once."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Load:
    """The load for which a stack is sized."""

    mean_trades: Annotated[float, Field(gt=0, le=10_000_000)] = 200.0
    """Mean trades a second over a month. The cost follows from it."""
    peak_trades: Annotated[float, Field(gt=0, le=10_000_000)] = 1_000.0
    """Trades a second in the busiest minute. The size follows from it."""
    trade_bytes: Annotated[int, Field(ge=40, le=1_000_000)] = 100
    """Bytes of a trade's JSON."""
    tickers: Annotated[int, Field(ge=1, le=10_000_000)] = 5
    """Number of different tickers in a window."""
    dead_letter_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of trades that are dead letters. Above 100 a second, one stands for many records."""

    @model_validator(mode="after")
    def _peak_is_not_below_the_mean(self) -> Self:
        if self.peak_trades < self.mean_trades:
            message = f"peak_trades: given {self.peak_trades:g}; allowed: mean_trades or more"
            raise ValueError(message)
        return self


@plain_dataclass(frozen=True, kw_only=True)
class Flow:
    """The flow through one stream."""

    records: float
    """Kinesis records a second at the peak."""
    payload: float
    """Bytes a second at the peak, including partition keys."""
    mean_records: float
    """Mean Kinesis records a second over a month."""
    record_bytes: float
    """Bytes of one record."""

    @property
    def shards(self) -> int:
        """Number of shards for the peak."""
        by_records = self.records / limits.SHARD_RECORDS
        by_bytes = self.payload / limits.SHARD_BYTES
        return max(1, ceil(max(by_records, by_bytes) / SHARD_FILL))


@plain_dataclass(frozen=True, kw_only=True)
class Capacity:
    """The capacity that a load needs."""

    load: Load
    packed: bool
    ingest: Flow
    results: Flow
    dead_letters: Flow
    mean_results: float
    """Results a second."""
    kpus: int
    """KPUs of the job. The service charges for one more."""
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
        """Whether metrics of each shard are turned on."""
        return self.shards <= SHARD_METRICS_UP_TO


def capacity(
    load: Load,
    *,
    packed: bool = False,
    slide_seconds: int = 30,
    windows: int = 1,
    parallelism_per_kpu: int = 1,
) -> Capacity:
    """Compute the size of everything for a load.

    `windows` is the number of lengths of windows. Each has its own results.

    `packed`: the producer packs trades. Results are never packed: each is a record, so that any
    consumer can read it. More trades, larger trades or more tickers never need less of anything,
    except the wait before an object is written.
    """
    ingest = _ingest(load, packed=packed)
    burst = load.tickers * windows
    mean_results = burst / slide_seconds
    cpu = (
        load.peak_trades * READ_COST.of_a_trade
        + ingest.records * READ_COST.of_a_record
        + mean_results * CPU_PER_RESULT
    )
    kpus = max(1, ceil(cpu / KPU_FILL))
    seconds, mib = _buffers(mean_results * RESULT_BYTES)
    return Capacity(
        load=load,
        packed=packed,
        ingest=ingest,
        results=_results(burst, mean_results),
        dead_letters=_dead_letters(load),
        mean_results=mean_results,
        kpus=kpus,
        parallelism=kpus * parallelism_per_kpu,
        buffer_seconds=seconds,
        buffer_mib=mib,
        flush=FLUSH[packed],
    )


def _flow(*, peak: float, mean: float, each: float, packed: bool) -> Flow:
    """Compute the flow of items of `each` bytes, at `peak` and `mean` items a second."""
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


def _results(burst: int, mean: float) -> Flow:
    return _flow(peak=burst / RESULT_BURST_SECONDS, mean=mean, each=RESULT_BYTES, packed=False)


def _dead_letters(load: Load) -> Flow:
    each = load.trade_bytes + DEAD_LETTER_BYTES
    most = min(LETTERS_A_SECOND, LETTER_BYTES_A_SECOND / each)
    return _flow(
        peak=min(most, load.peak_trades * load.dead_letter_share),
        mean=min(most, load.mean_trades * load.dead_letter_share),
        each=each,
        packed=False,
    )


def _buffers(bytes_a_second: float) -> tuple[int, int]:
    """Compute Firehose's wait in seconds and its buffer size in MiB.

    The size is twice what arrives during the wait at the mean load. So the wait normally decides
    when an object is written, and the size decides in a burst.
    """
    least, most = WAIT_SECONDS
    seconds = min(most, max(least, ceil(OBJECT_BYTES / bytes_a_second)))
    mib = ceil(2 * bytes_a_second * seconds / 1024**2)
    return seconds, min(limits.BUFFER_MIB[1], max(5, mib))
