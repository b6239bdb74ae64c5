"""An alarm as data, and the thresholds that follow from a stack's size."""

from dataclasses import dataclass
from typing import Final, Literal

from components.base.names import Names
from components.monitoring.metrics import Metric, across

LAG_MS: Final = 60_000
"""Longest allowed delay of a reader: the length of a window, so that results are a minute late."""

UNREAD: Final = "IF(m > 0 AND FILL(r, 0) < 1, 1, 0)"
"""1 in a period in which records came and none was read, else 0. `m` came, `r` were read.

A reader without a permission or a key publishes nothing, so a missing value of `r` counts as 0. A
missing value of `m` does not: metrics come late, and the newest period would always be quiet.
"""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Thresholds that follow from the stack's size."""

    checkpoint_seconds: int
    buffer_seconds: int
    ingest_shards: int | None
    """None if the service decides the number (on-demand mode)."""
    freshness_metric: str = "DeliveryToS3.DataFreshness"
    """Name of the freshness metric of the results' destination."""
    success_metric: str = "DeliveryToS3.Success"
    results_delivery: str = "results"
    """Part of the name of the results' delivery."""
    event_time_seconds: int = 15
    """How far event time is behind by the job's settings: watermark delay and idle timeout."""

    @property
    def event_time_ms(self) -> int:
        """Longest that event time may be behind the trades that arrive: a minute more than set."""
        return self.event_time_seconds * 1000 + LAG_MS

    @property
    def checkpoint_ms(self) -> int:
        """Half the checkpoint interval. Longer checkpoints may soon follow without a pause."""
        return self.checkpoint_seconds * 1000 // 2

    @property
    def freshness_seconds(self) -> int:
        """Twice the buffer's longest wait, but at least a quarter of an hour."""
        return max(2 * self.buffer_seconds, 900)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One alarm."""

    noun: str
    """Part of the alarm's name."""
    metric: Metric
    form: Literal["plain", "rate", "across", "silent"] = "plain"
    """`plain`: the metric itself. `rate`: its growth a second, for counters that only a new job
    resets. `across`: its maximum over all tasks or shards. `silent`: it has records, and `reader`
    has none."""
    reader: Metric | None = None
    """The records that were read, for the form `silent`."""
    above: float | None = None
    below: float | None = None
    periods: int = 1
    """Number of periods that must breach, in a row unless `within` is given."""
    within: int | None = None
    """Number of last periods among which they are counted."""
    missing: Literal["breaching", "notBreaching"] = "notBreaching"
    meaning: str
    """What the alarm means, and what a person does first."""
    person: bool
    """Whether the platform needs a person now."""


def expression(rule: Rule, names: Names) -> str | None:
    """Give the metric expression for a rule's form; `m` is the metric."""
    forms = {
        "plain": None,
        "rate": "RATE(m)",
        "across": across(rule.metric, names.application),
        "silent": UNREAD,
    }
    return forms[rule.form]
