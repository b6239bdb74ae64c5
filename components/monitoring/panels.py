"""The rows of the dashboard: pure functions from names and thresholds to widgets."""

from typing import Any

from components.base import limits
from components.base.names import Names
from components.monitoring.alarm_rules.rule import LAG_MS, Thresholds
from components.monitoring.metrics import across, delivery_metric, job_metric, stream_metric
from components.monitoring.widgets import (
    Line,
    Widget,
    computed,
    graph,
    line,
    number,
    over_tasks,
    rate,
)


def figures(names: Names, thresholds: Thresholds) -> list[Widget]:
    """Show the six key figures."""
    region = names.region
    incoming = {
        "Trades a second": names.ingest_stream,
        "Results a second": names.results_stream,
        "Dead letters a second": names.dead_letter_stream,
    }
    figures = [
        number(
            title=title,
            lines=rate(
                metric=stream_metric(stream, "IncomingRecords", "Sum"),
                label="records/s",
                region=region,
                name="m",
            ),
            region=region,
        )
        for title, stream in incoming.items()
    ]
    age = stream_metric(names.ingest_stream, "GetRecords.IteratorAgeMilliseconds", "Maximum")
    behind = [line(metric=age, label="ms", region=region)]
    up = _uptime(names, label="hours")
    waits = delivery_metric(
        names.delivery_stream(thresholds.results_delivery), thresholds.freshness_metric, "Maximum"
    )
    waiting = [line(metric=waits, label="s", region=region)]
    return [
        *figures,
        number(title="Trades unread for", lines=behind, region=region),
        number(title="The job is up for", lines=up, region=region),
        number(title="Results undelivered for", lines=waiting, region=region),
    ]


def streams(names: Names, thresholds: Thresholds) -> list[Widget]:
    """Show records and bytes a second of each stream. A packed record counts as one."""
    region = names.region
    shown = {
        "Trades in": names.ingest_stream,
        "Results out": names.results_stream,
        "Dead letters": names.dead_letter_stream,
    }
    widgets: list[Widget] = []
    for title, stream in shown.items():
        records = stream_metric(stream, "IncomingRecords", "Sum")
        payload = stream_metric(stream, "IncomingBytes", "Sum")
        lines = [
            *rate(metric=records, label="records/s", region=region, name="r"),
            *rate(metric=payload, label="bytes/s", region=region, name="b"),
        ]
        lines[-1][0]["yAxis"] = "right"
        shards = thresholds.ingest_shards if stream == names.ingest_stream else None
        most = (
            (f"what {shards} shards take", float(shards * limits.SHARD_RECORDS)) if shards else None
        )
        widgets.append(graph(title=title, lines=lines, region=region, limit=most))
    return widgets


def lag(names: Names) -> list[Widget]:
    """Show waiting records, refused reads and writes, and lost trades."""
    region = names.region
    every = {
        "trades": names.ingest_stream,
        "results": names.results_stream,
        "dead letters": names.dead_letter_stream,
    }
    age = "GetRecords.IteratorAgeMilliseconds"
    refused = {
        "writes": "WriteProvisionedThroughputExceeded",
        "reads": "ReadProvisionedThroughputExceeded",
    }
    late = job_metric(names, "numLateRecordsDropped", "Sum")
    behind = job_metric(names, "millisBehindLatest", "Maximum")
    return [
        graph(
            title="Unread for, by stream",
            lines=[
                line(metric=stream_metric(stream, age, "Maximum"), label=label, region=region)
                for label, stream in every.items()
            ]
            + [
                computed(
                    expression=across(behind, names.application),
                    label="trades, by the job",
                    region=region,
                )
            ],
            region=region,
            limit=("a window's length", LAG_MS),
            unit="ms",
        ),
        graph(
            title="Writes and reads refused (tried again)",
            lines=[
                line(
                    metric=stream_metric(stream, metric, "Sum"),
                    label=f"{label}, {noun}",
                    region=region,
                )
                for noun, metric in refused.items()
                for label, stream in every.items()
            ],
            region=region,
        ),
        graph(
            title="Late trades dropped by the window: must stay 0",
            lines=[
                line(metric=late, label="since the start", region=region, hidden_as="m"),
                # The metric is published every 15 seconds, so a sum over a minute would count each
                # trade four times.
                [{"expression": "m/4", "label": "since the start", "region": region}],
            ],
            region=region,
        ),
    ]


