"""The request to CloudWatch, and how its points become figures."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs import NAME, NOON, OUTPUTS, client, stubbed, workload

from components.monitoring.metrics import KNOWN
from release.figures import Figures, fetch, first_whole_minute, summarize, wanted


def test_every_figure_is_a_metric_that_exists() -> None:
    """Each name is in the list of metrics that alarms and dashboard use."""
    for figure in wanted(OUTPUTS):
        assert figure.metric in KNOWN[figure.namespace]


def test_one_request_asks_for_all_figures_from_the_first_whole_minute() -> None:
    """The points of the minute in which the update ended still include the previous job."""
    cloudwatch = client("cloudwatch")
    queries: list[dict[str, Any]] = [
        query("restarts", "AWS/KinesisAnalytics", "fullRestarts", "Maximum", NAME),
        query("checkpoint", "AWS/KinesisAnalytics", "lastCheckpointDuration", "Maximum", NAME),
        query(
            "failed_checkpoints",
            "AWS/KinesisAnalytics",
            "numberOfFailedCheckpoints",
            "Maximum",
            NAME,
        ),
        query("arrived", "AWS/Kinesis", "IncomingRecords", "Sum", OUTPUTS.ingest_stream),
        query("read", "AWS/Kinesis", "GetRecords.Records", "Sum", OUTPUTS.ingest_stream),
        query("results", "AWS/Kinesis", "IncomingRecords", "Sum", OUTPUTS.results_stream),
    ]
    expected = {
        "MetricDataQueries": queries,
        "StartTime": NOON + timedelta(minutes=1),
        "EndTime": NOON + timedelta(minutes=5),
    }
    points = {"restarts": [0.0, 0.0], "checkpoint": [-1.0, 220.0], "read": [5.0, 7.0]}
    results = [{"Id": id_, "Values": values} for id_, values in points.items()]
    with stubbed(cloudwatch) as stub:
        stub.add_response("get_metric_data", {"MetricDataResults": results}, expected)
        figures = fetch(
            workload(cloudwatch=cloudwatch),
            NOON + timedelta(seconds=1),
            NOON + timedelta(minutes=5),
        )
    assert figures == Figures(
        restarts=0, checkpoint=True, failed_checkpoints=None, arrived=None, read=12, results=None
    )


def query(id_: str, namespace: str, metric: str, statistic: str, value: str) -> dict[str, Any]:
    """Give a query of GetMetricData."""
    dimension = "Application" if namespace == "AWS/KinesisAnalytics" else "StreamName"
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": dimension, "Value": value}],
            },
            "Period": 60,
            "Stat": statistic,
        },
    }


def test_before_the_first_whole_minute_no_request_is_sent() -> None:
    """CloudWatch refuses a range that ends before it begins."""
    cloudwatch = client("cloudwatch")
    with stubbed(cloudwatch):
        figures = fetch(
            workload(cloudwatch=cloudwatch),
            NOON + timedelta(seconds=1),
            NOON + timedelta(seconds=50),
        )
    assert figures == summarize({})


@pytest.mark.parametrize(
    ("durations", "completed"), [([-1.0, -1.0], False), ([0.0], False), ([-1.0, 310.0], True)]
)
def test_a_checkpoint_has_completed_once_its_duration_is_positive(
    durations: list[float], *, completed: bool
) -> None:
    """The metric is -1 or 0 until the first checkpoint has completed."""
    assert summarize({"checkpoint": durations}).checkpoint is completed


def test_a_counter_gives_its_highest_value_and_sums_are_added() -> None:
    """A counter counts since the job's start. A sum is of one minute."""
    figures = summarize({"restarts": [0.0, 1.0, 3.0], "arrived": [10.0, 20.0], "results": [0.0]})
    assert (figures.restarts, figures.arrived, figures.results) == (3, 30, 0)


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)))  # noqa: DTZ001 -- the zone doesn't matter
def test_the_first_whole_minute_is_the_next_one_at_or_after(moment: datetime) -> None:
    """It is never earlier than the moment, and less than a minute later."""
    start = first_whole_minute(moment)
    assert (start.second, start.microsecond) == (0, 0)
    assert timedelta(0) <= start - moment < timedelta(minutes=1)
