"""Publishes a job's metrics to the emulator's CloudWatch, as Managed Flink does on AWS."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import BotoCoreError, ClientError

from common.loop import Loop
from local.accounts import WORKLOAD
from local.clients import Clients
from local.flink.job_status import JobStatus
from local.flink.metrics import Datum, collect
from local.flink.rest import FlinkRest, RestError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

logger = logging.getLogger(__name__)

NAMESPACE: Final = "AWS/KinesisAnalytics"

INTERVAL: Final = 15
"""Seconds between two values. The service publishes four values a minute too."""

AT_ONCE: Final = 500
"""Values in one request. The service accepts 1,000."""


class MetricsPublisher:
    """Publishes from `__enter__` to `__exit__`. A failure is logged and stops nothing."""

    def __init__(self, clients: Clients, job: Callable[[], JobStatus]) -> None:
        """Set what is published. `job` gives the job's status with the address of Flink's API."""
        self._cloudwatch = clients.client("cloudwatch", WORKLOAD)
        self._control = clients.client("kinesisanalyticsv2", WORKLOAD)
        self._job = job
        self._failure = ""
        self._loop = Loop("metrics", self._run)

    def __enter__(self) -> Self:
        """Start publishing."""
        self._loop.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop publishing."""
        self._loop.stop()

    def publish(self, at: int) -> int:
        """Publish all current metrics with the time `at`, in seconds. Give the number of metrics.

        A job that doesn't run has no metrics. Its alarm depends on this. Raises botocore's errors
        and `RestError`.
        """
        status = self._job()
        if status.state in {"STOPPED", "FAILED"} or not status.rest_url or not status.job_id:
            return 0
        rest = FlinkRest(status.rest_url)
        data = collect(rest.ask, status.job_id)
        data.append(Datum(name="KPUs", values=[self._kpus(status.application)]))
        shaped = [_shape(datum, status.application, at) for datum in data]
        for start in range(0, len(shaped), AT_ONCE):
            part: Sequence[MetricDatumTypeDef] = shaped[start : start + AT_ONCE]
            self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=part)
        return len(shaped)

    def _kpus(self, application: str) -> int:
        """Count as the service does: the parallelism divided by the parallelism for each KPU."""
        described = self._control.describe_application(ApplicationName=application)
        configuration: Any = described["ApplicationDetail"]["ApplicationConfigurationDescription"]
        parallelism = configuration["FlinkApplicationConfigurationDescription"][
            "ParallelismConfigurationDescription"
        ]
        return math.ceil(parallelism["Parallelism"] / parallelism["ParallelismPerKPU"])

    def _run(self) -> None:
        if self._loop.wait(INTERVAL - time.time() % INTERVAL):
            return
        try:
            self.publish(round(time.time() / INTERVAL) * INTERVAL)
        except (RestError, ClientError, BotoCoreError) as error:
            self._note(f"{type(error).__name__}: {error}")
        except Exception:
            logger.exception("metrics of the job can't be published")
        else:
            self._failure = ""

    def _note(self, failure: str) -> None:
        if failure != self._failure:  # log the same failure once, not four times a minute
            logger.warning("metrics of the job aren't published: %s", failure)
        self._failure = failure


def _shape(datum: Datum, application: str, at: int) -> "MetricDatumTypeDef":
    dimensions = {"Application": application, **datum.dimensions}
    return {
        "MetricName": datum.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "Timestamp": datetime.fromtimestamp(at, UTC),
        "Values": list(datum.values),
    }
