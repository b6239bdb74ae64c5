"""A stack's dashboard and alarms on the emulator, with metrics as its job publishes them."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from board_stack import APPLICATION, BoardStack

from components.base.names import Names
from components.monitoring.alarm_rules import rules
from components.monitoring.alarm_rules.rule import Thresholds
from components.monitoring.dashboard import body
from local.accounts import WORKLOAD
from local.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMES = Names(prefix="stocktrading", account_id=WORKLOAD, region="us-east-1")
THRESHOLDS = Thresholds(checkpoint_seconds=60, buffer_seconds=60, ingest_shards=4)
MINUTES = 6


def cloudwatch(stack: BoardStack) -> "CloudWatchClient":
    """Give a client with all permissions."""
    return Clients(stack.emulator.endpoint).client("cloudwatch", WORKLOAD)


def deploy(stack: BoardStack, *more: dict[str, Any]) -> None:
    """Make the dashboard with more widgets at its end, and the alarms that it names."""
    given = body(names=NAMES, thresholds=THRESHOLDS)
    given["widgets"] += [
        each | {"x": 8 * number, "y": 90, "width": 8, "height": 6}
        for number, each in enumerate(more)
    ]
    client = cloudwatch(stack)
    client.put_dashboard(DashboardName=NAMES.dashboard, DashboardBody=json.dumps(given))
    names = [NAMES.alarm(rule.noun) for rule in rules(NAMES, THRESHOLDS)]
    for name in names:
        client.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"What {name} means.",
            Namespace="AWS/KinesisAnalytics",
            MetricName="lastCheckpointDuration" if name.endswith("slow") else "downtime",
            Dimensions=[{"Name": "Application", "Value": APPLICATION}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=10_000,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
    rule = " OR ".join(f'ALARM("{name}")' for name in names)
    client.put_composite_alarm(AlarmName=NAMES.alarm("needs-a-person"), AlarmRule=rule)


def publish(stack: BoardStack) -> None:
    """Publish the job's metrics of the last minutes, as the local cloud does."""
    _publish(stack, "uptime", [60_000 * number for number in range(1, MINUTES + 1)])
    _publish(stack, "lastCheckpointDuration", [400.0] * MINUTES)
    _publish(stack, "downtime", [0.0] * MINUTES)
    _publish(stack, "cpuUtilization", [41.5] * MINUTES)
    _publish(stack, "heapMemoryUtilization", [62.0] * MINUTES)
    for task in ("Source__trades", "window"):
        _publish(stack, "busyTimeMsPerSecond", [321.0] * MINUTES, Task=task)


def _publish(stack: BoardStack, name: str, values: Sequence[float], **dimensions: str) -> None:
    """Publish a value for each of the last minutes, including the current one."""
    minute = int(time.time() // 60) * 60
    shaped = {"Application": APPLICATION, **dimensions}
    cloudwatch(stack).put_metric_data(
        Namespace="AWS/KinesisAnalytics",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in shaped.items()],
                "Timestamp": datetime.fromtimestamp(minute - 60 * back, UTC),
                "Value": value,
            }
            for back, value in enumerate(reversed(values))
        ],
    )
