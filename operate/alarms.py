"""A stack's alarms: which ring, which are muted, and how one is muted.

By default a stack notifies through one alarm, `needs-a-person`. It rings if any of the alarms in
its rule rings. While one of them rings, a second one changes nothing, so nobody is notified of it.
A muted alarm stays in the rule, with FALSE: its own state is still evaluated, and the others
notify again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from release.errors import ReleaseError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient

OVER_ALL: Final = "needs-a-person"
"""The alarm over all alarms that need a person."""

TERM: Final = re.compile(r'(\(FALSE AND )?ALARM\("([^"]+)"\)\)?')
"""An alarm in the rule, muted or not."""

ENDS: Final = "It stays so until stocktrading operate unmute, or the next roll-out"
"""When a mute ends. A roll-out refreshes, and restores what the stack declares."""

KEPT: Final = (
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
)
"""What a change of the rule keeps of the alarm. `PutCompositeAlarm` replaces everything."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of the stack."""

    name: str
    """Its name without the stack's prefix."""
    state: str
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    person: bool
    """Whether it needs a person."""
    muted: bool
    """Whether it was muted."""
    since: str
    """Time of its last change of state (ISO 8601, UTC)."""


class Alarms:
    """The alarms of one stack."""

    def __init__(self, cloudwatch: CloudWatchClient, prefix: str) -> None:
        """Use the alarms whose names begin with the stack's prefix."""
        self._cloudwatch = cloudwatch
        self._prefix = f"{prefix}-"

    def all(self) -> list[Alarm]:
        """List the alarms: those that ring first, then by name."""
        plain, over = self._described()
        terms = _terms(over)
        found = [
            Alarm(
                name=name.removeprefix(self._prefix),
                state=str(one["StateValue"]),
                person=name in terms or one is over,
                muted=terms.get(name, False) or _silent(one),
                since=f"{one['StateUpdatedTimestamp']:%Y-%m-%dT%H:%M:%SZ}",
            )
            for one in [over, *plain]
            for name in [str(one["AlarmName"])]
        ]
        return sorted(found, key=lambda each: (each.state != "ALARM", each.name))

    def mute(self, noun: str) -> str:
        """Notify nobody of an alarm any more, and say what that means. Raises `ReleaseError`."""
        name, over = self._known(noun)
        self._cloudwatch.disable_alarm_actions(AlarmNames=[name])
        if noun == OVER_ALL:
            return f"muted {noun}: no alarm notifies anybody now. {ENDS}"
        self._rewrite(over, name, muted=True)
        return f"muted {noun}: nobody is notified of it, and other alarms still notify. {ENDS}"

    def unmute(self, noun: str) -> str:
        """Notify of an alarm again. Raises `ReleaseError` if it doesn't exist."""
        name, over = self._known(noun)
        self._cloudwatch.enable_alarm_actions(AlarmNames=[name])
        if noun != OVER_ALL:
            self._rewrite(over, name, muted=False)
        return f"unmuted {noun}"

    def _rewrite(self, over: Mapping[str, Any], name: str, *, muted: bool) -> None:
        terms = _terms(over)
        if terms.get(name, muted) == muted:
            return  # it isn't in the rule, or is as wanted
        rule = " OR ".join(
            f'(FALSE AND ALARM("{each}"))' if silent else f'ALARM("{each}")'
            for each, silent in {**terms, name: muted}.items()
        )
        kept = {key: over[key] for key in KEPT if key in over}
        self._cloudwatch.put_composite_alarm(**kept, AlarmRule=rule)

    def _known(self, noun: str) -> tuple[str, Mapping[str, Any]]:
        plain, over = self._described()
        names = [str(one["AlarmName"]) for one in [over, *plain]]
        if self._prefix + noun not in names:
            known = ", ".join(sorted(name.removeprefix(self._prefix) for name in names))
            message = f"given {noun!r}; the stack's alarms are {known}"
            raise ReleaseError(message)
        return self._prefix + noun, over

    def _described(self) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]:
        """Describe the stack's alarms of metrics, and the alarm over them."""
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self._prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        found = pages.build_full_result()
        for one in cast("Sequence[Mapping[str, Any]]", found.get("CompositeAlarms", [])):
            if one["AlarmName"] == self._prefix + OVER_ALL:
                return cast("Sequence[Mapping[str, Any]]", found.get("MetricAlarms", [])), one
        message = f"alarm {self._prefix}{OVER_ALL} doesn't exist: the stack isn't deployed whole"
        raise ReleaseError(message)


def _terms(over: Mapping[str, Any]) -> dict[str, bool]:
    """Read the rule: each alarm's name, and whether it is muted.

    Raises `ReleaseError` for a rule of another form, which would be lost by a change.
    """
    rule = str(over["AlarmRule"])
    terms = {found[2]: bool(found[1]) for found in TERM.finditer(rule)}
    if TERM.sub("", rule).replace(" OR ", "").strip():
        message = f"the rule of {over['AlarmName']} was changed by hand: let pulumi up restore it"
        raise ReleaseError(message)
    return terms


def _silent(alarm: Mapping[str, Any]) -> bool:
    return not alarm.get("ActionsEnabled", True)
