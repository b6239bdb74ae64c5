"""The figures of a roll-out from CloudWatch's metrics. One request reads all six."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from release.workload import Workload
from stack.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

PERIOD_SECONDS: Final = 60
"""Every metric here has a point a minute."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A metric, and how its points, one for each minute, become one number."""

    id: str
    namespace: Literal["AWS/KinesisAnalytics", "AWS/Kinesis"]
    metric: str
    statistic: Literal["Maximum", "Sum"]
    dimension: str
    value: str

    def query(self) -> MetricDataQueryTypeDef:
        """Give the metric's query for GetMetricData."""
        return {
            "Id": self.id,
            "MetricStat": {
                "Metric": {
                    "Namespace": self.namespace,
                    "MetricName": self.metric,
                    "Dimensions": [{"Name": self.dimension, "Value": self.value}],
                },
                "Period": PERIOD_SECONDS,
                "Stat": self.statistic,
            },
        }


def wanted(outputs: Outputs) -> list[Figure]:
    """Give the figures by which a roll-out is verified.

    `fullRestarts` counts from the job's submission, so it starts at 0 after an update. Only the job
    reads the ingest stream, so all reads of that stream are the job's.
    """
    job, ingest, results = outputs.application_name, outputs.ingest_stream, outputs.results_stream
    return [
        _of_job("restarts", "fullRestarts", job),
        _of_job("checkpoint", "lastCheckpointDuration", job),
        _of_job("failed_checkpoints", "numberOfFailedCheckpoints", job),
        _of_stream("arrived", "IncomingRecords", ingest),
        _of_stream("read", "GetRecords.Records", ingest),
        _of_stream("results", "IncomingRecords", results),
    ]


def _of_job(id_: str, metric: str, application: str) -> Figure:
    return Figure(
        id=id_,
        namespace="AWS/KinesisAnalytics",
        metric=metric,
        statistic="Maximum",
        dimension="Application",
        value=application,
    )


def _of_stream(id_: str, metric: str, stream: str) -> Figure:
    return Figure(
        id=id_,
        namespace="AWS/Kinesis",
        metric=metric,
        statistic="Sum",
        dimension="StreamName",
        value=stream,
    )


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures since a time. None means that no point has come yet."""

    restarts: int | None
    checkpoint: bool | None
    failed_checkpoints: int | None
    arrived: int | None
    read: int | None
    results: int | None


def summarize(points: Mapping[str, Sequence[float]]) -> Figures:
    """Reduce each figure's points to one number.

    `lastCheckpointDuration` is -1 or 0 until a checkpoint of this job has completed. The counters
    of checkpoints and restarts only grow, so their highest value is the last.
    """

    def highest(id_: str) -> int | None:
        return int(max(points[id_])) if points.get(id_) else None

    def total(id_: str) -> int | None:
        return int(sum(points[id_])) if points.get(id_) else None

    duration = highest("checkpoint")
    return Figures(
        restarts=highest("restarts"),
        checkpoint=None if duration is None else duration > 0,
        failed_checkpoints=highest("failed_checkpoints"),
        arrived=total("arrived"),
        read=total("read"),
        results=total("results"),
    )


def first_whole_minute(after: datetime) -> datetime:
    """Give the first whole minute at or after `after`. Each point covers a whole minute."""
    start = after.replace(second=0, microsecond=0)
    return start if start == after else start + timedelta(minutes=1)


def fetch(workload: Workload, since: datetime, now: datetime) -> Figures:
    """Read the figures since `since` from CloudWatch."""
    start = first_whole_minute(since)
    if start >= now:
        return summarize({})
    figures = wanted(workload.outputs)
    pages = workload.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[figure.query() for figure in figures], StartTime=start, EndTime=now
    )
    points: dict[str, list[float]] = {}
    for page in pages:
        for result in cast("Sequence[Mapping[str, Any]]", page["MetricDataResults"]):
            points.setdefault(result["Id"], []).extend(result["Values"])
    return summarize(points)


LAST_READ_SECONDS: Final = 10
"""The longest time between the last read of a shard in a minute and the minute's end, in seconds.
A shard is read several times a second."""


def read_until(workload: Workload, since: datetime, now: datetime) -> datetime | None:
    """Give a time: all trades that arrived before it have been read. None if no metric tells.

    The age of a read's last record is at most the highest age of its minute. So the last read of a
    minute that is over reached at least the minute's end less that age. Minutes that ended before
    `since` are left out.
    """
    minute = timedelta(seconds=PERIOD_SECONDS)
    start = since.replace(second=0, microsecond=0)
    figure = _of_stream("age", "GetRecords.IteratorAgeMilliseconds", workload.outputs.ingest_stream)
    answer = workload.cloudwatch.get_metric_data(
        MetricDataQueries=[replace(figure, statistic="Maximum").query()],
        StartTime=start,
        EndTime=max(now, start + minute),
    )
    (result,) = answer["MetricDataResults"]
    reached = [
        at + minute - timedelta(seconds=LAST_READ_SECONDS, milliseconds=age)
        for at, age in zip(result.get("Timestamps", []), result.get("Values", []), strict=True)
        if at + minute <= now
    ]
    return max(reached, default=None)
