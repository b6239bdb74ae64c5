"""The wanted state of an application: `DescribeApplication`, read into frozen data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from common.application_status import STATUSES
from local.errors import LocalError

RUN_OPTIONS: Final = "kinesis.analytics.flink.run.options"
"""The service's own property group. It names the files of the archive to run."""

KNOWN_OPTIONS: Final = ("python", "jarfile", "pyFiles")
RUNNING: Final = frozenset(name for name, status in STATUSES.items() if status.runs)
"""Application statuses in which a job must run. In all other statuses no job runs."""

RestoreKind: TypeAlias = Literal[
    "SKIP_RESTORE_FROM_SNAPSHOT", "RESTORE_FROM_LATEST_SNAPSHOT", "RESTORE_FROM_CUSTOM_SNAPSHOT"
]


@dataclass(frozen=True, kw_only=True)
class Restore:
    """The state that a start restores."""

    kind: RestoreKind = "RESTORE_FROM_LATEST_SNAPSHOT"
    snapshot: str | None = None
    """The snapshot's name, if the kind is custom."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """The archive's location, and its files to run. Paths are inside the archive."""

    bucket: str
    key: str
    object_version: str | None
    python: str
    jar: str | None
    python_files: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Application:
    """The wanted state of an application."""

    name: str
    arn: str
    role: str
    """ARN of the role that the job runs with."""
    created: datetime
    """Differs from that of an earlier application of the same name."""
    version: int
    """`ApplicationVersionId`. Each change raises it by one."""
    status: str
    properties: str
    """All property groups, in the JSON format of the service's `application_properties.json`."""
    options: Mapping[str, str]
    """The group of run options."""
    code_location: Mapping[str, str]
    parallelism: int
    checkpoint_interval: int | None
    """In milliseconds. None if checkpoints are off."""
    checkpoint_pause: int
    """Shortest time between the end of a checkpoint and the start of the next, in milliseconds."""
    log_level: str
    snapshots_enabled: bool
    restore: Restore
    allow_non_restored_state: bool
    snapshots: Sequence[str]
    """Names of the snapshots that should exist, oldest first."""

    @property
    def wanted(self) -> bool:
        """Whether a job must run."""
        return self.status in RUNNING

    @property
    def region(self) -> str:
        """The region of the application."""
        return self.arn.split(":")[3]

    @property
    def code(self) -> Code:
        """The files to run, from the code's location and the run options.

        Raises `LocalError` if they don't describe a Python application in an archive on S3.
        """
        bucket = self.code_location.get("BucketARN", "").rpartition(":::")[2]
        key = self.code_location.get("FileKey", "")
        if not bucket or not key:
            message = f"application {self.name}: its code is no object on S3"
            raise LocalError(message)
        unknown = sorted(set(self.options) - set(KNOWN_OPTIONS))
        if unknown or "python" not in self.options:
            given = ", ".join(sorted(self.options)) or "nothing"
            allowed = "python (required), jarfile, pyFiles"
            message = f"application {self.name}: {RUN_OPTIONS}: given {given}; allowed: {allowed}"
            raise LocalError(message)
        return Code(
            bucket=bucket,
            key=key,
            object_version=self.code_location.get("ObjectVersion"),
            python=self.options["python"],
            jar=self.options.get("jarfile"),
            python_files=[path for path in self.options.get("pyFiles", "").split(",") if path],
        )

    @property
    def job_settings(self) -> dict[str, str]:
        """The Flink settings that the application's configuration sets."""
        if self.checkpoint_interval is None:
            return {}
        return {
            "execution.checkpointing.interval": f"{self.checkpoint_interval} ms",
            "execution.checkpointing.min-pause": f"{self.checkpoint_pause} ms",
        }


def parse(detail: Mapping[str, Any], snapshots: Iterable[Mapping[str, Any]]) -> Application:
    """Read `DescribeApplication`'s `ApplicationDetail` and `ListApplicationSnapshots`' summaries.

    A value that the description leaves out gets the service's default: a checkpoint every 60 s with
    a pause of 5 s, parallelism 1, log level INFO.
    """
    configuration: Mapping[str, Any] = detail.get("ApplicationConfigurationDescription", {})
    flink: Mapping[str, Any] = configuration.get("FlinkApplicationConfigurationDescription", {})
    checkpoints = flink.get("CheckpointConfigurationDescription", {})
    parallelism = flink.get("ParallelismConfigurationDescription", {})
    run: Mapping[str, Any] = configuration.get("RunConfigurationDescription", {})
    groups = _groups(configuration)
    described = sorted(snapshots, key=lambda each: each["SnapshotCreationTimestamp"])
    return Application(
        name=detail["ApplicationName"],
        arn=detail["ApplicationARN"],
        role=detail["ServiceExecutionRole"],
        created=detail["CreateTimestamp"],
        version=detail["ApplicationVersionId"],
        status=detail["ApplicationStatus"],
        properties=json.dumps(
            [{"PropertyGroupId": name, "PropertyMap": group} for name, group in groups.items()],
            indent=2,
        ),
        options=groups.get(RUN_OPTIONS, {}),
        code_location=configuration.get("ApplicationCodeConfigurationDescription", {})
        .get("CodeContentDescription", {})
        .get("S3ApplicationCodeLocationDescription", {}),
        parallelism=parallelism.get("CurrentParallelism", parallelism.get("Parallelism", 1)),
        checkpoint_interval=checkpoints.get("CheckpointInterval", 60_000)
        if checkpoints.get("CheckpointingEnabled", True)
        else None,
        checkpoint_pause=checkpoints.get("MinPauseBetweenCheckpoints", 5_000),
        log_level=flink.get("MonitoringConfigurationDescription", {}).get("LogLevel", "INFO"),
        snapshots_enabled=configuration.get("ApplicationSnapshotConfigurationDescription", {}).get(
            "SnapshotsEnabled", False
        ),
        restore=_restore(run.get("ApplicationRestoreConfigurationDescription", {})),
        allow_non_restored_state=run.get("FlinkRunConfigurationDescription", {}).get(
            "AllowNonRestoredState", False
        ),
        snapshots=[each["SnapshotName"] for each in described],
    )


def _groups(configuration: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    described = configuration.get("EnvironmentPropertyDescriptions", {})
    return {
        group["PropertyGroupId"]: dict(group["PropertyMap"])
        for group in described.get("PropertyGroupDescriptions", [])
    }


def _restore(described: Mapping[str, Any]) -> Restore:
    kind = described.get("ApplicationRestoreType", Restore.kind)
    return Restore(kind=kind, snapshot=described.get("SnapshotName"))
