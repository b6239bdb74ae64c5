"""Read what a dashboard shows: its body, metrics, alarms and logs. All calls are read-only."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from board.aws_errors import explain
from board.dashboard.body import Alarms, Dashboard, Figure, Graph, Line, Log, parse
from board.dashboard.insights import Insights
from board.errors import BoardError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

BODY_SECONDS: Final = 60.0
"""Seconds between two reads of the dashboard's body."""

Points = Sequence[tuple[int, float]]
"""The start of each period in milliseconds since the epoch, and its value. The newest is last."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One line with its values."""

    label: str
    points: Points
    period: int
    """Seconds."""
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """The state of an alarm."""

    name: str
    state: str
    """`ALARM`, `OK` or `INSUFFICIENT_DATA`."""
    reason: str
    meaning: str
    """The alarm's description."""
    since: int | None
    """The time of the last change, in milliseconds since the epoch."""


@dataclass(frozen=True, kw_only=True)
class Data:
    """The data of one widget. Its kind decides which parts are filled."""

    lines: Sequence[Shown] = ()
    alarms: Sequence[Alarm] = ()
    rows: Sequence[Mapping[str, str]] = ()
    """The rows of a log, the newest first."""
    note: str = ""
    """A note beside the data."""
    error: str = ""
    """The part that can't be read, and the reason."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A dashboard and its data at one moment."""

    dashboard: Dashboard
    data: Sequence[Data]
    """The data of each widget, in the order of the widgets."""
    at: int
    """The time of the read, in milliseconds since the epoch."""


@dataclass(kw_only=True)
class Reader:
    """Reads a dashboard. Each `read` reads everything once."""

    client: CloudWatchClient
    insights: Insights
    name: str
    region: str
    clock: Callable[[], float] = time.time
    _dashboard: Dashboard | None = field(default=None, init=False)
    _body_at: float = field(default=0.0, init=False)

    def read(self) -> Picture:
        """Give the picture. An error of one widget's call is shown in that widget.

        Raises botocore's errors if nothing answers, and `BoardError` if there is no body.
        """
        now = self.clock()
        dashboard = self._body(now)
        data = [self._try(widget.content, now, dashboard.look_back) for widget in dashboard.widgets]
        return Picture(dashboard=dashboard, data=data, at=round(now * 1000))

    def _body(self, now: float) -> Dashboard:
        if self._dashboard is None or now > self._body_at + BODY_SECONDS:
            answer = self.client.get_dashboard(DashboardName=self.name)
            self._dashboard = parse(answer["DashboardBody"], self.region)
            self._body_at = now
        return self._dashboard

    def _try(self, content: object, now: float, look_back: int) -> Data:
        try:
            if isinstance(content, Graph | Figure):
                return self._metrics(content.lines, now, look_back)
            if isinstance(content, Alarms):
                found = self._alarms(content.names)
                missing = [name for name in content.names if name not in found]
                gone = f"no such alarm: {', '.join(missing)}" if missing else ""
                return Data(alarms=list(found.values()), error=gone)
            if isinstance(content, Log):
                rows, note = self.insights.read(content.group, content.query, now, look_back)
                return Data(rows=rows, note=note)
        except (BoardError, ClientError) as error:
            return Data(error=explain(error))
        return Data()

    def _metrics(self, lines: Sequence[Line], now: float, look_back: int) -> Data:
        asked: dict[str, Any] = {
            "MetricDataQueries": [line.query for line in lines],
            "StartTime": datetime.fromtimestamp(now - look_back, UTC),
            "EndTime": datetime.fromtimestamp(now, UTC),
            "ScanBy": "TimestampAscending",
        }
        by_id = {line.id: line for line in lines}
        points: dict[tuple[str, str], list[tuple[int, float]]] = {}
        refused: list[str] = []
        while True:
            answer = self.client.get_metric_data(**asked)
            for result in answer["MetricDataResults"]:
                line, label = by_id[result.get("Id", "")], result.get("Label", "")
                pairs = zip(result.get("Timestamps", []), result.get("Values", []), strict=True)
                points.setdefault((line.id, label), []).extend(
                    (round(at.timestamp() * 1000), value)
                    for at, value in pairs
                    if not (line.counts and at.timestamp() + line.period > now)
                )
                refused += [each.get("Value", "") for each in result.get("Messages", [])]
            if not (token := answer.get("NextToken")):
                break
            asked["NextToken"] = token
        shown = [
            Shown(label=label, points=found, period=by_id[key].period, right=by_id[key].right)
            for (key, label), found in points.items()
            if by_id[key].shown
        ]
        return Data(lines=shown, error="; ".join(dict.fromkeys(refused)))

    def _alarms(self, names: Sequence[str]) -> Mapping[str, Alarm]:
        found: dict[str, Alarm] = {}
        pages = self.client.get_paginator("describe_alarms").paginate(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for page in pages:
            for each in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])):
                since = each.get("StateUpdatedTimestamp")
                name = each.get("AlarmName", "")
                found[name] = Alarm(
                    name=name,
                    state=each.get("StateValue", "INSUFFICIENT_DATA"),
                    reason=each.get("StateReason", ""),
                    meaning=each.get("AlarmDescription", ""),
                    since=round(since.timestamp() * 1000) if since else None,
                )
        return found
