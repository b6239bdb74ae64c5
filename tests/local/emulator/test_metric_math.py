"""The expressions of our own widgets and alarms have exact values. All others are refused."""

import re
from typing import Any

import pytest

from components.base.names import Names
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import UNREAD, Thresholds, expression
from components.monitoring.dashboard import body
from local.emulator.metric_math import (
    ExpressionError,
    Given,
    Search,
    compute,
    merge,
    parse_search,
)

NAMES = Names(prefix="stocktrading", account_id="222222222222", region="us-east-1")
THRESHOLDS = Thresholds(checkpoint_seconds=60, buffer_seconds=60, ingest_shards=4)
GIVEN = {"m": Given(values={0: 600.0, 60: 1200.0, 180: 1500.0}, period=60)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m/PERIOD(m)", {0: 10.0, 60: 20.0, 180: 25.0}),
        ("m / PERIOD( m )", {0: 10.0, 60: 20.0, 180: 25.0}),
        ("m/4", {0: 150.0, 60: 300.0, 180: 375.0}),
        ("RATE(m)", {60: 10.0, 180: 2.5}),
    ],
)
def test_arithmetic_over_a_metric(text: str, expected: dict[int, float]) -> None:
    """A rate is per second of the period, or per second since the previous value."""
    assert compute(text, GIVEN) == expected


def test_records_that_come_and_are_not_read_are_seen() -> None:
    """A missing value of the reader is 0. A period without records has no value or is quiet."""
    given = {
        "m": Given(values={0: 5.0, 300: 5.0, 600: 0.0, 900: 5.0}, period=300),
        "r": Given(values={0: 5.0, 1200: 3.0}, period=300),
    }
    assert compute(UNREAD, given) == {0: 0.0, 300: 1.0, 600: 0.0, 900: 1.0}
    assert compute(UNREAD, given | {"r": Given(values={}, period=300)})[0] == 1.0


@pytest.mark.parametrize(
    "text", ["m/0", "m*2", "m/PERIOD(n)", "SUM(METRICS())", "ANOMALY_DETECTION_BAND(m)", "", "m"]
)
def test_an_expression_of_an_unknown_form_is_refused(text: str) -> None:
    """The message contains the expression and the allowed forms."""
    with pytest.raises(ExpressionError, match=re.escape(f"{text}: not evaluated on the local")):
        compute(text, GIVEN)


def test_the_error_for_an_unknown_id_contains_the_known_ids() -> None:
    """CloudWatch too refuses an unknown id."""
    with pytest.raises(ExpressionError, match="no metric has the id x; given: m"):
        compute("RATE(x)", GIVEN)


def test_a_search_finds_metrics_with_exactly_its_dimensions() -> None:
    """A metric must have exactly the dimensions in braces, with the values of the terms."""
    found = parse_search(
        "SEARCH('{AWS/KinesisAnalytics,Application,Task} "
        'MetricName="busyTimeMsPerSecond" Application="a"\', \'Maximum\', 60)'
    )
    assert found is not None
    assert found == Search(
        namespace="AWS/KinesisAnalytics",
        metric="busyTimeMsPerSecond",
        statistic="Maximum",
        where={"Application": "a"},
        dimensions=frozenset({"Application", "Task"}),
        period=60,
    )
    named = ("AWS/KinesisAnalytics", "busyTimeMsPerSecond")
    assert found.finds(*named, {"Application": "a", "Task": "source"})
    assert not found.finds(*named, {"Application": "b", "Task": "source"})
    assert not found.finds(*named, {"Application": "a"})
    assert not found.finds(*named, {"Application": "a", "Task": "source", "Operator": "x"})
    assert not found.finds("AWS/KinesisAnalytics", "uptime", {"Application": "a", "Task": "s"})
    assert found.label({"Application": "a", "Task": "source"}) == "source"


def test_a_query_merges_all_metrics_of_a_name() -> None:
    """The metrics may have other dimensions beside the one in the query."""
    found = parse_search("SELECT MAX(lag) FROM \"N\" WHERE Application = 'a'")
    assert found is not None
    assert found == Search(
        namespace="N", metric="lag", statistic="Maximum", where={"Application": "a"}, together=True
    )
    assert found.finds("N", "lag", {"Application": "a", "Flow": "Input", "Id": "s"})
    assert merge([{0: 1.0, 60: 5.0}, {60: 4.0, 120: 2.0}], "Maximum") == {0: 1.0, 60: 5.0, 120: 2.0}
    assert merge([{0: 1.0}, {0: 4.0}], "Average") == {0: 2.5}


def _expressions() -> set[str]:
    """All expressions of the dashboard and of the alarms."""
    widgets: list[dict[str, Any]] = body(names=NAMES, thresholds=THRESHOLDS)["widgets"]
    lines = [line for each in widgets for line in each["properties"].get("metrics", [])]
    found = {line[-1]["expression"] for line in lines if "expression" in line[-1]}
    return found | {text for rule in rules(NAMES, THRESHOLDS) if (text := expression(rule, NAMES))}


def test_every_expression_of_our_own_is_known() -> None:
    """The dashboard and the alarms have the same meaning on the local cloud as on AWS."""
    ids = {"m", "r", "b", "up"}
    given = {name: Given(values={0: 60.0, 60: 120.0}, period=60) for name in ids}
    found = _expressions()
    assert {text.partition("(")[0] for text in found} >= {"RATE", "SEARCH", "m/PERIOD"}
    for text in found:
        assert parse_search(text) or compute(text, given)
