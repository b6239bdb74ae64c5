"""Flink's metrics in the form that Managed Flink publishes."""

from collections.abc import Mapping

from local.flink.metrics import Datum, behind_data, collect, job_data, manager_data, task_data
from local.flink.rest import Json

JOB = "aa" * 16
LAG = "Source__trades.KinesisConsumer.stream.in.s.shardId.shardId-00000000000{}.millisBehindLatest"
LATE = "GlobalWindowAggregate[12].numLateRecordsDropped"


def _plain(**values: object) -> Json:
    return [{"id": name, "value": str(value)} for name, value in values.items()]


def _subtasks(**values: tuple[float, float, float]) -> list[Mapping[str, Json]]:
    """Write smallest value, largest value and sum of each metric as the API does."""
    return [
        {"id": name, "min": low, "max": high, "avg": total / 2, "sum": total, "skew": 0.0}
        for name, (low, high, total) in values.items()
    ]


def test_a_jobs_own_metrics_keep_their_names() -> None:
    """A value that doesn't exist yet is left out. Flink gives -1 for it."""
    answer = _plain(uptime=61_000, downtime=0, fullRestarts=2, lastCheckpointDuration=-1)
    assert list(job_data(answer)) == [
        Datum(name="uptime", values=[61_000]),
        Datum(name="downtime", values=[0]),
        Datum(name="fullRestarts", values=[2]),
    ]


def test_a_task_is_as_busy_as_its_busiest_subtask() -> None:
    """Times are the largest value, and rates of records the sum. An unknown rate is left out."""
    subtasks = _subtasks(
        busyTimeMsPerSecond=(10, 900, 910),
        backPressuredTimeMsPerSecond=(0, 400, 400),
        numRecordsInPerSecond=(50, 70, 120),
    )
    times = (1_769_851_860_000, 1_769_851_890_000, 1)
    subtasks += _subtasks(**{"Calc[6].currentOutputWatermark": times})
    subtasks.append({"id": "idleTimeMsPerSecond", "min": "NaN", "max": "NaN", "sum": "NaN"})
    task = {"Task": "Source__trades_-__Filter"}
    assert list(task_data("Source: trades -> Filter", subtasks)) == [
        Datum(name="busyTimeMsPerSecond", values=[900], dimensions=task),
        Datum(name="backPressuredTimeMsPerSecond", values=[400], dimensions=task),
        Datum(name="numRecordsInPerSecond", values=[120], dimensions=task),
        Datum(name="currentOutputWatermark", values=[1_769_851_860_000], dimensions=task),
    ]


def test_a_jobs_own_metric_is_published_by_its_last_name() -> None:
    """Only the group `kinesisanalytics` is published. The value is the largest of the subtasks."""
    name = "Source__trades.kinesisanalytics.eventTimeLagMilliseconds"
    other = "Source__trades.user.eventTimeLagMilliseconds"
    subtasks = _subtasks(**{name: (5_001, 80_000, 85_001), other: (1, 1, 1)})
    assert list(task_data("t", subtasks)) == [
        Datum(name="eventTimeLagMilliseconds", values=[80_000], dimensions={"Task": "t"})
    ]


def test_a_watermark_before_the_first_record_is_left_out() -> None:
    """Flink gives its lowest number, which is no time."""
    low = float(-(2**63))
    assert not list(task_data("t", _subtasks(**{"a.currentOutputWatermark": (low, low, low)})))


def test_lag_has_one_value_for_each_shard_under_its_streams_name() -> None:
    """The stream's name may have dots."""
    lags = {LAG.format(0): (5.0, 5.0, 5.0), LAG.format(1): (0.0, 700.0, 700.0)}
    unread = {LAG.format(2): (-1.0, -1.0, -1.0)}
    assert list(behind_data(_subtasks(**lags, **unread))) == [
        Datum(
            name="millisBehindLatest", values=[5, 700], dimensions={"Flow": "Input", "Id": "in.s"}
        )
    ]


def test_each_task_manager_gives_a_value() -> None:
    """CPU is in per cent of all cores, memory of the largest heap. Unknown values are left out."""
    full = {
        "Status.JVM.CPU.Load": 0.25,
        "Status.JVM.Memory.Heap.Used": 300,
        "Status.JVM.Memory.Heap.Max": 400,
        "Status.JVM.Threads.Count": 61,
    }
    assert manager_data([_plain(**full), _plain(**{"Status.JVM.CPU.Load": -1})]) == [
        Datum(name="cpuUtilization", values=[25]),
        Datum(name="heapMemoryUtilization", values=[75]),
        Datum(name="threadCount", values=[61]),
    ]


def test_only_the_published_metrics_are_requested() -> None:
    """Late trades are the sum over all windows. Names are requested as Flink spells them."""
    asked: list[str] = []
    base = f"/jobs/{JOB}"
    names = ["0.numBytesIn", "busyTimeMsPerSecond", LATE]
    answers: dict[str, Json] = {
        base: {"vertices": [{"id": "v1", "name": "window"}, {"id": "v2", "name": "sink"}]},
        f"{base}/vertices/v1/subtasks/metrics": [{"id": name} for name in names],
        f"{base}/vertices/v2/subtasks/metrics": [{"id": LATE}],
        "/taskmanagers": {"taskmanagers": []},
    }

    def ask(path: str) -> Json:
        asked.append(path)
        if path in answers:
            return answers[path]
        late = {"id": LATE, "min": 0, "max": 2, "sum": 3, "avg": 1}
        return [late] if "subtasks" in path else _plain(uptime=1)

    assert collect(ask, JOB) == [
        Datum(name="uptime", values=[1]),
        Datum(name="numLateRecordsDropped", values=[6]),
    ]
    wanted = "busyTimeMsPerSecond,GlobalWindowAggregate%5B12%5D.numLateRecordsDropped"
    assert f"{base}/vertices/v1/subtasks/metrics?get={wanted}" in asked
