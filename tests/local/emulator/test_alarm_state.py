"""The state of an alarm from its metric's values, with and without gaps."""

import pytest

from local.emulator.alarm_state import Condition, State, judge

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


def _state(values: list[float | None], **given: object) -> State | None:
    """Judge values of the last periods that are over, the newest last."""
    first = 60_000 - 60 * len(values)
    series = {first + 60 * n: value for n, value in enumerate(values) if value is not None}
    judged = judge(series, _condition(**given), NOW)
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
    values: list[float | None], missing: str, expected: State | None
) -> None:
    """What a period without a value counts as is the alarm's own choice."""
    assert _state(values, TreatMissingData=missing) == expected


def test_some_of_the_periods_may_be_enough() -> None:
    """Two of three, say."""
    assert _state([1, 0, 1], DatapointsToAlarm=2) == "ALARM"
    assert _state([0, 0, 1], DatapointsToAlarm=2) == "OK"


def test_the_period_that_is_not_over_does_not_count() -> None:
    """A sum of half a minute is half a sum."""
    judged = judge({60_000: 5.0}, _condition(EvaluationPeriods=1), NOW)
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
    operator: str, value: float, expected: State | None
) -> None:
    """One that needs a band of expected values is left as it is."""
    given = {"ComparisonOperator": operator, "Threshold": 1, "EvaluationPeriods": 1}
    assert _state([value], **given) == expected


def test_a_new_alarm_waits_before_it_takes_silence_for_a_breach() -> None:
    """What was not published before there was an alarm says nothing."""
    given = {"TreatMissingData": "breaching", "AlarmConfigurationUpdatedTimestamp": 60_000 - 90}
    assert _state([None, None, None], **given) is None
    assert _state([1, 1, 1], **given) == "ALARM"


def test_the_reason_says_what_was_seen() -> None:
    """For the person who reads it."""
    judged = judge({59_880: 2.0, 59_940: 0.5}, _condition(), NOW)
    assert judged == ("OK", "2 of the last 3 periods of 60 s breach GreaterThanThreshold 0: 2, 0.5")
