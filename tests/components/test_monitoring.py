"""Alarms and dashboard: a table of all alarms, and only metrics that exist."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from recorder import Recorder, main_program, record, stack_config

from components.base.names import Names
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import Thresholds
from components.monitoring.dashboard import body
from components.monitoring.metrics import KNOWN, Metric
from components.monitoring.widgets import WIDTH, line, rate, rows, text
from components.sizing.cost import ALARMS

NAMES = Names(prefix="stocktrading", account_id="222222222222", region="us-east-1")
THRESHOLDS = Thresholds(checkpoint_seconds=60, buffer_seconds=60, ingest_shards=4)
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@pytest.mark.parametrize(
    ("noun", "metric", "form", "bound", "periods"),
    [
        ("job-down", "downtime", "plain", 0, 5),
        ("job-restarts", "fullRestarts", "rate", 0, 1),
        ("checkpoints-failing", "numberOfFailedCheckpoints", "rate", 0, 1),
        ("checkpoints-slow", "lastCheckpointDuration", "plain", 30_000, 3),
        ("cpu-high", "cpuUtilization", "plain", 80, 3),
        ("heap-high", "heapMemoryUtilization", "plain", 90, 3),
        ("back-pressure", "backPressuredTimeMsPerSecond", "across", 500, 3),
        ("job-behind", "millisBehindLatest", "across", 60_000, 5),
        ("event-time-behind", "eventTimeLagMilliseconds", "across", 75_000, 5),
        ("ingest-unread", "GetRecords.IteratorAgeMilliseconds", "plain", 60_000, 5),
        ("results-unread", "GetRecords.IteratorAgeMilliseconds", "plain", 60_000, 5),
        ("dead-letter-unread", "GetRecords.IteratorAgeMilliseconds", "plain", 60_000, 5),
        ("ingest-no-reader", "IncomingRecords", "silent", 0, 3),
        ("results-no-reader", "IncomingRecords", "silent", 0, 3),
        ("dead-letter-no-reader", "IncomingRecords", "silent", 0, 3),
        ("ingest-throttled", "WriteProvisionedThroughputExceeded", "plain", 0, 1),
        ("results-throttled", "WriteProvisionedThroughputExceeded", "plain", 0, 1),
        ("dead-letter-throttled", "WriteProvisionedThroughputExceeded", "plain", 0, 1),
        ("dead-letters", "IncomingRecords", "plain", 0, 1),
        ("late-dropped", "numLateRecordsDropped", "rate", 0, 1),
        ("ingest-full-records", "IncomingRecords", "plain", 4 * 1_000 * 60 * 0.8, 5),
        ("ingest-full-bytes", "IncomingBytes", "plain", 4 * 1_000_000 * 60 * 0.8, 5),
        ("results-stale", "DeliveryToS3.DataFreshness", "plain", 900, 1),
        ("dead-letters-stale", "DeliveryToS3.DataFreshness", "plain", 900, 1),
        ("results-key-refused", "KMSKeyAccessDenied", "plain", 0, 1),
        ("dead-letters-key-refused", "KMSKeyAccessDenied", "plain", 0, 1),
    ],
)
def test_each_alarm_is_as_in_the_table(
    noun: str, metric: str, form: str, bound: float, periods: int
) -> None:
    """Metric, threshold and duration."""
    (rule,) = [rule for rule in rules(NAMES, THRESHOLDS) if rule.noun == noun]
    assert (rule.metric.name, rule.form, rule.above, rule.periods) == (metric, form, bound, periods)


def test_thresholds_follow_the_stack() -> None:
    """Half the checkpoint interval; twice the buffer, at least 15 minutes."""
    slow = Thresholds(checkpoint_seconds=300, buffer_seconds=900, ingest_shards=None)
    assert (slow.checkpoint_ms, slow.freshness_seconds) == (150_000, 1_800)
    patient = replace(slow, event_time_seconds=600)
    assert (slow.event_time_ms, patient.event_time_ms) == (75_000, 660_000)
    assert THRESHOLDS.freshness_seconds == 900


def test_an_on_demand_stream_has_no_alarm_of_its_shards() -> None:
    """The service adds shards itself."""
    on_demand = Thresholds(checkpoint_seconds=60, buffer_seconds=60, ingest_shards=None)
    assert not [rule for rule in rules(NAMES, on_demand) if "full" in rule.noun]


def test_only_missing_data_of_the_job_is_an_alarm() -> None:
    """A job that does not run publishes nothing. But a quiet stream publishes nothing either."""
    breaching = {rule.noun for rule in rules(NAMES, THRESHOLDS) if rule.missing == "breaching"}
    assert breaching == {"job-down"}


def test_the_cost_counts_each_metric_of_the_alarms() -> None:
    """CloudWatch bills an alarm by each of its metrics."""
    found = rules(NAMES, THRESHOLDS)
    assert sum(2 if rule.reader else 1 for rule in found) == ALARMS


def test_every_stream_has_an_alarm_that_rings_if_nothing_reads_it() -> None:
    """A reader without a permission publishes nothing, so its own metrics stay quiet."""
    silent = {
        rule.metric.dimensions["StreamName"]: rule
        for rule in rules(NAMES, THRESHOLDS)
        if rule.reader
    }
    assert silent.keys() == {NAMES.ingest_stream, NAMES.results_stream, NAMES.dead_letter_stream}
    for rule in silent.values():
        assert rule.person
        # Seldom records must ring too, and a record that is read in the next period must not.
        assert (rule.periods, rule.within) == (3, 12)
    readers = [rule.reader.name for rule in silent.values() if rule.reader]
    assert readers == ["GetRecords.Records", *["DataReadFromKinesisStream.Records"] * 2]


def test_every_alarm_says_what_it_means() -> None:
    """Each text is a sentence or more, and each name stands once."""
    found = rules(NAMES, THRESHOLDS)
    assert len({rule.noun for rule in found}) == len(found)
    for rule in found:
        assert len(rule.meaning) > 40
        assert rule.meaning.endswith(".")


def test_the_alarm_for_a_person_is_over_those_that_need_one(sandbox: Recorder) -> None:
    """Those are lost service and lost data, but not problems that end by themselves."""
    composite = sandbox.one("aws:cloudwatch/compositeAlarm:CompositeAlarm").inputs
    assert composite["alarmName"] == "stocktrading-needs-a-person"
    needing = [
        "job-down",
        "checkpoints-failing",
        "late-dropped",
        "job-behind",
        "event-time-behind",
        "ingest-unread",
        "results-unread",
        "dead-letter-unread",
        "ingest-no-reader",
        "results-no-reader",
        "dead-letter-no-reader",
        "results-stale",
        "results-undelivered",
        "results-key-refused",
        "dead-letters-stale",
        "dead-letters-undelivered",
        "dead-letters-key-refused",
    ]
    expected = " OR ".join(f'ALARM("stocktrading-{noun}")' for noun in needing)
    assert composite["alarmRule"] == expected
    topic = sandbox.one("aws:sns/topic:Topic")
    assert topic.inputs["kmsMasterKeyId"] == sandbox.outputs["key_arn"]
    assert composite["alarmActions"] == composite["okActions"]
    assert composite["alarmActions"][0].endswith("stocktrading-alarms")
    assert all(alarm.inputs["alarmActions"] == [] for alarm in sandbox.all(ALARM))


def test_a_plain_alarm_and_a_computed_one(sandbox: Recorder) -> None:
    """Every input of one alarm of each form."""
    alarms = {alarm.name.removeprefix("alarms-"): alarm.inputs for alarm in sandbox.all(ALARM)}
    down = alarms["job-down"]
    assert down["namespace"] == "AWS/KinesisAnalytics"
    assert down["dimensions"] == {"Application": "stocktrading-analytics"}
    assert (down["statistic"], down["period"], down["treatMissingData"]) == (
        "Maximum",
        60,
        "breaching",
    )
    assert down["comparisonOperator"] == "GreaterThanThreshold"
    restarts = alarms["job-restarts"]
    assert "metricName" not in restarts
    source, result = restarts["metricQueries"]
    assert source["metric"]["metricName"] == "fullRestarts"
    assert (source["returnData"], result["returnData"]) == (False, True)
    assert result["expression"] == "RATE(m)"
    (query,) = alarms["back-pressure"]["metricQueries"]
    assert query["expression"] == (
        'SELECT MAX(backPressuredTimeMsPerSecond) FROM "AWS/KinesisAnalytics" '
        "WHERE Application = 'stocktrading-analytics'"
    )
    silent = alarms["results-no-reader"]
    came, read, result = silent["metricQueries"]
    assert came["metric"]["dimensions"] == {"StreamName": "stocktrading-results-stream"}
    assert read["metric"]["dimensions"] == {"DeliveryStreamName": "stocktrading-results-delivery"}
    assert result["expression"] == "IF(m > 0 AND FILL(r, 0) < 1, 1, 0)"
    assert (silent["evaluationPeriods"], silent["datapointsToAlarm"]) == (12, 3)
    undelivered = alarms["results-undelivered"]
    assert undelivered["comparisonOperator"] == "LessThanThreshold"
    assert undelivered["threshold"] == 1


def test_the_configuration_sets_subscriptions_and_single_alarms(packaged: Path) -> None:
    """It says who is notified, and of what."""
    assert packaged
    alarms = {
        "notify": "all",
        "subscriptions": [{"protocol": "email", "endpoint": "desk@example.com"}],
    }
    stack = record(main_program, stack_config(alarms=alarms))
    subscription = stack.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "desk@example.com")
    assert all(len(alarm.inputs["alarmActions"]) == 1 for alarm in stack.all(ALARM))


def test_only_this_accounts_alarms_may_publish(sandbox: Recorder) -> None:
    """Nobody may publish over plain HTTP."""
    allow, deny = sandbox.one("aws:sns/topicPolicy:TopicPolicy").document("policy")["Statement"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "222222222222"},
        "ArnLike": {
            "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:222222222222:alarm:stocktrading-*"
        },
    }
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def _lines(dashboard: dict[str, Any]) -> Iterator[list[Any]]:
    for widget in dashboard["widgets"]:
        yield from cast("list[list[Any]]", widget["properties"].get("metrics", []))


def test_the_dashboard_is_json_with_only_metrics_that_exist(sandbox: Recorder) -> None:
    """Each named metric is one that its service publishes, of this stack's own resources."""
    dashboard = sandbox.one("aws:cloudwatch/dashboard:Dashboard").inputs
    assert dashboard["dashboardName"] == "stocktrading"
    parsed = json.loads(dashboard["dashboardBody"])
    named = [one for one in _lines(parsed) if isinstance(one[0], str)]
    assert len(named) > 30
    for namespace, name, _, resource, options in named:
        assert name in KNOWN[namespace]
        assert resource.startswith("stocktrading-")
        assert options["region"] == "us-east-1"


