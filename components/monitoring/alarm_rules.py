"""The alarms as data: metric, threshold, meaning, and what a person does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from components.base import limits
from components.base.names import Names
from components.monitoring.metrics import (
    EVENT_TIME_LAG,
    Metric,
    across,
    delivery_metric,
    job_metric,
    stream_metric,
)

LAG_MS: Final = 60_000
"""Longest allowed delay of a reader: the length of a window, so that results are a minute late."""

UNREAD: Final = "IF(m > 0 AND FILL(r, 0) < 1, 1, 0)"
"""1 in a period in which records came and none was read, else 0. `m` came, `r` were read.

A reader without a permission or a key publishes nothing, so a missing value of `r` counts as 0. A
missing value of `m` does not: metrics come late, and the newest period would always be quiet.
"""

FULL: Final = 0.8
"""Share of its shards' limits at which a stream needs more shards."""


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


def rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    """Give all alarms of a workload stack."""
    return [
        *_job_rules(names, thresholds),
        *_lag_rules(names, thresholds),
        *_stream_rules(names, thresholds),
        *_delivery_rules(names, thresholds),
    ]


def expression(rule: Rule, names: Names) -> str | None:
    """Give the metric expression for a rule's form; `m` is the metric."""
    forms = {
        "plain": None,
        "rate": "RATE(m)",
        "across": across(rule.metric, names.application),
        "silent": UNREAD,
    }
    return forms[rule.form]


def _job_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    return [
        Rule(
            noun="job-down",
            metric=job_metric(names, "downtime", "Maximum"),
            above=0,
            periods=5,  # during an update there is no job for a few minutes
            missing="breaching",
            meaning="The job has not run for 5 minutes. Look for PythonDriver and exceptions of "
            "tasks in the log. Roll back to the previous version.",
            person=True,
        ),
        Rule(
            noun="job-restarts",
            metric=job_metric(names, "fullRestarts", "Maximum", 300),
            form="rate",
            above=0,
            meaning="The job restarted. Once may be maintenance; again and again is a failure that "
            "the log names.",
            person=False,
        ),
        Rule(
            noun="checkpoints-failing",
            metric=job_metric(names, "numberOfFailedCheckpoints", "Maximum", 300),
            form="rate",
            above=0,
            meaning="A checkpoint failed: after a failure, more is read again. Look at back "
            "pressure and at the role's permissions.",
            person=True,
        ),
        Rule(
            noun="checkpoints-slow",
            metric=job_metric(names, "lastCheckpointDuration", "Maximum"),
            above=thresholds.checkpoint_ms,
            periods=3,
            meaning="A checkpoint takes more than half the interval. Look at back pressure and at "
            "the state's size.",
            person=False,
        ),
        Rule(
            noun="cpu-high",
            metric=job_metric(names, "cpuUtilization", "Maximum"),
            above=80,
            periods=3,
            meaning="The job needs more KPUs. Autoscaling doubles them after 15 minutes at 75 %.",
            person=False,
        ),
        Rule(
            noun="heap-high",
            metric=job_metric(names, "heapMemoryUtilization", "Maximum"),
            above=90,
            periods=3,
            meaning="The heap is nearly full. Add KPUs, or run fewer subtasks for each KPU.",
            person=False,
        ),
        Rule(
            noun="back-pressure",
            metric=job_metric(names, "backPressuredTimeMsPerSecond", "Maximum"),
            form="across",
            above=500,
            periods=3,
            meaning="A task waits half of its time for the next: a stream that throttles, or too "
            "few KPUs.",
            person=False,
        ),
        Rule(
            noun="late-dropped",
            metric=job_metric(names, "numLateRecordsDropped", "Maximum", 300),
            form="rate",
            above=0,
            meaning="The window dropped trades that the source had accepted: they are in no window "
            "and no dead letter. This is a defect. Keep the stream's records and replay them.",
            person=True,
        ),
    ]


