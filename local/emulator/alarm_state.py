"""The state of an alarm, computed from the values of its metric. Pure functions.

The rules come from "Configuring how CloudWatch alarms treat missing data" and "Evaluating an
alarm". They are for a metric with one value in each period. The emulator computes the state of
composite alarms from the states of these alarms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Final, Literal, TypeAlias

from local.emulator.metric_math import Series

AlarmState: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": gt,
    "GreaterThanOrEqualToThreshold": ge,
    "LessThanThreshold": lt,
    "LessThanOrEqualToThreshold": le,
}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The condition of an alarm, as given to `PutMetricAlarm`."""

    comparison: str
    threshold: float
    period: int
    """Seconds."""
    periods: int
    """The number of last periods to evaluate."""
    to_alarm: int
    """The number of these periods that must breach."""
    missing: str
    """`breaching`, `notBreaching`, `ignore` or `missing`."""
    created: int
    """Time of the alarm's creation or last change, in seconds since the epoch."""

    @classmethod
    def of(cls, alarm: Mapping[str, Any], period: int) -> "Condition":
        """Read an alarm from the response of `DescribeAlarms`."""
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


def evaluate(values: Series, condition: Condition, now: float) -> tuple[AlarmState, str] | None:
    """Give the alarm's state and the reason for it. None means that the state doesn't change.

    Only finished periods count, because only their sums are complete. A period without a value
    doesn't breach if it began before the alarm was created. So a new alarm waits before missing
    values breach.
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
