"""Stubbed AWS clients, and answers whose shapes the stubs check against the services' models."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.stub import Stubber

from release.workload import Workload
from stack.outputs import Outputs

NAME = "stocktrading-analytics"
BUCKET = "arn:aws:s3:::stocktrading-code-222222222222-us-east-1"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

OUTPUTS = Outputs(
    application_name=NAME,
    region="us-east-1",
    account_id="222222222222",
    ingest_stream="stocktrading-ingest-stream",
    results_stream="stocktrading-results-stream",
    dead_letter_stream="stocktrading-dead-letter-stream",
)


def client(service: str) -> Any:  # noqa: ANN401 -- of any service
    """Make a client that can't reach any service."""
    sdk: Any = boto3
    return sdk.client(
        service,
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106 -- no request is sent
    )


@contextmanager
def stubbed(real: Any) -> Generator[Stubber]:  # noqa: ANN401 -- of any service
    """Answer a client's calls from a plan.

    The calls, their order and their parameters must match it.
    """
    with Stubber(real) as stub:
        yield stub
        stub.assert_no_pending_responses()


def workload(**clients: object) -> Workload:
    """Give a workload that uses these clients."""
    made = Workload(OUTPUTS)
    vars(made).update(clients)
    return made


def key(version: str) -> str:
    """Give the key of a version's archive."""
    return f"releases/{version}/stocktrading-job.zip"


def configuration(version: str, **properties: str) -> dict[str, Any]:
    """Describe a configuration, as in the answers of the two Describe operations."""
    return {
        "ApplicationCodeConfigurationDescription": {
            "CodeContentType": "ZIPFILE",
            "CodeContentDescription": {
                "S3ApplicationCodeLocationDescription": {
                    "BucketARN": BUCKET,
                    "FileKey": key(version),
                },
            },
        },
        "EnvironmentPropertyDescriptions": {
            "PropertyGroupDescriptions": [
                {"PropertyGroupId": "TradingDataConfigProperties", "PropertyMap": properties}
            ]
        },
        "FlinkApplicationConfigurationDescription": {
            "CheckpointConfigurationDescription": {
                "ConfigurationType": "CUSTOM",
                "CheckpointingEnabled": True,
                "CheckpointInterval": 60000,
                "MinPauseBetweenCheckpoints": 5000,
            },
            "MonitoringConfigurationDescription": {
                "ConfigurationType": "DEFAULT",
                "MetricsLevel": "APPLICATION",
                "LogLevel": "INFO",
            },
            "ParallelismConfigurationDescription": {
                "ConfigurationType": "CUSTOM",
                "Parallelism": 2,
                "ParallelismPerKPU": 1,
                "CurrentParallelism": 4,
                "AutoScalingEnabled": True,
            },
        },
    }


def detail(version: str, *, status: str = "RUNNING", version_id: int = 7) -> dict[str, Any]:
    """Describe the application."""
    return {
        "ApplicationARN": f"arn:aws:kinesisanalytics:us-east-1:222222222222:application/{NAME}",
        "ApplicationName": NAME,
        "RuntimeEnvironment": "FLINK-1_20",
        "ApplicationStatus": status,
        "ApplicationVersionId": version_id,
        "CreateTimestamp": NOON - timedelta(days=1),
        "LastUpdateTimestamp": NOON,
        "ApplicationConfigurationDescription": configuration(version),
    }


def describes(stub: Stubber, version: str, *, status: str = "RUNNING", version_id: int = 7) -> None:
    """Plan an answer to DescribeApplication."""
    answer = {"ApplicationDetail": detail(version, status=status, version_id=version_id)}
    stub.add_response("describe_application", answer, {"ApplicationName": NAME})


def summary(name: str, minute: int, status: str = "READY", version_id: int = 6) -> dict[str, Any]:
    """Describe a snapshot as ListApplicationSnapshots lists it."""
    return {
        "SnapshotName": name,
        "SnapshotStatus": status,
        "ApplicationVersionId": version_id,
        "SnapshotCreationTimestamp": NOON + timedelta(minutes=minute),
    }


def lists_snapshots(stub: Stubber, *summaries: dict[str, Any]) -> None:
    """Plan an answer to ListApplicationSnapshots."""
    stub.add_response(
        "list_application_snapshots",
        {"SnapshotSummaries": list(summaries)},
        {"ApplicationName": NAME},
    )


def no_sleep(slept: list[float]) -> Callable[[float], None]:
    """Give a sleep function that only records for how long it was called."""
    return slept.append
