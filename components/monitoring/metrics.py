"""CloudWatch metrics as data. Only metrics that exist can be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from components.base.names import Names

KINESIS: Final = "AWS/Kinesis"
FIREHOSE: Final = "AWS/Firehose"
FLINK: Final = "AWS/KinesisAnalytics"

EVENT_TIME_LAG: Final = "eventTimeLagMilliseconds"
"""The job's own metric: by how much event time is behind the arrival of the latest record, whether
it counts or not. It is 0 while no records come. Managed Flink publishes what is in Flink's metric
group `kinesisanalytics`."""

KNOWN: Final[Mapping[str, frozenset[str]]] = {
    KINESIS: frozenset(
        {
            "GetRecords.Bytes",
            "GetRecords.IteratorAgeMilliseconds",
            "GetRecords.Latency",
            "GetRecords.Records",
            "GetRecords.Success",
            "IncomingBytes",
            "IncomingRecords",
            "PutRecords.Bytes",
            "PutRecords.FailedRecords",
            "PutRecords.Latency",
            "PutRecords.Success",
            "PutRecords.SuccessfulRecords",
            "PutRecords.ThrottledRecords",
            "PutRecords.TotalRecords",
            "ReadProvisionedThroughputExceeded",
            "WriteProvisionedThroughputExceeded",
        }
    ),
    FIREHOSE: frozenset(
        {
            "BackupToS3.DataFreshness",
            "BackupToS3.Records",
            "BackupToS3.Success",
            "DataReadFromKinesisStream.Bytes",
            "DataReadFromKinesisStream.Records",
            "DeliveryToAmazonOpenSearchService.DataFreshness",
            "DeliveryToAmazonOpenSearchService.Records",
            "DeliveryToAmazonOpenSearchService.Success",
            "DeliveryToHttpEndpoint.DataFreshness",
            "DeliveryToHttpEndpoint.Records",
            "DeliveryToHttpEndpoint.Success",
            "DeliveryToRedshift.Records",
            "DeliveryToRedshift.Success",
            "DeliveryToS3.Bytes",
            "DeliveryToS3.DataFreshness",
            "DeliveryToS3.Records",
            "DeliveryToS3.Success",
            "DeliveryToSplunk.DataFreshness",
            "DeliveryToSplunk.Records",
            "DeliveryToSplunk.Success",
            "ExecuteProcessing.Duration",
            "ExecuteProcessing.Success",
            "KMSKeyAccessDenied",
            "KinesisMillisBehindLatest",
            "ThrottledGetRecords",
        }
    ),
    FLINK: frozenset(
        {
            "KPUs",
            "backPressuredTimeMsPerSecond",
            "busyTimeMsPerSecond",
            "cpuUtilization",
            "currentOutputWatermark",
            "downtime",
            EVENT_TIME_LAG,
            "fullRestarts",
            "heapMemoryUtilization",
            "idleTimeMsPerSecond",
            "lastCheckpointDuration",
            "lastCheckpointSize",
            "millisBehindLatest",
            "numLateRecordsDropped",
            "numRecordsInPerSecond",
            "numRecordsOutPerSecond",
            "numberOfFailedCheckpoints",
            "oldGenerationGCTime",
            "threadCount",
            "uptime",
        }
    ),
}
"""Metrics by namespace, from the services' documentation ("Monitoring ... with CloudWatch" of
Kinesis Data Streams and Firehose, "Metrics and dimensions" of Managed Flink), and the job's own."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of one resource, and the statistic of its points.

    Raises `ValueError` for a metric that its service does not publish.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    stat: str
    period: int = 60
    """Seconds."""

    def __post_init__(self) -> None:
        """Refuse a metric that does not exist, whose graph would stay empty."""
        if self.name not in KNOWN.get(self.namespace, ()):
            known = ", ".join(sorted(KNOWN.get(self.namespace, KNOWN)))
            message = f"metric {self.namespace} {self.name}: not published; known: {known}"
            raise ValueError(message)


def stream_metric(stream: str, name: str, stat: str, period: int = 60) -> Metric:
    """Give a metric of a whole stream, by the stream's name."""
    dimensions = {"StreamName": stream}
    return Metric(namespace=KINESIS, name=name, dimensions=dimensions, stat=stat, period=period)


def delivery_metric(delivery: str, name: str, stat: str, period: int = 300) -> Metric:
    """Give a metric of a Firehose stream. Its points come every five minutes."""
    dimensions = {"DeliveryStreamName": delivery}
    return Metric(namespace=FIREHOSE, name=name, dimensions=dimensions, stat=stat, period=period)


def job_metric(names: Names, name: str, stat: str, period: int = 60) -> Metric:
    """Give a metric of the whole application."""
    dimensions = {"Application": names.application}
    return Metric(namespace=FLINK, name=name, dimensions=dimensions, stat=stat, period=period)


def across(metric: Metric, application: str) -> str:
    """Give the Metrics Insights query for a metric's maximum over all dimensions (tasks, shards).

    Back pressure is published for each task, and lag for each stream. Their dimensions come from
    the job's plan. An alarm can't use a search, but it can use a query.
    """
    return (
        f'SELECT MAX({metric.name}) FROM "{metric.namespace}" '  # noqa: S608 -- Metrics Insights, names are ours
        f"WHERE Application = '{application}'"
    )
