"""Whether a job that is deployed can take the old state, and its start without that state."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from common.application_status import meaning
from components.base.validation import SettingsError
from components.config.stack_config import StackConfig
from components.streaming.archive import Archive
from job.properties import KEYS
from local.accounts import NAMESPACE, WORKLOAD
from local.clients import Clients
from local.directory import PROJECT
from local.errors import LocalError
from local.flink.job_status import JobStatus
from release.application import Application, describe
from release.position import find_position
from release.restores import RECOUNTED, other_windows, still_lost
from release.start import Start
from release.state import Operators, of_archive, restorable
from release.waiting import Waiting

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client
    from mypy_boto3_s3.client import S3Client

POLL_SECONDS: Final = 0.5
STOP_SECONDS: Final = 60.0
"""How long a stopped application's job may still run."""


@dataclass(frozen=True, kw_only=True)
class Redeployment:
    """A deployment of a stack whose application may run already."""

    clients: Clients
    stack: str
    application: str
    overrides: Mapping[str, object]
    """Replacements in the stack's configuration."""
    flink_directory: Path
    """Directory with a folder for each application that the local Managed Flink runs."""
    say: Callable[[str], None]

    def check(self) -> None:
        """Raise `LocalError` if the job would start with state that it can't take.

        A stopped application is checked too, because it starts from its last snapshot.
        """
        running = describe(self._flink, self.application)
        if running is None:
            return
        config = self._config()
        lost = [
            *self._lost_operators(running),
            *other_windows(running.properties, _section(config, "job")),
        ]
        if lost := still_lost(lost, _section(config, "flink")):
            message = (
                f"this job can't take the old state: {'; '.join(lost)}. Nothing was changed. Add "
                "--start-from TIME, such as 2026-01-31T09:30:00Z, to start without that state and "
                f"read again from then. {RECOUNTED}. Or --start-from earliest, for all that the "
                "stream holds, or --start-from now, which counts no trade of before"
            )
            raise LocalError(message)

    def start_from(self, asked: str, deploy: Callable[[Mapping[str, object]], None]) -> None:
        """Stop the application without a snapshot, deploy, and start it without state.

        `asked` is `now`, `earliest` or a time. `deploy` gets the overrides to deploy with.
        """
        position = find_position("--start-from", asked)
        waiting = Waiting(
            flink=self._flink, application=self.application, poll_seconds=POLL_SECONDS
        )
        if meaning(waiting.until_stoppable().status).phase != "stopped":
            self._flink.stop_application(ApplicationName=self.application, Force=True)
            waiting.until("stopped")
            self._await_no_job()
        deploy({**self.overrides, f"{NAMESPACE}:job.{KEYS['initial_position']}": position})
        self.say(Start(waiting=waiting, flink={"restore": "none"}).run())

    @property
    def _flink(self) -> KinesisAnalyticsV2Client:
        return cast("KinesisAnalyticsV2Client", self.clients.client("kinesisanalyticsv2", WORKLOAD))

    def _lost_operators(self, running: Application) -> list[str]:
        old, new = self._state_of(running), _state_of_new()
        return restorable(old, new) if old and new else []

    def _state_of(self, running: Application) -> Operators | None:
        if running.bucket_arn is None or running.code_key is None:
            return None
        s3 = cast("S3Client", self.clients.client("s3", WORKLOAD))
        bucket = running.bucket_arn.rpartition(":")[2]
        try:
            found = s3.get_object(Bucket=bucket, Key=running.code_key)
        except ClientError:
            return None  # then the start shows whether the state can be restored
        return of_archive(BytesIO(found["Body"].read()))

    def _config(self) -> StackConfig:
        try:
            return StackConfig.read(PROJECT, self.stack, self.overrides)
        except SettingsError as error:
            raise LocalError(str(error)) from error

    def _await_no_job(self) -> None:
        """Wait until the watcher has seen the stop. Otherwise it would take it for an update."""
        file = self.flink_directory / self.application / "status.json"
        deadline = time.monotonic() + STOP_SECONDS
        while (status := JobStatus.read(file)) and status.state not in {"STOPPED", "FAILED"}:
            if time.monotonic() > deadline:
                message = f"the job of {self.application} is still {status.state}; try again"
                raise LocalError(message)
            time.sleep(POLL_SECONDS)


def _state_of_new() -> Operators | None:
    try:
        with Archive.packaged().path.open("rb") as file:
            return of_archive(file)
    except SettingsError as error:
        raise LocalError(str(error)) from error


def _section(config: StackConfig, name: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", json.loads(config.values.get(f"{NAMESPACE}:{name}", "{}")))