def _lag_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    return [
        Rule(
            noun="job-behind",
            metric=job_metric(names, "millisBehindLatest", "Maximum"),
            form="across",
            above=LAG_MS,
            periods=5,
            meaning="The job reads more than a minute behind. After an outage it catches up by "
            "itself. Otherwise add KPUs, or shards to the stream.",
            person=True,
        ),
        Rule(
            noun="event-time-behind",
            metric=job_metric(names, EVENT_TIME_LAG, "Maximum"),
            form="across",
            above=thresholds.event_time_ms,
            periods=5,
            meaning="Trades arrive, but event time stands still or is far behind them, so that no "
            "window ends or only old ones do. A shard is not read, or a producer whose clock is "
            "behind has a shard of its own.",
            person=True,
        ),
        *(
            Rule(
                noun=f"{noun}-unread",
                metric=stream_metric(stream, "GetRecords.IteratorAgeMilliseconds", "Maximum"),
                above=LAG_MS,
                periods=5,
                meaning=f"Records of {stream} wait more than a minute to be read. Records that are "
                "not read within the stream's retention are lost.",
                person=True,
            )
            for noun, stream in _streams(names)
        ),
        *(
            Rule(
                noun=f"{noun}-no-reader",
                metric=stream_metric(stream, "IncomingRecords", "Sum", 300),
                form="silent",
                reader=reader,
                above=0,
                # A record at the end of a period is read in the next one. Seldom records ring too.
                periods=3,
                within=12,
                meaning=f"Records come into {stream}, and nothing reads them: {who} lost a "
                "permission, the key is disabled, or it is stopped. Its own metrics are silent "
                "then.",
                person=True,
            )
            for noun, stream, reader, who in _readers(names, thresholds.results_delivery)
        ),
    ]


def _readers(names: Names, results: str) -> Iterator[tuple[str, str, Metric, str]]:
    """Give each stream, what counts the records that are read from it, and who reads it."""
    job = stream_metric(names.ingest_stream, "GetRecords.Records", "Sum", 300)
    yield "ingest", names.ingest_stream, job, "the job"
    for noun, stream, delivered in (
        ("results", names.results_stream, results),
        ("dead-letter", names.dead_letter_stream, "dead-letters"),
    ):
        delivery = names.delivery_stream(delivered)
        read = delivery_metric(delivery, "DataReadFromKinesisStream.Records", "Sum")
        yield noun, stream, read, "Firehose"


def _stream_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    throttled = [
        Rule(
            noun=f"{noun}-throttled",
            metric=stream_metric(stream, "WriteProvisionedThroughputExceeded", "Sum"),
            above=0,
            meaning=f"Writes to {stream} were refused and tried again. It needs more shards, or "
            "its partition keys are uneven.",
            person=False,
        )
        for noun, stream in _streams(names)
    ]
    dead_letters = Rule(
        noun="dead-letters",
        metric=stream_metric(names.dead_letter_stream, "IncomingRecords", "Sum"),
        above=0,
        meaning="Trades could not be counted. Each dead letter has its `reason`.",
        person=False,
    )
    return [*throttled, dead_letters, *_full_rules(names, thresholds.ingest_shards)]


def _full_rules(names: Names, shards: int | None) -> list[Rule]:
    if shards is None:
        return []
    full = {
        "IncomingRecords": shards * limits.SHARD_RECORDS * 60 * FULL,
        "IncomingBytes": shards * limits.SHARD_BYTES * 60 * FULL,
    }
    return [
        Rule(
            noun=f"ingest-full-{name.removeprefix('Incoming').lower()}",
            metric=stream_metric(names.ingest_stream, name, "Sum"),
            above=threshold,
            periods=5,
            meaning=f"The ingest stream's {shards} shards are used to 80 %. Add shards before "
            "writes are refused, or let the producer pack trades.",
            person=False,
        )
        for name, threshold in full.items()
    ]


def _delivery_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    deliveries = {
        "results": (
            thresholds.results_delivery,
            thresholds.freshness_metric,
            thresholds.success_metric,
        ),
        "dead-letters": ("dead-letters", "DeliveryToS3.DataFreshness", "DeliveryToS3.Success"),
    }
    found: list[Rule] = []
    for noun, (name, freshness, success) in deliveries.items():
        delivery = names.delivery_stream(name)
        found += [
            Rule(
                noun=f"{noun}-stale",
                metric=delivery_metric(delivery, freshness, "Maximum"),
                above=thresholds.freshness_seconds,
                meaning=f"The oldest of {noun} has waited too long for its delivery. See "
                "Firehose's error log. What is not delivered within the stream's retention is "
                "lost.",
                person=True,
            ),
            Rule(
                noun=f"{noun}-undelivered",
                metric=delivery_metric(delivery, success, "Average"),
                below=1,
                meaning=f"A delivery of {noun} failed. It is tried again, then kept under errors/.",
                person=True,
            ),
            Rule(
                noun=f"{noun}-key-refused",
                metric=delivery_metric(delivery, "KMSKeyAccessDenied", "Sum"),
                above=0,
                meaning=f"Firehose may not use the key for {noun}, so it reads or delivers none. "
                "Look at the key's policy and at the delivery's role.",
                person=True,
            ),
        ]
    return found


def _streams(names: Names) -> tuple[tuple[str, str], ...]:
    return (
        ("ingest", names.ingest_stream),
        ("results", names.results_stream),
        ("dead-letter", names.dead_letter_stream),
    )
