"""Publishes Firehose's metrics for a delivery stream of the local cloud.

Names and units: "Monitoring Amazon Data Firehose using CloudWatch metrics". These metrics are left
out: throttled reads, the delay of reading, and destinations other than S3 and HTTP endpoints.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from local.clients import AwsClient

logger = logging.getLogger(__name__)

NAMESPACE: Final = "AWS/Firehose"

Destination = Literal["DeliveryToS3", "DeliveryToHttpEndpoint"]
"""The prefix of a destination's metrics."""


class Figures:
    """Publishes for one delivery stream. A failure is logged and doesn't delay a delivery."""

    def __init__(self, cloudwatch: AwsClient, name: str) -> None:
        """Publish with `cloudwatch`. The service also uses its own permissions for this."""
        self._cloudwatch = cloudwatch
        self._dimensions = [{"Name": "DeliveryStreamName", "Value": name}]

    def read(self, records: Sequence[bytes]) -> None:
        """Count the records that were read from the source."""
        read = {"Records": len(records), "Bytes": sum(map(len, records))}
        self._publish({f"DataReadFromKinesisStream.{name}": value for name, value in read.items()})

    def delivered(self, to: Destination, records: Sequence[bytes], age: float) -> None:
        """Count a delivery. Its oldest record has waited for `age` seconds."""
        done = {"Records": len(records), "Bytes": sum(map(len, records)), "Success": 1}
        self._publish({f"{to}.{name}": value for name, value in done.items()})
        self._publish({f"{to}.DataFreshness": age})

    def failed(self, to: Destination, age: float) -> None:
        """Count a failed delivery. Its records wait, or are stored under the error prefix."""
        self._publish({f"{to}.Success": 0, f"{to}.DataFreshness": age})

    def _publish(self, values: Mapping[str, float]) -> None:
        now = datetime.now(UTC)
        data = [
            {"MetricName": name, "Dimensions": self._dimensions, "Timestamp": now, "Value": value}
            for name, value in values.items()
        ]
        try:
            self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except (ClientError, BotoCoreError) as error:
            logger.warning("a delivery's metrics can't be published: %s", error)