def test_the_dashboard_fits_its_grid() -> None:
    """No widget overlaps another, none is wider than the board."""
    taken: set[tuple[int, int]] = set()
    for widget in body(names=NAMES, thresholds=THRESHOLDS)["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        assert widget["x"] + widget["width"] <= WIDTH
        taken |= cells


def test_the_dashboard_shows_every_alarm(sandbox: Recorder) -> None:
    """It also shows the alarm over the others."""
    parsed = json.loads(sandbox.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"])
    (shown,) = [widget for widget in parsed["widgets"] if widget["type"] == "alarm"]
    names = {arn.rpartition(":")[2] for arn in shown["properties"]["alarms"]}
    made = {alarm.inputs["name"] for alarm in sandbox.all(ALARM)}
    assert names == made | {"stocktrading-needs-a-person"}


def test_each_expression_uses_ids_of_its_own_widget() -> None:
    """An expression with an unknown id would show nothing."""
    for widget in body(names=NAMES, thresholds=THRESHOLDS)["widgets"]:
        lines = cast("list[list[Any]]", widget["properties"].get("metrics", []))
        ids = [one[-1]["id"] for one in lines if "id" in one[-1]]
        assert len(ids) == len(set(ids))
        for one in lines:
            expression = one[-1].get("expression", "")
            if expression and not expression.startswith(("SEARCH", "SELECT")):
                assert expression.split("/")[0] in ids


def test_a_metric_that_is_not_published_is_refused() -> None:
    """Its graph would stay empty for ever."""
    with pytest.raises(ValueError, match="AWS/Kinesis IncomingRecord: not published; known: "):
        Metric(namespace="AWS/Kinesis", name="IncomingRecord", stat="Sum")


def test_a_rate_hides_the_sum_that_it_uses() -> None:
    """The line that is shown divides by the period that CloudWatch chose."""
    metric = Metric(
        namespace="AWS/Kinesis", name="IncomingRecords", dimensions={"StreamName": "s"}, stat="Sum"
    )
    hidden, shown = rate(metric=metric, label="records/s", region="us-east-1", name="r")
    assert hidden[:4] == ["AWS/Kinesis", "IncomingRecords", "StreamName", "s"]
    assert hidden[4]["visible"] is False
    assert shown[0]["expression"] == "r/PERIOD(r)"
    assert line(metric=metric, label="x", region="us-east-1")[4]["label"] == "x"


def test_rows_share_width_and_height() -> None:
    """Two beside each other, then one below."""
    placed = rows(
        [text(markdown="a", height=2), text(markdown="b", height=4)], [text(markdown="c")]
    )
    at = [(widget["x"], widget["y"], widget["width"], widget["height"]) for widget in placed]
    assert at == [(0, 0, 12, 4), (12, 0, 12, 4), (0, 4, 24, 2)]
