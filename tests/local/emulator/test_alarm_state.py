"""The state of an alarm, from values of its metric with and without gaps."""

import pytest

from local.emulator.alarm_state import AlarmState, Condition, evaluate

NOW = 1_000 * 60 + 30.0
"""Half a minute into the period that begins at 60,000."""


def _condition(**given: object) -> Condition:
    alarm: dict[str, object] = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 3,
        "TreatMissingData": "notBreaching",
        "AlarmConfigurationUpdatedTimestamp": 0,
    }
    return Condition.of(alarm | given, 60)


def _state(values: list[float | None], **given: object) -> AlarmState | None:
    """Give the state for the values of the last finished periods, the newest last."""
    first = 60_000 - 60 * len(values)
    series = {first + 60 * n: value for n, value in enumerate(values) if value is not None}
    judged = evaluate(series, _condition(**given), NOW)
    return judged[0] if judged else None


@pytest.mark.parametrize(
    ("values", "missing", "expected"),
    [
        ([1, 1, 1], "notBreaching", "ALARM"),
        ([1, 1, 0], "notBreaching", "OK"),
        ([1, None, 1], "notBreaching", "OK"),
        ([1, None, 1], "breaching", "ALARM"),
        ([None, None, None], "breaching", "ALARM"),
        ([None, None, None], "notBreaching", "OK"),
        ([None, None, None], "missing", "INSUFFICIENT_DATA"),
        ([None, None, None], "ignore", None),
        ([0, None, None], "missing", "OK"),
    ],
)
def test_all_periods_must_breach(
    values: list[float | None], missing: str, expected: AlarmState | None
) -> None:
    """The alarm defines how a period without a value counts."""
    assert _state(values, TreatMissingData=missing) == expected


def test_some_of_the_periods_may_be_enough() -> None:
    """Two of three periods breach."""
    assert _state([1, 0, 1], DatapointsToAlarm=2) == "ALARM"
    assert _state([0, 0, 1], DatapointsToAlarm=2) == "OK"


def test_the_period_that_is_not_over_does_not_count() -> None:
    """The sum of an unfinished period is incomplete."""
    judged = evaluate({60_000: 5.0}, _condition(EvaluationPeriods=1), NOW)
    assert judged is not None
    assert judged[0] == "OK"


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("GreaterThanThreshold", 1, "OK"),
        ("GreaterThanOrEqualToThreshold", 1, "ALARM"),
        ("LessThanThreshold", 0.5, "ALARM"),
        ("LessThanOrEqualToThreshold", 1, "ALARM"),
        ("LessThanLowerThreshold", 0, None),
    ],
)
def test_the_comparison_is_the_alarms_own(
    operator: str, value: float, expected: AlarmState | None
) -> None:
    """The state doesn't change for a comparison that needs a band of expected values."""
    given = {"ComparisonOperator": operator, "Threshold": 1, "EvaluationPeriods": 1}
    assert _state([value], **given) == expected


def test_a_new_alarm_waits_before_missing_values_breach() -> None:
    """Missing values from before the alarm's creation don't breach."""
    given = {"TreatMissingData": "breaching", "AlarmConfigurationUpdatedTimestamp": 60_000 - 90}
    assert _state([None, None, None], **given) is None
    assert _state([1, 1, 1], **given) == "ALARM"


def test_the_reason_contains_the_values() -> None:
    """The reason gives the number of breaching periods, the threshold and the values."""
    judged = evaluate({59_880: 2.0, 59_940: 0.5}, _condition(), NOW)
    assert judged == ("OK", "2 of the last 3 periods of 60 s breach GreaterThanThreshold 0: 2, 0.5")
