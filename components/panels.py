"""The rows of the dashboard: pure functions from names and thresholds to widgets."""

from typing import Any

from components.alarm_rules import LAG_MS, Thresholds
from components.metrics import delivery_metric, job_metric, stream_metric
from components.names import Names
from components.widgets import Widget, graph, line, number, over_tasks, rate


def figures(names: Names) -> list[Widget]:
    """Show the four figures that say whether all is well."""
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
    return [*figures, number(title="Behind", lines=behind, region=region)]


def streams(names: Names) -> list[Widget]:
    """Show records and bytes a second of each stream. Packed records count as one."""
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
        widgets.append(graph(title=title, lines=lines, region=region))
    return widgets


def lag(names: Names) -> list[Widget]:
    """Show what waits, what was refused, what was lost."""
    region = names.region
    every = (names.ingest_stream, names.results_stream, names.dead_letter_stream)
    age, throttled = "GetRecords.IteratorAgeMilliseconds", "WriteProvisionedThroughputExceeded"
    late = job_metric(names, "numLateRecordsDropped", "Sum")
    return [
        graph(
            title="Unread for, by stream",
            lines=[
                line(metric=stream_metric(stream, age, "Maximum"), label=stream, region=region)
                for stream in every
            ],
            region=region,
            limit=("a window's length", LAG_MS),
            unit="ms",
        ),
        graph(
            title="Writes refused (tried again)",
            lines=[
                line(metric=stream_metric(stream, throttled, "Sum"), label=stream, region=region)
                for stream in every
            ],
            region=region,
        ),
        graph(
            title="Late trades dropped by the window: must stay 0",
            lines=[
                line(metric=late, label="since the start", region=region, hidden_as="m"),
                # Published every 15 seconds: the sum over a minute counts each four times.
                [{"expression": "m/4", "label": "since the start", "region": region}],
            ],
            region=region,
        ),
    ]


def health(names: Names, thresholds: Thresholds) -> list[Widget]:
    """Show whether the job runs, and how well it could be restarted."""
    region = names.region

    def shown(name: str, label: str, *, right: bool = False) -> list[Any]:
        metric = job_metric(names, name, "Maximum")
        return line(metric=metric, label=label, region=region, right=right)

    return [
        graph(
            title="Up and down",
            lines=[shown("uptime", "up, ms"), shown("downtime", "down, ms", right=True)],
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
    """Show how much of the job's capacity is used, and where it waits."""
    region = names.region
    pressure = job_metric(names, "backPressuredTimeMsPerSecond", "Maximum")
    busy = job_metric(names, "busyTimeMsPerSecond", "Maximum")
    used = {"CPU": "cpuUtilization", "heap": "heapMemoryUtilization"}
    return [
        graph(
            title="CPU and heap of the fullest KPU",  # a mean would hide the one that fails
            lines=[
                line(metric=job_metric(names, name, "Maximum"), label=label, region=region)
                for label, name in used.items()
            ]
            + [line(metric=job_metric(names, "KPUs", "Maximum"), label="KPUs", region=region)],
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
    ]


def delivery(names: Names, thresholds: Thresholds) -> list[Widget]:
    """Show how stored results and dead letters follow what leaves the job."""
    region = names.region
    shown = {
        "results": (thresholds.freshness_metric, thresholds.success_metric),
        "dead-letters": ("DeliveryToS3.DataFreshness", "DeliveryToS3.Success"),
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
            lines=lines(0, "Maximum"),
            region=region,
            limit=("too long", float(thresholds.freshness_seconds)),
            unit="s",
        ),
        graph(title="Delivery: share that succeeds", lines=lines(1, "Average"), region=region),
        graph(title="Delivery: records read, each five minutes", lines=read, region=region),
    ]
