"""The calls to CloudWatch, and how the answers are shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from patience import wait_for

from board.dashboard.insights import SECONDS, Insights
from board.dashboard.monitor import DashboardMonitor
from board.dashboard.reader import BODY_SECONDS, Alarm, Data, Reader, Shown
from board.errors import BoardError
from board.stack import Stack

T = 1_769_851_860
"""2026-01-31T09:31:00Z, in seconds."""

SUM = ["AWS/Kinesis", "IncomingRecords", "StreamName", "s", {"stat": "Sum", "period": 60}]
MAXIMUM = ["AWS/Kinesis", "Age", "StreamName", "s", {"stat": "Maximum", "period": 60}]
STACK = Stack(
    account_id="222222222222",
    region="us-east-1",
    ingest_stream="i",
    results_stream="r",
    dead_letter_stream="d",
    application_name="a",
)


def _refused(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass
class CloudWatch:
    """Gives the planned answers."""

    widgets: Sequence[Mapping[str, Any]]
    answers: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    alarms: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: Exception | None = None
    bodies: int = 0
    asked: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    def get_dashboard(self, **_: str) -> Mapping[str, str]:
        """Give the body."""
        self.bodies += 1
        return {"DashboardBody": json.dumps({"widgets": self.widgets})}

    def get_metric_data(self, **asked: Any) -> Mapping[str, Any]:  # noqa: ANN401 -- as in boto3
        """Give the next answer."""
        self.asked.append(asked)
        if self.error:
            raise self.error
        return self.answers[min(len(self.asked), len(self.answers)) - 1]

    def get_paginator(self, _: str) -> "CloudWatch":
        """Give itself as the paginator of the alarms."""
        return self

    def paginate(self, **_: object) -> Iterator[Mapping[str, Any]]:
        """Give one page with the alarms."""
        yield self.alarms


def _reader(cloudwatch: CloudWatch, now: float = T + 30) -> Reader:
    return Reader(
        client=cloudwatch,  # pyright: ignore[reportArgumentType]
        insights=Insights(client=None),
        name="stocktrading",
        region="us-east-1",
        clock=lambda: now,
    )


def _result(name: str, *values: float, label: str = "") -> dict[str, Any]:
    """Give one value for each minute. The last minute begins at T."""
    times = [_at(T - 60 * back) for back in range(len(values) - 1, -1, -1)]
    return {"Id": name, "Label": label, "Timestamps": times, "Values": list(values)}


def _metric(*lines: list[Any]) -> Mapping[str, Any]:
    return {"type": "metric", "properties": {"metrics": lines}}


def test_a_count_of_an_unfinished_minute_is_not_shown_but_a_measure_is() -> None:
    """The trades of half a minute are not the trades of a minute."""
    answer = {"MetricDataResults": [_result("line0", 5, 600, 2), _result("line1", 40, 30, 20)]}
    (data,) = _reader(CloudWatch([_metric(SUM, MAXIMUM)], [answer])).read().data
    minute = 60_000
    first = (T - 120) * 1000
    counted, measured = data.lines
    assert counted.points == [(first, 5), (first + minute, 600)]
    assert measured.points == [(first, 40), (first + minute, 30), (first + 2 * minute, 20)]


def test_each_widget_makes_one_call_over_the_dashboards_time_range() -> None:
    """So an error of one call concerns only one widget."""
    cloudwatch = CloudWatch([_metric(SUM), _metric(MAXIMUM)], [{"MetricDataResults": []}])
    _reader(cloudwatch).read()
    assert [len(each["MetricDataQueries"]) for each in cloudwatch.asked] == [1, 1]
    assert cloudwatch.asked[0]["StartTime"] == _at(T + 30 - 10_800)
    assert cloudwatch.asked[0]["EndTime"] == _at(T + 30)


def test_the_parts_of_a_long_answer_are_put_together() -> None:
    """A line's values may come in several parts. A search gives several lines."""
    parts: list[Mapping[str, Any]] = [
        {"MetricDataResults": [_result("line0", 1, label="a")], "NextToken": "more"},
        {"MetricDataResults": [_result("line0", 2, label="a"), _result("line0", 3, label="b")]},
    ]
    line = [{"expression": "SEARCH('{N,D} MetricName=\"x\"', 'Maximum', 60)"}]
    (data,) = _reader(CloudWatch([_metric(line)], parts)).read().data
    at = T * 1000
    assert data.lines == [
        Shown(label="a", points=[(at, 1), (at, 2)], period=300),
        Shown(label="b", points=[(at, 3)], period=300),
    ]


def test_a_refused_expression_is_reported_in_its_widget() -> None:
    """The widget shows the reason in the answer."""
    messages = [{"Code": "Unsupported", "Value": "m*2: not evaluated"}]
    answer = {"MetricDataResults": [{**_result("line0"), "Messages": messages}]}
    data = _reader(CloudWatch([_metric([{"expression": "m*2"}])], [answer])).read().data
    assert data[0].error == "m*2: not evaluated"


