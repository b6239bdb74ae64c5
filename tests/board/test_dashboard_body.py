"""A deployed body is read into widgets. A widget that isn't supported is shown as such."""

import json
from typing import Any

import pytest

from board.dashboard.body import (
    COLUMNS,
    LOOK_BACK,
    Alarms,
    Content,
    Figure,
    Graph,
    Line,
    Log,
    Place,
    Text,
    Unknown,
    parse,
)
from board.errors import BoardError
from components.base.names import Names
from components.monitoring.alarm_rules.rule import Thresholds
from components.monitoring.dashboard import body

REGION = "eu-west-1"
NAMES = Names(prefix="stocktrading", account_id="222222222222", region=REGION)
THRESHOLDS = Thresholds(checkpoint_seconds=60, buffer_seconds=60, ingest_shards=4)
SUM = ["AWS/Kinesis", "IncomingRecords", "StreamName", "s"]


def _widget(kind: str = "metric", **properties: object) -> dict[str, Any]:
    place = {"x": 6, "y": 2, "width": 12, "height": 3}
    return {"type": kind, **place, "properties": {"title": "A title", **properties}}


def _line(entry: list[Any]) -> Line:
    content = _content(metrics=[entry])
    assert isinstance(content, Graph)
    return content.lines[0]


def _content(kind: str = "metric", **properties: object) -> Content:
    text = json.dumps({"widgets": [_widget(kind, **properties)]})
    (widget,) = parse(text, REGION).widgets
    assert widget.place == Place(x=6, y=2, width=12, height=3)
    return widget.content


def test_every_widget_of_the_stacks_dashboard_is_supported() -> None:
    """The page knows every widget. Each is at the place where CloudWatch shows it."""
    given = body(names=NAMES, thresholds=THRESHOLDS)
    read = parse(json.dumps(given), REGION)
    assert not [each.content for each in read.widgets if isinstance(each.content, Unknown)]
    places = {(each["x"], each["y"], each["width"], each["height"]) for each in given["widgets"]}
    assert places == {
        (at.place.x, at.place.y, at.place.width, at.place.height) for at in read.widgets
    }
    assert all(at.place.x + at.place.width <= COLUMNS for at in read.widgets)
    assert read.look_back == 3 * 3600
    kinds = {type(each.content) for each in read.widgets}
    assert kinds == {Text, Alarms, Figure, Graph, Log}


def test_widgets_come_in_reading_order() -> None:
    """A phone and a screen reader show the widgets one after the other in this order."""
    places = ((12, 6), (0, 6), (6, 0))
    given = [
        _widget(title=str(number), metrics=[]) | {"x": x, "y": y}
        for number, (x, y) in enumerate(places)
    ]
    read = parse(json.dumps({"widgets": given}), REGION)
    graphs = [each.content for each in read.widgets if isinstance(each.content, Graph)]
    assert [graph.title for graph in graphs] == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("start", "seconds"),
    [("-PT3H", 10_800), ("-PT45M", 2_700), ("-P2D", 172_800), ("-P1DT1H", 90_000)],
)
def test_the_time_range_comes_from_the_body(start: str, seconds: int) -> None:
    """Without a known range in the body it is three hours."""
    assert parse(json.dumps({"start": start, "widgets": []}), REGION).look_back == seconds
    unknown = json.dumps({"start": "2026-01-31T09:31:00Z", "widgets": []})
    assert parse(unknown, REGION).look_back == LOOK_BACK


def test_a_metric_becomes_a_query() -> None:
    """A line without statistic or period gets the widget's."""
    content = _content(metrics=[[*SUM, {"label": "records", "yAxis": "right"}]], stat="Sum")
    assert isinstance(content, Graph)
    (line,) = content.lines
    assert line.query == {
        "Id": "line0",
        "Label": "records",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Kinesis",
                "MetricName": "IncomingRecords",
                "Dimensions": [{"Name": "StreamName", "Value": "s"}],
            },
            "Period": 300,
            "Stat": "Sum",
        },
        "ReturnData": True,
    }
    assert (line.right, line.shown, line.counts) == (True, True, True)
    plain = _line(SUM)
    assert (plain.label, plain.period, plain.counts) == ("IncomingRecords", 300, False)


def test_an_expression_can_use_a_metric_that_is_not_shown() -> None:
    """The expression of a count is also incomplete until the minute is over."""
    hidden = {"id": "m", "visible": False, "stat": "Sum", "period": 60}
    shown = {"expression": "m/PERIOD(m)", "label": "records/s"}
    content = _content(metrics=[[*SUM, hidden], [shown]], view="singleValue")
    assert isinstance(content, Figure)
    metric, rate = content.lines
    assert (metric.shown, metric.query["ReturnData"]) == (False, False)
    query = {"Id": "line1", "Label": "records/s", "Expression": "m/PERIOD(m)", "ReturnData": True}
    assert rate.query == query
    assert (rate.shown, rate.counts, rate.period) == (True, True, 60)


def test_only_a_metrics_insights_query_has_a_period_of_its_own() -> None:
    """Other expressions use the period of their metrics."""
    line = _line([{"expression": "SELECT MAX(x) FROM y", "period": 60}])
    assert line.query["Period"] == 60
    assert not line.counts


def test_the_limits_and_the_unit_are_read() -> None:
    """The limits are the horizontal lines. The unit is the label of the left axis."""
    content = _content(
        metrics=[SUM],
        yAxis={"left": {"label": "%"}},
        annotations={"horizontal": [{"label": "too much", "value": 75}]},
    )
    assert isinstance(content, Graph)
    assert (content.unit, content.limits) == ("%", [("too much", 75.0)])


def test_an_alarms_name_is_read_from_its_arn() -> None:
    """An alarm's name may contain colons."""
    arns = ["arn:aws:cloudwatch:eu-west-1:222222222222:alarm:a:b"]
    assert _content("alarm", alarms=arns) == Alarms(title="A title", names=["a:b"])


def test_the_log_group_is_read_from_the_log_query() -> None:
    """SOURCE and the group are not part of the query that Logs Insights gets."""
    content = _content("log", query="SOURCE '/aws/x' | fields @timestamp | limit 5")
    assert content == Log(title="A title", group="/aws/x", query="fields @timestamp | limit 5")


@pytest.mark.parametrize(
    ("kind", "properties", "why"),
    [
        ("explorer", {}, "explorer"),
        ("metric", {"view": "pie", "metrics": []}, "metric pie"),
        ("metric", {"metrics": [SUM, ["...", "t"]]}, "the shorthand of dots"),
        ("metric", {"metrics": [SUM], "region": "us-east-1"}, "a metric of us-east-1"),
        ("log", {"query": "fields @message"}, "a query that names no log group"),
    ],
)
def test_a_widget_that_is_not_drawn_shows_the_reason(
    kind: str, properties: dict[str, object], why: str
) -> None:
    """The reason is at the widget's place under its title."""
    expected = Unknown(title="A title", why=f"{why}: not drawn here; see it in the console")
    assert _content(kind, **properties) == expected


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"widgets": [{}]}', '{"widgets": [3]}'])
def test_a_malformed_body_gives_an_error_of_one_line(text: str) -> None:
    """A person may have changed the body by hand."""
    with pytest.raises(BoardError, match="the dashboard's body can't be read: ") as told:
        parse(text, REGION)
    assert "\n" not in str(told.value)
