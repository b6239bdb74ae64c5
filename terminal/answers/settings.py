"""JSON objects about a stack's settings: the keys, and what a load needs and costs."""

from collections.abc import Mapping, Sequence
from typing import Literal

from terminal.answers.base import Answer


class ConfigKeyAnswer(Answer):
    """A key of a stack's configuration."""

    kind: Literal["workload", "tooling"]
    key: str
    allowed: str
    default: str
    says: str


class ConfigAnswer(Answer):
    """The keys of a stack's configuration."""

    keys: Sequence[ConfigKeyAnswer]


class LoadAnswer(Answer):
    """The load for which a stack is sized."""

    mean_trades: float
    """Trades a second."""
    peak_trades: float
    trade_bytes: int
    tickers: int
    dead_letter_share: float
    packed: bool


class ShardsAnswer(Answer):
    """The number of shards of each stream."""

    ingest: int
    results: int
    dead_letter: int


class FlushAnswer(Answer):
    """When a sink of the job writes what it has."""

    records: int
    seconds: float
    buffered: int
    requests: int


class CostAnswer(Answer):
    """The cost of a month in the currency."""

    ingest_stream: float
    results_stream: float
    dead_letter_stream: float
    managed_flink: float
    firehose: float
    storage: float
    monitoring: float
    key: float
    total: float
    currency: str
    region: str
    as_of: str
    """Month of the list prices."""


class ExcessAnswer(Answer):
    """A quota that is too small."""

    quota: str
    needed: int
    allowed: int
    ask: str
    """What a person does about it."""


class CapacityAnswer(Answer):
    """What a load needs and costs."""

    load: LoadAnswer
    shards: ShardsAnswer
    kpus: int
    parallelism: int
    buffer_seconds: int
    buffer_mib: int
    flush: FlushAnswer
    shard_metrics: bool
    thresholds: Mapping[str, float]
    """Thresholds of alarms, in the metric's own unit."""
    cost: CostAnswer
    beyond_quotas: Sequence[ExcessAnswer]
