"""Roll back to the previous version with its configuration, from the snapshot of its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from common.application_status import meaning
from release.application import Application, code_of
from release.errors import ReleaseError
from release.snapshots import Snapshot, listed
from release.waiting import Waiting

Update = Mapping[str, Any]
"""`ApplicationConfigurationUpdate` of UpdateApplication."""


@dataclass(frozen=True, kw_only=True)
class Return:
    """The version and the snapshot to go back to."""

    version: str
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class Stay:
    """There is nothing to do, for this reason."""

    reason: str


def plan(application: Application, snapshots: Sequence[Snapshot], bad: str) -> Return | Stay:
    """Decide to which version and snapshot to go back from version `bad`.

    `snapshots` are in the order of their creation. Raises `ReleaseError` if there is no snapshot of
    another version's state.
    """
    if application.version != bad and meaning(application.status).phase == "running":
        running = application.version or application.code_key
        return Stay(reason=f"{application.name} runs {running}, not {bad}: nothing to roll back")
    before = [each for each in snapshots if each.version not in {None, bad}]
    usable = [each for each in before if each.status == "READY"]
    if not usable:
        message = (
            f"{application.name}: no snapshot of another version than {bad}; deploy a version that "
            "works, with flink.restore set to the state that it is to start from"
        )
        raise ReleaseError(message)
    newest = usable[-1]
    return Return(version=newest.version or "", snapshot=newest)


def as_update(description: Mapping[str, Any]) -> Update:
    """Turn a described configuration into the update that restores it.

    The update has what a release can change: the code, the properties and Flink's settings. The
    network and the logging are not changed.
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
"""The parts of Flink's configuration, with the fields that an update may set."""


def _flink(part: str, flink: Mapping[str, Any]) -> dict[str, Any]:
    described = flink.get(f"{part}Description", {})
    members = FLINK[part]
    if described.get("ConfigurationType") == "DEFAULT":
        members = ("ConfigurationType",)  # the service refuses other fields beside DEFAULT
    return {f"{name}Update": described[name] for name in members if name in described}


@dataclass(frozen=True, kw_only=True)
class Control(Waiting):
    """Does the steps one after the other, and reports each."""

    say: Callable[[str], None] = lambda _: None

    def roll_back(self, bad: str) -> str:
        """Go back from version `bad`, and return one line that says what was done.

        The job is stopped by force. Its state since the snapshot is lost, and the trades since then
        are read again. Raises `ReleaseError`.
        """
        now = self.now()
        if now.version != bad and meaning(now.status).settles:
            now = self.until_settled()  # maintenance of the previous version is no failure
        decided = plan(now, listed(self.flink, self.application), bad)
        if isinstance(decided, Stay):
            return decided.reason
        self._stop(now)
        update = self._configuration(decided)
        self.say(f"restoring the code and configuration of {decided.version}")
        self.flink.update_application(
            ApplicationName=self.application,
            CurrentApplicationVersionId=self.now().version_id,
            ApplicationConfigurationUpdate=cast("Any", update),
        )
        self.until("stopped")
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
        self.until_started()
        return f"rolled back from {bad} to {decided.version} with snapshot {decided.snapshot.name}"

    def _stop(self, now: Application) -> None:
        """Stop the job by force. In some statuses the service refuses that, so wait first."""
        if meaning(now.status).phase == "stopped":
            return
        if not meaning(now.status).force_stop:
            now = self.until_stoppable()
        if meaning(now.status).force_stop:
            self.say(f"stopping {now.version or now.code_key} by force")
            self.stop(force=True)
            self.until("stopped")

    def _configuration(self, to: Return) -> Update:
        """Give the update that restores the configuration of the snapshot's version."""
        answer = self.flink.describe_application_version(
            ApplicationName=self.application,
            ApplicationVersionId=to.snapshot.application_version_id,
        )
        detail = cast("Mapping[str, Any]", answer["ApplicationVersionDetail"])
        return as_update(detail["ApplicationConfigurationDescription"])
