"""Go back: the version before, with its configuration, from the snapshot of its state."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from release.application import UNKNOWN, Application, code, code_of, describe
from release.errors import ReleaseError
from release.polling import CHANGE_SECONDS
from release.snapshots import Snapshot, listed
from release.versions import key_of

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client

WAIT_SECONDS: Final = 900.0
"""Longest that a stop, an update or a start is waited for, each."""

Update = Mapping[str, Any]
"""`ApplicationConfigurationUpdate` of UpdateApplication."""


@dataclass(frozen=True, kw_only=True)
class Return:
    """Where to go back to."""

    version: str
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Nothing to do, and why."""

    reason: str


def plan(application: Application, snapshots: Sequence[Snapshot], bad: str) -> Return | Stay:
    """Decide where to go back to from version `bad`; `snapshots` in the order of their creation.

    Raises `ReleaseError` where there is no snapshot of another version's state.
    """
    if application.version != bad and application.status == "RUNNING":
        running = application.version or application.code_key
        return Stay(reason=f"{application.name} runs {running}, not {bad}: nothing to roll back")
    before = [each for each in snapshots if each.version not in {None, bad}]
    usable = [each for each in before if each.status == "READY"]
    if not usable:
        message = (
            f"{application.name}: no snapshot of a version before {bad}; deploy a version that "
            "works, with flink.restore set to the state that it is to start from"
        )
        raise ReleaseError(message)
    newest = usable[-1]
    return Return(version=newest.version or "", snapshot=newest)


def as_update(description: Mapping[str, Any]) -> Update:
    """Turn a configuration as it was described into the update that brings it back.

    What a release can change: the code, the properties, and how Flink runs. The network and the
    logging stay as they are.
    """
    code_update = {
        f"{key}Update": value
        for key, value in code_of(description).items()
        if key in {"BucketARN", "FileKey", "ObjectVersion"}
    }
    update: dict[str, Any] = {
        "ApplicationCodeConfigurationUpdate": {
            "CodeContentUpdate": {"S3ContentLocationUpdate": code_update}
        }
    }
    groups = description.get("EnvironmentPropertyDescriptions", {}).get("PropertyGroupDescriptions")
    if groups:
        update["EnvironmentPropertyUpdates"] = {"PropertyGroups": groups}
    flink = description.get("FlinkApplicationConfigurationDescription", {})
    changed = {f"{name}Update": _flink(name, flink) for name in FLINK if _flink(name, flink)}
    if changed:
        update["FlinkApplicationConfigurationUpdate"] = changed
    return update


FLINK: Final = {
    "CheckpointConfiguration": (
        "ConfigurationType",
        "CheckpointingEnabled",
        "CheckpointInterval",
        "MinPauseBetweenCheckpoints",
    ),
    "MonitoringConfiguration": ("ConfigurationType", "MetricsLevel", "LogLevel"),
    "ParallelismConfiguration": (
        "ConfigurationType",
        "Parallelism",
        "ParallelismPerKPU",
        "AutoScalingEnabled",
    ),
}
"""Parts of the configuration of Flink, with the members that an update may set."""


def _flink(part: str, flink: Mapping[str, Any]) -> dict[str, Any]:
    described = flink.get(f"{part}Description", {})
    members = FLINK[part]
    if described.get("ConfigurationType") == "DEFAULT":
        members = ("ConfigurationType",)  # the service refuses numbers of one's own beside it
    return {f"{name}Update": described[name] for name in members if name in described}


@dataclass(frozen=True, kw_only=True)
class Control:
    """Does the steps, one after the other, and tells of each."""

    flink: KinesisAnalyticsV2Client
    application: str
    say: Callable[[str], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    poll_seconds: float = CHANGE_SECONDS

    def roll_back(self, bad: str) -> str:
        """Go back from version `bad`, and say in one line what was done.

        The job is stopped by force: its state since the snapshot is given up, and what arrived
        since is read again. Raises `ReleaseError` in one line.
        """
        now = self._describe()
        decided = plan(now, listed(self.flink, self.application), bad)
        if isinstance(decided, Stay):
            return decided.reason
        self._stop(now)
        update = self._configuration(decided, now)
        self.say(f"putting {decided.version} back")
        self.flink.update_application(
            ApplicationName=self.application,
            CurrentApplicationVersionId=self._describe().version_id,
            ApplicationConfigurationUpdate=cast("Any", update),
        )
        self._wait("READY")
        self.say(f"starting {decided.version} from {decided.snapshot.name}")
        self.flink.start_application(
            ApplicationName=self.application,
            RunConfiguration={
                "FlinkRunConfiguration": {"AllowNonRestoredState": False},
                "ApplicationRestoreConfiguration": {
                    "ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT",
                    "SnapshotName": decided.snapshot.name,
                },
            },
        )
        self._wait("RUNNING")
        return f"rolled back from {bad} to {decided.version}, from {decided.snapshot.name}"

    def _stop(self, now: Application) -> None:
        if now.status != "READY":
            self.say(f"stopping {now.version or now.code_key} by force")
            self.flink.stop_application(ApplicationName=self.application, Force=True)
            self._wait("READY")

    def _configuration(self, to: Return, now: Application) -> Update:
        """Give the update that brings back what the snapshot's version was configured with.

        An endpoint that doesn't keep versions gets the code alone back.
        """
        try:
            answer = self.flink.describe_application_version(
                ApplicationName=self.application,
                ApplicationVersionId=to.snapshot.application_version_id,
            )
        except ClientError as error:
            if code(error) not in UNKNOWN:
                raise
            self.say("this endpoint keeps no versions: the properties stay, the code goes back")
            location = {"BucketARN": now.bucket_arn, "FileKey": key_of(to.version)}
            content = {"S3ApplicationCodeLocationDescription": location}
            code_only = {"CodeContentDescription": content}
            return as_update({"ApplicationCodeConfigurationDescription": code_only})
        detail = cast("Mapping[str, Any]", answer["ApplicationVersionDetail"])
        return as_update(detail["ApplicationConfigurationDescription"])

    def _describe(self) -> Application:
        found = describe(self.flink, self.application)
        if found is None:
            message = f"application {self.application} doesn't exist"
            raise ReleaseError(message)
        return found

    def _wait(self, status: str) -> None:
        waited = 0.0
        while (found := self._describe()).status != status:
            if waited >= WAIT_SECONDS:
                message = (
                    f"{self.application} is {found.status} after {waited:g} s, not {status}: "
                    "look at its log"
                )
                raise ReleaseError(message)
            self.sleep(self.poll_seconds)
            waited += self.poll_seconds
