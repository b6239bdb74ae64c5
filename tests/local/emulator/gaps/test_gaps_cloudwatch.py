"""What the emulator's CloudWatch lacks, tested on an emulator without patches."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gap_world import SILENT, Client, gap, measure_work, put_alarm

from local.clients import Clients
from local.emulator.child import Emulator


def _publish(client: Client, name: str, value: float, **dimensions: str) -> None:
    shaped = [{"Name": key, "Value": each} for key, each in dimensions.items()]
    at = datetime.now(UTC)
    client("cloudwatch").put_metric_data(
        Namespace="Test",
        MetricData=[
            {"MetricName": name, "Dimensions": shaped, "Timestamp": at, "Value": value},
        ],
    )


def _stat(name: str, **dimensions: str) -> dict[str, Any]:
    shaped = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": "Test", "MetricName": name, "Dimensions": shaped}
    return {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}


def _described(client: Client) -> dict[str, Any]:
    (alarm,) = client("cloudwatch").describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    return alarm


@pytest.mark.emulator
def test_expressions_are_not_evaluated(client: Client) -> None:
    """A metric divided by four has no value."""
    _publish(client, "count", 8)
    answer = client("cloudwatch").get_metric_data(
        MetricDataQueries=[_stat("count"), {"Id": "e", "Expression": "m/4"}],
        StartTime=datetime.now(UTC) - timedelta(hours=1),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )
    values = {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
    assert values["m"] == [8]
    gap("patches/cloudwatch", there=values.get("e") != [2])


@pytest.mark.emulator
def test_an_alarm_reacts_to_a_metric_with_other_dimensions(client: Client) -> None:
    """The other metric has the same name and another dimension."""
    dimensions = [{"Name": "Stream", "Value": "dead"}]
    metric = {"Namespace": "Test", "MetricName": "letters", "Period": 60, "Statistic": "Sum"}
    put_alarm(client, Dimensions=dimensions, TreatMissingData="notBreaching", **metric)
    _publish(client, "letters", 5, Stream="ingest")
    gap("patches/cloudwatch", there=_described(client)["StateValue"] == "ALARM")


@pytest.mark.emulator
def test_an_alarm_over_queries_forgets_them(client: Client) -> None:
    """The alarm's description has no metric queries."""
    queries = [
        _stat("restarts") | {"ReturnData": False},
        {"Id": "e", "Expression": "RATE(m)", "ReturnData": True},
    ]
    put_alarm(client, Metrics=queries)
    gap("patches/cloudwatch", there=not _described(client).get("Metrics"))


@pytest.mark.emulator
def test_every_call_looks_through_all_values(plain: Emulator, client: Client) -> None:
    """A request for no alarm takes 1.5 times the CPU time with 40,000 stored values."""
    cloudwatch = client("cloudwatch")

    def ask() -> object:
        return cloudwatch.describe_alarms(AlarmNames=["none"])

    before = measure_work(plain, ask)
    datum = {"MetricName": "many", "Timestamp": datetime.now(UTC), "Value": 1.0}
    for _ in range(40):
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[datum] * 1000)
    gap("patches/cloudwatch", there=measure_work(plain, ask) > 1.5 * before)


@pytest.mark.emulator
def test_missing_values_never_raise_an_alarm(bare: Clients) -> None:
    """An alarm whose missing values breach has no alarm state after more than two periods.

    The alarm was created when the emulator started. If other tests ran before, the wait is short.
    """
    alarm = _described(lambda service: bare.client(service, SILENT))
    age = time.time() - alarm["AlarmConfigurationUpdatedTimestamp"].timestamp()
    time.sleep(max(0.0, 21 - age))
    alarm = _described(lambda service: bare.client(service, SILENT))
    gap("patches/cloudwatch", there=alarm["StateValue"] != "ALARM")
