"""Changes of the application under load: another parallelism, another version, and back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from common.releases import key_of, version_of_key
from local.chaos.plan import Fault
from local.chaos.world import LOOK_SECONDS, PATIENCE_SECONDS, World
from local.errors import LocalError
from release import snapshots
from release.application import Application, describe
from release.rollback import Control

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client

PARALLELISMS: Final = (1, 2, 4)


def rescale(world: World, fault: Fault) -> str:
    """Give the job another parallelism."""
    now = _parallelism(world)
    others = [each for each in PARALLELISMS if each != now]
    wanted = others[int(fault.draw * len(others)) % len(others)]
    change = {"ConfigurationTypeUpdate": "CUSTOM", "ParallelismUpdate": wanted}
    flink = {"ParallelismConfigurationUpdate": change}
    _update(world, {"FlinkApplicationConfigurationUpdate": flink})
    return f"parallelism {now} to {wanted}"


def update(world: World, _fault: Fault) -> str:
    """Deploy the same archive as a new version."""
    version = _copy_archive(world)
    _update(world, _code(version))
    return f"to {version}"


def roll_back(world: World, fault: Fault) -> str:
    """Take a snapshot, deploy a version, let it run for a while, and go back as a release does."""
    _await_running(world)
    snapshots.take(_client(world), _described(world), datetime.now(UTC), world.sleep, LOOK_SECONDS)
    version = _copy_archive(world)
    _update(world, _code(version))
    _await_running(world)
    world.sleep(fault.seconds)
    control = Control(
        flink=_client(world),
        application=world.application,
        sleep=world.sleep,
        poll_seconds=LOOK_SECONDS,
    )
    return control.roll_back(version).partition(" with ")[0]


def _copy_archive(world: World) -> str:
    """Copy the archive that runs, under the key of a new version. Give this version."""
    version = f"chaos-{time.time_ns()}"
    now, bucket = _described(world), world.cloud.outputs["code_bucket"]
    source = {"Bucket": bucket, "Key": now.code_key}
    world.cloud.client("s3").copy_object(Bucket=bucket, Key=key_of(version), CopySource=source)
    return version


def _code(version: str) -> Mapping[str, Any]:
    content = {"S3ContentLocationUpdate": {"FileKeyUpdate": key_of(version)}}
    return {"ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": content}}


def _update(world: World, change: Mapping[str, Any]) -> None:
    """Update the application as soon as the service accepts it, and wait until it takes effect."""

    def act() -> None:
        _client(world).update_application(
            ApplicationName=world.application,
            CurrentApplicationVersionId=_described(world).version_id,
            ApplicationConfigurationUpdate=change,  # pyright: ignore[reportArgumentType] -- made above
        )

    _await_running(world)
    world.insist(act)
    _await_running(world)


def _await_running(world: World) -> None:
    """Wait until the newest version of the application runs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        status, wanted = world.job(), _described(world)
        runs = status.state == "RUNNING" and status.version == wanted.version_id
        if runs and wanted.status == "RUNNING":
            return
        if time.monotonic() > deadline:
            message = f"the job is {status.state}, not RUNNING: {status.exception}"
            raise LocalError(message)
        world.sleep(LOOK_SECONDS)


def _described(world: World) -> Application:
    found = describe(_client(world), world.application)
    if found is None or version_of_key(found.code_key) is None:
        message = f"the application {world.application} has no released version"
        raise LocalError(message)
    return found


def _parallelism(world: World) -> int:
    answer = _client(world).describe_application(ApplicationName=world.application)
    configuration: Any = answer["ApplicationDetail"]["ApplicationConfigurationDescription"]  # pyright: ignore[reportTypedDictNotRequiredAccess] -- always there
    flink = configuration["FlinkApplicationConfigurationDescription"]
    return flink["ParallelismConfigurationDescription"]["Parallelism"]


def _client(world: World) -> KinesisAnalyticsV2Client:
    return world.cloud.client("kinesisanalyticsv2")