def health(names: Names, thresholds: Thresholds) -> list[Widget]:
    """Show whether the job runs, and its checkpoints, from which it would restart."""
    region = names.region

    def shown(name: str, label: str, *, right: bool = False) -> list[Any]:
        metric = job_metric(names, name, "Maximum")
        return line(metric=metric, label=label, region=region, right=right)

    return [
        graph(
            title="Up and down",
            lines=[
                *_uptime(names, label="up, hours"),
                shown("downtime", "down, ms", right=True),
            ],
            region=region,
        ),
        graph(
            title="Restarts and failed checkpoints, since the job's start",
            lines=[
                shown("fullRestarts", "restarts"),
                shown("numberOfFailedCheckpoints", "failed checkpoints"),
            ],
            region=region,
        ),
        graph(
            title="Checkpoints",
            lines=[
                shown("lastCheckpointDuration", "duration, ms"),
                shown("lastCheckpointSize", "size, bytes", right=True),
            ],
            region=region,
            limit=("half the interval", float(thresholds.checkpoint_ms)),
        ),
    ]


def work(names: Names) -> list[Widget]:
    """Show how much of the job's capacity is used, and which task waits."""
    region = names.region
    pressure = job_metric(names, "backPressuredTimeMsPerSecond", "Maximum")
    busy = job_metric(names, "busyTimeMsPerSecond", "Maximum")
    used = {"CPU": "cpuUtilization", "heap": "heapMemoryUtilization"}
    return [
        graph(
            title="CPU and heap of the fullest KPU",  # a mean would hide a full one
            lines=[
                line(metric=job_metric(names, name, "Maximum"), label=label, region=region)
                for label, name in used.items()
            ]
            + [
                line(
                    metric=job_metric(names, "KPUs", "Maximum"),
                    label="KPUs",
                    region=region,
                    right=True,
                )
            ],
            region=region,
            limit=("autoscaling begins", 75),
            unit="%",
        ),
        graph(
            title="Back pressure and work, by task",
            lines=[
                over_tasks(metric=pressure, label="waits: ", region=region),
                over_tasks(metric=busy, label="works: ", region=region),
            ],
            region=region,
            limit=("half of the time", 500),
            unit="ms of each second",
        ),
        graph(
            title="Records a second, by task",  # shows which task falls behind
            lines=[
                over_tasks(
                    metric=job_metric(names, "numRecordsInPerSecond", "Average"),
                    label="in: ",
                    region=region,
                ),
                over_tasks(
                    metric=job_metric(names, "numRecordsOutPerSecond", "Average"),
                    label="out: ",
                    region=region,
                ),
            ],
            region=region,
        ),
    ]


def _uptime(names: Names, *, label: str) -> list[Line]:
    metric = job_metric(names, "uptime", "Maximum")
    hours = computed(expression="up/3600000", label=label, region=names.region)
    return [line(metric=metric, label=label, region=names.region, hidden_as="up"), hours]


def delivery(names: Names, thresholds: Thresholds) -> list[Widget]:
    """Show how fast results and dead letters are delivered."""
    region = names.region
    shown = {
        "results": (
            names.delivery_stream(thresholds.results_delivery),
            thresholds.freshness_metric,
            thresholds.success_metric,
        ),
        "dead-letters": (
            names.delivery_stream("dead-letters"),
            "DeliveryToS3.DataFreshness",
            "DeliveryToS3.Success",
        ),
    }

    def lines(name_of: int, stat: str) -> list[Any]:
        return [
            line(
                metric=delivery_metric(names.delivery_stream(noun), metrics[name_of], stat),
                label=noun,
                region=region,
            )
            for noun, metrics in shown.items()
        ]

    read = [
        line(
            metric=delivery_metric(
                names.delivery_stream(noun), "DataReadFromKinesisStream.Records", "Sum"
            ),
            label=noun,
            region=region,
        )
        for noun in shown
    ]
    return [
        graph(
            title="Delivery: the oldest waits for",
            lines=lines(1, "Maximum"),
            region=region,
            limit=("too long", float(thresholds.freshness_seconds)),
            unit="s",
        ),
        graph(title="Delivery: share that succeeds", lines=lines(2, "Average"), region=region),
        graph(title="Delivery: records read, each five minutes", lines=read, region=region),
    ]
