"""The alarms of the streams, of their readers and of the deliveries."""

from collections.abc import Iterator
from typing import Final

from components.base import limits
from components.base.names import Names
from components.monitoring.alarm_rules.rule import LAG_MS, Rule, Thresholds
from components.monitoring.metrics import Metric, delivery_metric, stream_metric

FULL: Final = 0.8
"""Share of its shards' limits at which a stream needs more shards."""


def _reader_rules(names: Names, results: str) -> list[Rule]:
    return [
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
            for noun, stream, reader, who in _readers(names, results)
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


def stream_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    """Give the alarms of the streams and of what reads them."""
    return [
        *_reader_rules(names, thresholds.results_delivery),
        *_writer_rules(names, thresholds.ingest_shards),
    ]


def _writer_rules(names: Names, shards: int | None) -> list[Rule]:
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
    return [*throttled, dead_letters, *_full_rules(names, shards)]


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


def delivery_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    """Give the alarms of the deliveries to their destinations."""
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
