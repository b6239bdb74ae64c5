"""The metrics that Managed Flink publishes about a job, computed from Flink's REST API.

Names and levels are those of "Metrics and dimensions in Managed Service for Apache Flink". A job's
own metrics are those of its group `kinesisanalytics`. A value that Flink doesn't have is left out,
such as the size of a checkpoint before the first checkpoint, or an unknown rate. The metrics of
containers, such as `containerCPUUtilization`, are not published, because there are no containers.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast
from urllib.parse import quote

from local.flink.rest import Json

Ask: TypeAlias = Callable[[str], Json]
"""Gives the response to a path of the REST API."""

JOB: Final = (
    "uptime",
    "downtime",
    "fullRestarts",
    "lastCheckpointDuration",
    "lastCheckpointSize",
    "numberOfFailedCheckpoints",
)
TASK: Final = (
    "busyTimeMsPerSecond",
    "backPressuredTimeMsPerSecond",
    "idleTimeMsPerSecond",
    "numRecordsInPerSecond",
    "numRecordsOutPerSecond",
)
_LOAD: Final = "Status.JVM.CPU.Load"
_USED, _MAX = "Status.JVM.Memory.Heap.Used", "Status.JVM.Memory.Heap.Max"
_THREADS: Final = "Status.JVM.Threads.Count"
_OLD_GENERATION: Final = "Status.JVM.GarbageCollector.MarkSweepCompact.Time"
"""The name for the serial collector, which the local clusters use."""

_LATE: Final = "numLateRecordsDropped"
_WATERMARK: Final = "currentOutputWatermark"
_BEHIND: Final = re.compile(
    r".*\.KinesisConsumer\.stream\.(.+)\.shardId\.[^.]+\.millisBehindLatest"
)
_OWN: Final = re.compile(r".*\.kinesisanalytics\.([^.]+)")
"""The group of a job's own metrics that are published."""
NAME_CHARACTERS: Final = 255
"""Largest length of a dimension's value (CloudWatch quotas)."""


@dataclass(frozen=True, kw_only=True)
class Datum:
    """The values of a metric at one moment: one for each TaskManager, subtask or shard."""

    name: str
    values: Sequence[float]
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    """The dimensions besides the application."""


def collect(ask: Ask, job: str) -> list[Datum]:
    """Read all metrics of a running job. Raises the errors of `ask`."""
    vertices = cast("Mapping[str, Sequence[Mapping[str, str]]]", ask(f"/jobs/{job}"))["vertices"]
    found = [*job_data(ask(f"/jobs/{job}/metrics?get={','.join(JOB)}"))]
    late: list[float] = []
    for vertex in vertices:
        path = f"/jobs/{job}/vertices/{vertex['id']}/subtasks/metrics"
        names = [each["id"] for each in cast("Sequence[Mapping[str, str]]", ask(path))]
        wanted = [name for name in names if _is_wanted(name)]
        answer = ask(f"{path}?get={quote(','.join(wanted), safe=',')}") if wanted else []
        subtasks = cast("Sequence[Mapping[str, Json]]", answer)
        found += task_data(vertex["name"], subtasks)
        found += behind_data(subtasks)
        late += [value for name, value in _each(subtasks, "sum") if name.endswith(f".{_LATE}")]
    if late:
        found.append(Datum(name=_LATE, values=[sum(late)]))
    managers = cast("Mapping[str, Sequence[Mapping[str, str]]]", ask("/taskmanagers"))
    asked = f"{_LOAD},{_USED},{_MAX},{_THREADS},{_OLD_GENERATION}"
    machines = [
        ask(f"/taskmanagers/{quote(each['id'], safe='')}/metrics?get={asked}")
        for each in managers["taskmanagers"]
    ]
    return found + manager_data(machines)


def job_data(answer: Json) -> Iterator[Datum]:
    """Read a job's own metrics. A negative time or size means that there is no value."""
    for name, value in _plain(answer).items():
        if value >= 0:
            yield Datum(name=name, values=[value])


def task_data(name: str, subtasks: Sequence[Mapping[str, Json]]) -> Iterator[Datum]:
    """Read one task's metrics.

    The value is the largest of its subtasks, because a sum would hide one subtask that waits. Rates
    of records are sums, because they are for the task as a whole.
    """
    task = {"Task": re.sub(r"[^\w.-]", "_", name)[:NAME_CHARACTERS]}
    largest, total = dict(_each(subtasks, "max")), dict(_each(subtasks, "sum"))
    for metric in TASK:
        values = total if metric.startswith("numRecords") else largest
        if metric in values:
            yield Datum(name=metric, dimensions=task, values=[values[metric]])
    for key, value in largest.items():
        if own := _OWN.fullmatch(key):
            yield Datum(name=own[1], dimensions=task, values=[value])
    watermarks = [value for key, value in _each(subtasks, "min") if key.endswith(f".{_WATERMARK}")]
    if min(watermarks, default=-1.0) > 0:  # before the first one it is the smallest long
        yield Datum(name=_WATERMARK, dimensions=task, values=[min(watermarks)])


def behind_data(subtasks: Sequence[Mapping[str, Json]]) -> Iterator[Datum]:
    """Read how far the source is behind the end of each stream: one value for each shard."""
    streams: dict[str, list[float]] = {}
    for name, value in _each(subtasks, "max"):
        if (found := _BEHIND.fullmatch(name)) and value >= 0:
            streams.setdefault(found[1], []).append(value)
    for stream, values in streams.items():
        dimensions = {"Flow": "Input", "Id": stream}
        yield Datum(name="millisBehindLatest", dimensions=dimensions, values=values)


def manager_data(answers: Sequence[Json]) -> list[Datum]:
    """Read the TaskManagers' metrics, one value for each. CPU load is a share of all cores."""
    managers = [_plain(answer) for answer in answers]
    values = {
        "cpuUtilization": [100 * each[_LOAD] for each in managers if each.get(_LOAD, -1) >= 0],
        "heapMemoryUtilization": [
            100 * each[_USED] / each[_MAX]
            for each in managers
            if _USED in each and each.get(_MAX, 0) > 0
        ],
        "threadCount": [each[_THREADS] for each in managers if _THREADS in each],
        "oldGenerationGCTime": [
            each[_OLD_GENERATION] for each in managers if _OLD_GENERATION in each
        ],
    }
    return [Datum(name=name, values=given) for name, given in values.items() if given]


def _is_wanted(name: str) -> bool:
    return (
        name in TASK
        or name.endswith((f".{_LATE}", f".{_WATERMARK}"))
        or _BEHIND.fullmatch(name) is not None
        or _OWN.fullmatch(name) is not None
    )


def _plain(answer: Json) -> dict[str, float]:
    """Read `[{"id": ..., "value": "1.0"}]`."""
    return dict(_each(cast("Sequence[Mapping[str, Json]]", answer), "value"))


def _each(entries: Sequence[Mapping[str, Json]], key: str) -> Iterator[tuple[str, float]]:
    for entry in entries:
        try:
            value = float(cast("str", entry[key]))
        except (KeyError, TypeError, ValueError):
            continue
        if math.isfinite(value):
            yield cast("str", entry["id"]), value
