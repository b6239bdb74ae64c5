"""Which state an alarm is in, from the values of its metric. Pure.

The rules are those of "Configuring how CloudWatch alarms treat missing data" and "Evaluating an
alarm", of a metric whose values come once a period; composite alarms follow from these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Final, Literal, TypeAlias

from local.emulator.metric_math import Series

State: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": gt,
    "GreaterThanOrEqualToThreshold": ge,
    "LessThanThreshold": lt,
    "LessThanOrEqualToThreshold": le,
}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """When an alarm rings: what `PutMetricAlarm` says of it."""

    comparison: str
    threshold: float
    period: int
    """Seconds."""
    periods: int
    """How many of the last periods are looked at."""
    to_alarm: int
    """How many of them must breach."""
    missing: str
    """`breaching`, `notBreaching`, `ignore` or `missing`."""
    created: int
    """When the alarm was made or changed, in seconds since the epoch."""

    @classmethod
    def of(cls, alarm: Mapping[str, Any], period: int) -> "Condition":
        """Read an alarm as `DescribeAlarms` gives it."""
        periods = int(alarm.get("EvaluationPeriods", 1))
        return cls(
            comparison=str(alarm.get("ComparisonOperator")),
            threshold=float(alarm.get("Threshold", 0)),
            period=period,
            periods=periods,
            to_alarm=int(alarm.get("DatapointsToAlarm") or periods),
            missing=str(alarm.get("TreatMissingData", "missing")),
            created=int(alarm.get("AlarmConfigurationUpdatedTimestamp", 0)),
        )


def judge(values: Series, condition: Condition, now: float) -> tuple[State, str] | None:
    """Give the state and why; None where it stays as it is.

    Only periods that are over count: a sum is complete then. A period from before the alarm was
    made, without a value, says nothing; so a new alarm waits before it takes silence for a breach.
    """
    compare = _COMPARISONS.get(condition.comparison)
    if compare is None:
        return None
    over = int(now // condition.period) * condition.period
    starts = [over - condition.period * back for back in range(condition.periods, 0, -1)]
    seen = [values.get(start) for start in starts]
    breaching = sum(value is not None and compare(value, condition.threshold) for value in seen)
    present = sum(value is not None for value in seen)
    silent = sum(
        value is None and start >= condition.created
        for start, value in zip(starts, seen, strict=True)
    )
    counted = breaching + (silent if condition.missing == "breaching" else 0)
    if counted >= condition.to_alarm:
        return "ALARM", _reason(counted, seen, condition)
    if present or condition.missing == "notBreaching":
        return "OK", _reason(counted, seen, condition)
    if condition.missing == "missing":
        return "INSUFFICIENT_DATA", f"no value in {condition.periods} periods"
    return None


def _reason(counted: int, seen: Sequence[float | None], condition: Condition) -> str:
    known = [f"{value:g}" for value in seen if value is not None]
    shown = ", ".join(known) or "no value"
    return (
        f"{counted} of the last {condition.periods} periods of {condition.period} s breach "
        f"{condition.comparison} {condition.threshold:g}: {shown}"
    )
