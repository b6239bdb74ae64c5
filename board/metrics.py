"""The metrics of a stack. One GetMetricData call reads all that the board shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from board.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

PERIOD: Final = 60
"""The period of one value, in seconds. It is the shortest that these metrics have."""

LOOK_BACK: Final = timedelta(minutes=15)


class Value(NamedTuple):
    """One minute's value of a metric. `at` is the start of that minute, in milliseconds."""

    at: int
    value: float


@dataclass(frozen=True)
class Metrics:
    """The values of each metric in the last 15 minutes, the newest last."""

    values: Mapping[str, tuple[Value, ...]]

    def last(self, name: str) -> Value | None:
        """Give the newest value, or None."""
        values = self.values.get(name)
        return values[-1] if values else None

    def last_rise(self, name: str) -> Value | None:
        """Give the newest value that is larger than the previous one: a counter's last event."""
        values = self.values.get(name, ())
        pairs = pairwise(values)
        return next((b for a, b in reversed([*pairs]) if b.value > a.value), None)


class CloudWatch:
    """Reads the application's metrics, and the number of incoming records."""

    def __init__(
        self, client: CloudWatchClient, stack: Stack, clock: Callable[[], float] = time.time
    ) -> None:
        """Set the client and the stack. No call is made yet."""
        self._client = client
        self._queries = [
            *(
                _query(
                    number, "AWS/KinesisAnalytics", metric, "Application", stack.application_name
                )
                for number, metric in enumerate(_APPLICATION)
            ),
            _query(len(_APPLICATION), "AWS/Kinesis", INCOMING, "StreamName", stack.ingest_stream),
        ]
        self._clock = clock

    def read(self) -> Metrics:
        """Read the last 15 minutes. Raises botocore's errors."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        answer = self._client.get_metric_data(
            MetricDataQueries=self._queries,
            StartTime=now - LOOK_BACK,
            EndTime=now,
            ScanBy="TimestampAscending",
        )
        return Metrics(
            {
                found.get("Label", ""): tuple(
                    Value(round(at.timestamp() * 1000), value)
                    for at, value in zip(
                        found.get("Timestamps", []), found.get("Values", []), strict=True
                    )
                )
                for found in answer["MetricDataResults"]
            }
        )


INCOMING: Final = "IncomingRecords"
_APPLICATION: Final = {
    "downtime": "Maximum",
    "fullRestarts": "Maximum",
    "numberOfFailedCheckpoints": "Maximum",
    "lastCheckpointDuration": "Maximum",
    "lastCheckpointSize": "Maximum",
    "millisBehindLatest": "Maximum",
}


def _query(
    number: int, namespace: str, metric: str, dimension: str, name: str
) -> MetricDataQueryTypeDef:
    return {
        "Id": f"m{number}",
        "Label": metric,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": dimension, "Value": name}],
            },
            "Period": PERIOD,
            "Stat": _APPLICATION.get(metric, "Sum"),
        },
    }
