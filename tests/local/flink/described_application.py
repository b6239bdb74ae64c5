"""An application of Managed Flink as its description gives it, for tests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from local.flink import application
from local.flink.application import Application, Restore

CREATED: Final = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)

SKIP: Final = Restore(kind="SKIP_RESTORE_FROM_SNAPSHOT")

LATEST: Final = Restore()

DETAIL: Final[dict[str, Any]] = {
    "ApplicationName": "counts",
    "ApplicationARN": "arn:aws:kinesisanalytics:eu-west-1:222222222222:application/counts",
    "ServiceExecutionRole": "arn:aws:iam::222222222222:role/job",
    "ApplicationVersionId": 7,
    "ApplicationStatus": "RUNNING",
    "CreateTimestamp": CREATED,
    "ApplicationConfigurationDescription": {
        "ApplicationCodeConfigurationDescription": {
            "CodeContentDescription": {
                "S3ApplicationCodeLocationDescription": {
                    "BucketARN": "arn:aws:s3:::code",
                    "FileKey": "releases/1/job.zip",
                }
            }
        },
        "EnvironmentPropertyDescriptions": {
            "PropertyGroupDescriptions": [
                {
                    "PropertyGroupId": "kinesis.analytics.flink.run.options",
                    "PropertyMap": {
                        "python": "main.py",
                        "jarfile": "lib/job.jar",
                        "pyFiles": "modules,more",
                    },
                }
            ]
        },
        "ApplicationSnapshotConfigurationDescription": {"SnapshotsEnabled": True},
        "FlinkApplicationConfigurationDescription": {
            "CheckpointConfigurationDescription": {
                "CheckpointingEnabled": True,
                "CheckpointInterval": 10_000,
                "MinPauseBetweenCheckpoints": 1_000,
            },
            "MonitoringConfigurationDescription": {"LogLevel": "WARN"},
            "ParallelismConfigurationDescription": {"Parallelism": 2, "CurrentParallelism": 4},
        },
        "RunConfigurationDescription": {
            "ApplicationRestoreConfigurationDescription": {
                "ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT",
                "SnapshotName": "mine",
            },
            "FlinkRunConfigurationDescription": {"AllowNonRestoredState": True},
        },
    },
}

APPLICATION: Final = replace(application.parse(DETAIL, []), restore=LATEST)


def wanted(**changes: object) -> Application:
    """Give the application with some of its fields changed."""
    return replace(APPLICATION, **changes)  # pyright: ignore[reportArgumentType]
