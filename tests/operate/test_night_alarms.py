"""The runbook's work on alarms and retention, as it stands there, on the local cloud."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archives import packaged
from night import Operator, night_work
from patience import wait_for

from local.cloud import LocalCloud

pytestmark = pytest.mark.emulator

OVER_ALL = "needs-a-person"
STALE = 100_000.0
"""Seconds. More than any threshold."""


class Alarms:
    """The stack's alarms, and the deliveries that make some of them ring."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloudwatch = cloud.client("cloudwatch")

    def stall(self, delivery: str) -> None:
        """Publish for the last minutes that a delivery's oldest record is too old."""
        minute = int(time.time() // 60) * 60
        dimension = {"Name": "DeliveryStreamName", "Value": f"stocktrading-{delivery}-delivery"}
        data = [
            {
                "MetricName": "DeliveryToS3.DataFreshness",
                "Dimensions": [dimension],
                "Timestamp": datetime.fromtimestamp(minute - 60 * back, UTC),
                "Value": STALE,
            }
            for back in range(7)
        ]
        self._cloudwatch.put_metric_data(Namespace="AWS/Firehose", MetricData=data)

    def states(self) -> Mapping[str, str]:
        """Give the alarms' states by their nouns."""
        found = self._cloudwatch.describe_alarms(
            AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100
        )
        return {
            one["AlarmName"].removeprefix("stocktrading-"): one["StateValue"]
            for one in [*found["MetricAlarms"], *found["CompositeAlarms"]]
        }

    def wait(self, **wanted: str) -> None:
        """Wait until alarms have these states. A name has `_` for `-`."""
        states = {noun.replace("_", "-"): state for noun, state in wanted.items()}
        wait_for(lambda: states.items() <= self.states().items())

    def rule(self) -> str:
        """Give the rule of the alarm over all."""
        found = self._cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
        return found["CompositeAlarms"][0]["AlarmRule"]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """Give a local cloud in the directory where the commands look for it. No job runs."""
    up = LocalCloud(directory=tmp_path / ".local", stacks=["sandbox"])
    with packaged(tmp_path / "dist"), up:
        yield up


def test_an_alarm_is_muted_and_another_fault_still_notifies(cloud: LocalCloud) -> None:
    """The muted alarm still shows its state. A roll-out ends the mute too."""
    alarms, operator = Alarms(cloud), Operator(outputs=cloud.outputs_file)
    look, mute, unmute = night_work()["Mute an alarm"]
    whole = alarms.rule()
    alarms.stall("results")
    alarms.wait(results_stale="ALARM", needs_a_person="ALARM")
    seen = operator.types(look, {}).stdout.splitlines()
    assert {line.split()[0] for line in seen[1:3]} == {OVER_ALL, "results-stale"}

    assert "nobody is notified of it" in operator.types(mute, {}).stderr
    alarms.wait(results_stale="ALARM", needs_a_person="OK")
    listed = json.loads(operator.types(look, {" alarms": " alarms --json"}).stdout)["alarms"]
    assert [each["name"] for each in listed if each["muted"]] == ["results-stale"]
    assert all(each["person"] for each in listed if each["name"] in {OVER_ALL, "results-stale"})

    alarms.stall("dead-letters")
    alarms.wait(dead_letters_stale="ALARM", needs_a_person="ALARM")
    other = {"results-stale": "dead-letters-stale"}
    assert operator.types(mute, other).code == 0
    alarms.wait(dead_letters_stale="ALARM", needs_a_person="OK")

    assert operator.types(unmute, {}).code == 0
    alarms.wait(needs_a_person="ALARM")
    assert operator.types(unmute, other).code == 0
    assert alarms.rule() == whole

    for given in ({}, other):
        assert operator.types(mute, given).code == 0
    alarms.wait(needs_a_person="OK")
    cloud.deploy(refresh=True)
    alarms.wait(needs_a_person="ALARM")
    assert alarms.rule() == whole
    again = json.loads(operator.types(look, {" alarms": " alarms --json"}).stdout)["alarms"]
    assert not any(each["muted"] for each in again)


def test_an_unknown_alarm_and_a_rule_of_a_person_are_refused(cloud: LocalCloud) -> None:
    """Each error is one line that says what is allowed, and nothing is changed."""
    operator = Operator(outputs=cloud.outputs_file)
    _, mute, _ = night_work()["Mute an alarm"]
    refused = operator.types(mute, {"results-stale": "results-stail"})
    assert refused.code == 1
    assert "given 'results-stail'; the stack's alarms are back-pressure" in " ".join(
        refused.stderr.split()
    )
    own = 'ALARM("stocktrading-job-down") AND NOT ALARM("stocktrading-cpu-high")'
    cloud.client("cloudwatch").put_composite_alarm(
        AlarmName=f"stocktrading-{OVER_ALL}", AlarmRule=own
    )
    refused = operator.types(mute, {})
    assert refused.code == 1
    assert "was changed by hand" in refused.stderr
    assert Alarms(cloud).rule() == own


def test_records_are_kept_longer_until_the_repair_is_done(cloud: LocalCloud) -> None:
    """The stream's other settings stay."""
    kinesis, stream = cloud.client("kinesis"), cloud.outputs["ingest_stream"]
    before = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    (done,) = Operator(outputs=cloud.outputs_file).follows("Let a stream keep its records longer")
    after = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    assert (before["RetentionPeriodHours"], after["RetentionPeriodHours"]) == (24, 72)
    assert after["OpenShardCount"] == before["OpenShardCount"]
    assert "Set streams.ingest.retention_hours to 72" in " ".join(done.stderr.split())