def test_a_missing_permission_is_reported_in_its_widget_and_the_others_go_on() -> None:
    """A person's permissions may not include every part."""
    text = {"type": "text", "properties": {"markdown": "x"}}
    cloudwatch = CloudWatch([text, _metric(SUM)], error=_refused("GetMetricData"))
    data = _reader(cloudwatch).read().data
    assert data == [
        Data(),
        Data(error="the credentials may not read it (GetMetricData: AccessDenied)"),
    ]


def test_without_any_answer_reading_the_dashboard_fails() -> None:
    """The page then keeps the last picture, and shows its time."""
    cloudwatch = CloudWatch([_metric(SUM)], error=EndpointConnectionError(endpoint_url="http://x"))
    with pytest.raises(EndpointConnectionError):
        _reader(cloudwatch).read()


def test_the_body_is_read_once_a_minute() -> None:
    """A deployed change shows without a reload."""
    now = [float(T)]
    cloudwatch = CloudWatch([])
    reader = _reader(cloudwatch)
    reader.clock = lambda: now[0]
    for now[0] in (T, T + BODY_SECONDS, T + BODY_SECONDS + 1):
        reader.read()
    assert cloudwatch.bodies == 2


def test_alarms_show_their_state_and_a_missing_one_is_reported() -> None:
    """A deleted alarm is not shown as a quiet alarm."""
    arn = "arn:aws:cloudwatch:us-east-1:222222222222:alarm:"
    widget = {"type": "alarm", "properties": {"alarms": [f"{arn}a", f"{arn}b", f"{arn}gone"]}}
    told = {"StateReason": "r", "AlarmDescription": "d", "StateUpdatedTimestamp": _at(T)}
    alarms = {
        "MetricAlarms": [{"AlarmName": "a", "StateValue": "ALARM", **told}],
        "CompositeAlarms": [{"AlarmName": "b", "StateValue": "OK"}],
    }
    (data,) = _reader(CloudWatch([widget], alarms=alarms)).read().data
    assert data == Data(
        alarms=[
            Alarm(name="a", state="ALARM", reason="r", meaning="d", since=T * 1000),
            Alarm(name="b", state="OK", reason="", meaning="", since=None),
        ],
        error="no such alarm: gone",
    )


@dataclass
class Logs:
    """Gives a query's result at the second call."""

    status: str = "Complete"
    started: int = 0
    polled: int = 0

    def start_query(self, **_: object) -> Mapping[str, str]:
        """Begin."""
        self.started += 1
        return {"queryId": "q"}

    def get_query_results(self, **_: object) -> Mapping[str, Any]:
        """Give the query's status and rows."""
        self.polled += 1
        row = [{"field": "@timestamp", "value": "2026-01-31 09:31:00.000"}, {"field": "message"}]
        return {"status": self.status if self.polled % 2 == 0 else "Running", "results": [row]}


def test_a_log_query_runs_at_most_once_in_five_minutes() -> None:
    """AWS charges each run by the bytes that it scans."""
    logs, now = Logs(), [0.0]
    insights = Insights(client=logs, clock=lambda: now[0], sleep=lambda _: None)  # pyright: ignore[reportArgumentType]
    rows, note = insights.read("g", "q", T, 60)
    assert rows == [{"@timestamp": "2026-01-31 09:31:00.000", "message": ""}]
    assert note == "The query ran 0 s ago. It runs again 300 s after its last run."
    now[0] = SECONDS
    assert (
        insights.read("g", "q", T, 60)[1]
        == "The query ran 300 s ago. It runs again 300 s after its last run."
    )
    assert logs.started == 1
    now[0] = SECONDS + 1
    insights.read("g", "q", T, 60)
    assert logs.started == 2


def test_a_failed_log_query_is_an_error_with_the_services_status() -> None:
    """The message has the status as the service names it."""
    logs = Logs(status="Failed")
    insights = Insights(client=logs, sleep=lambda _: None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(BoardError, match="the query ended as Failed"):
        insights.read("g", "q", T, 60)


def test_the_dashboard_is_read_only_while_a_page_is_open() -> None:
    """AWS charges for each requested metric. Two open pages cause one read."""
    cloudwatch = CloudWatch([])
    stack = replace(STACK, dashboard_name="stocktrading")
    watch = DashboardMonitor(stack, lambda _: cloudwatch)
    assert watch.view().health.waiting
    watch.open()
    watch.open()
    wait_for(lambda: watch.view().picture is not None)
    assert watch.view().health.fresh
    assert cloudwatch.bodies == 1
    watch.close()
    assert watch.view().health.fresh
    watch.close()
    assert watch.view().health.waiting


def test_the_error_for_an_older_stack_says_what_to_do() -> None:
    """The outputs of an older stack name no dashboard."""
    watch = DashboardMonitor(STACK, lambda _: None)
    with pytest.raises(BoardError, match="the stack's outputs name no dashboard: deploy this"):
        watch._read()  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 -- the function that the feed calls
