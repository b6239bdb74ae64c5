"""The deployed body, read into widgets: our own whole, and what isn't ours refused visibly."""

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
from components.monitoring.alarm_rules import Thresholds
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


def test_our_own_dashboard_is_drawn_whole() -> None:
    """No widget of it is one that the page doesn't know, and each lies where CloudWatch lays it."""
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
    """A phone shows them one below the other, and so does a screen reader."""
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
def test_how_far_back_it_shows(start: str, seconds: int) -> None:
    """As the body says; three hours where it says nothing that is known."""
    assert parse(json.dumps({"start": start, "widgets": []}), REGION).look_back == seconds
    unknown = json.dumps({"start": "2026-01-31T09:31:00Z", "widgets": []})
    assert parse(unknown, REGION).look_back == LOOK_BACK


def test_a_metric_becomes_a_query() -> None:
    """With the widget's own statistic and period where the line has none."""
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


def test_an_expression_names_a_metric_that_is_not_shown() -> None:
    """And counts like it: what grows until its minute is over is no rate before."""
    hidden = {"id": "m", "visible": False, "stat": "Sum", "period": 60}
    shown = {"expression": "m/PERIOD(m)", "label": "records/s"}
    content = _content(metrics=[[*SUM, hidden], [shown]], view="singleValue")
    assert isinstance(content, Figure)
    metric, rate = content.lines
    assert (metric.shown, metric.query["ReturnData"]) == (False, False)
    query = {"Id": "line1", "Label": "records/s", "Expression": "m/PERIOD(m)", "ReturnData": True}
    assert rate.query == query
    assert (rate.shown, rate.counts, rate.period) == (True, True, 60)


def test_only_a_query_over_all_metrics_has_a_period_of_its_own() -> None:
    """Other expressions have their metrics'."""
    line = _line([{"expression": "SELECT MAX(x) FROM y", "period": 60}])
    assert line.query["Period"] == 60
    assert not line.counts


def test_limits_and_unit() -> None:
    """The horizontal lines, and what the left axis is in."""
    content = _content(
        metrics=[SUM],
        yAxis={"left": {"label": "%"}},
        annotations={"horizontal": [{"label": "too much", "value": 75}]},
    )
    assert isinstance(content, Graph)
    assert (content.unit, content.limits) == ("%", [("too much", 75.0)])


def test_alarms_are_named_by_their_arns() -> None:
    """An alarm's name may have colons."""
    arns = ["arn:aws:cloudwatch:eu-west-1:222222222222:alarm:a:b"]
    assert _content("alarm", alarms=arns) == Alarms(title="A title", names=["a:b"])


def test_a_log_query_names_its_group() -> None:
    """What stands behind SOURCE is no part of the query that Logs Insights is asked."""
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
def test_what_is_not_drawn_says_so(kind: str, properties: dict[str, object], why: str) -> None:
    """In its place, under its title: never an empty graph."""
    expected = Unknown(title="A title", why=f"{why}: not drawn here; see it in the console")
    assert _content(kind, **properties) == expected


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"widgets": [{}]}', '{"widgets": [3]}'])
def test_a_body_that_is_none_is_told_in_a_line(text: str) -> None:
    """Somebody may have changed it by hand."""
    with pytest.raises(BoardError, match="the dashboard's body can't be read: ") as told:
        parse(text, REGION)
    assert "\n" not in str(told.value)
