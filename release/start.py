"""Start a stopped application from the state that a person or its stack's configuration names.

`pulumi up` starts an application only when it creates it, or when `flink.start` changes. It updates
a stopped one and leaves it stopped (terraform-provider-aws, issue 45687).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.application_status import meaning
from job.properties import GROUP, KEYS
from release.errors import ReleaseError
from release.snapshots import Snapshot, listed

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.type_defs import (
        ApplicationRestoreConfigurationTypeDef,
        PropertyGroupTypeDef,
    )

    from release.application import Application
    from release.waiting import Waiting


@dataclass(frozen=True, kw_only=True)
class Start:
    """A start that was asked for."""

    waiting: Waiting
    flink: Mapping[str, Any]
    """`flink` of the stack's file; empty for the defaults."""
    snapshot: str | None = None
    """Name of the snapshot to go back to, instead of the state that the stack's file names."""
    position: str | None = None
    """Initial position from which a job without state reads again, instead of any state."""
    say: Callable[[str], None] = lambda _: None

    def run(self) -> str:
        """Start the application if it is stopped, wait until it runs, and say what was done.

        It stays stopped if the stack's file says so. Raises `ReleaseError` if it doesn't start, or
        runs although another state was asked for.
        """
        name = self.waiting.application
        found = self.waiting.until_settled()
        version = found.version or found.code_key
        if meaning(found.status).phase != "stopped":
            if self.snapshot or self.position:
                message = (
                    f"{name} is {found.status} with {version}. Nothing was changed. Stop it first: "
                    "stocktrading release stop"
                )
                raise ReleaseError(message)
            return f"{name} is {found.status} with {version}: nothing to start"
        if self.flink.get("start") is False:
            return f"{name} stays stopped with {version}, as flink.start of the stack's file says"
        restore, words = self._restore()
        if self.position:
            self._move(found, self.position)
            words = f"without state, reading from {self.position}"
        self.say(f"starting {version} {words}")
        self.waiting.flink.start_application(
            ApplicationName=name,
            RunConfiguration={
                "FlinkRunConfiguration": {
                    "AllowNonRestoredState": bool(self.flink.get("allow_non_restored_state"))
                },
                "ApplicationRestoreConfiguration": restore,
            },
        )
        self.waiting.until_started()
        return f"started {version} {words}"

    def _restore(self) -> tuple[ApplicationRestoreConfigurationTypeDef, str]:
        """Give the state to restore, and say it. Without a snapshot there is none."""
        wanted = str(self.flink.get("restore", "latest"))
        if self.position:
            wanted = "none"
        if self.snapshot:
            wanted = self._ready(self.snapshot)
        if wanted not in {"latest", "none"}:
            kind = "RESTORE_FROM_CUSTOM_SNAPSHOT"
            return {"ApplicationRestoreType": kind, "SnapshotName": wanted}, f"from {wanted}"
        ready = self._all_ready()
        if wanted == "none" or not ready:
            why = "no snapshot exists" if wanted == "latest" else "as asked"
            skip = "SKIP_RESTORE_FROM_SNAPSHOT"
            return {"ApplicationRestoreType": skip}, f"without state: {why}"
        latest = "RESTORE_FROM_LATEST_SNAPSHOT"
        return {"ApplicationRestoreType": latest}, f"from the latest snapshot, {ready[-1].name}"

    def _all_ready(self) -> list[Snapshot]:
        found = listed(self.waiting.flink, self.waiting.application)
        return [each for each in found if each.status == "READY"]

    def _ready(self, asked: str) -> str:
        """Return the snapshot's name if it can be restored. Raises `ReleaseError`."""
        ready = [each.name for each in self._all_ready()]
        if asked not in ready:
            allowed = ", ".join(ready[:-4:-1]) or "none, as there is no snapshot"
            message = (
                f"--from-snapshot: given {asked!r}; the newest that can be restored: {allowed}. "
                "stocktrading release snapshots lists all"
            )
            raise ReleaseError(message)
        return asked

    def _move(self, found: Application, position: str) -> None:
        """Set the job's initial position. An update replaces all groups, so it names all."""
        if not found.properties:
            message = f"{found.name} has no properties {GROUP}: deploy it first"
            raise ReleaseError(message)
        groups = {**found.groups, GROUP: {**found.properties, KEYS["initial_position"]: position}}
        given: list[PropertyGroupTypeDef] = [
            {"PropertyGroupId": name, "PropertyMap": properties}
            for name, properties in groups.items()
        ]
        self.waiting.flink.update_application(
            ApplicationName=found.name,
            CurrentApplicationVersionId=found.version_id,
            ApplicationConfigurationUpdate={
                "EnvironmentPropertyUpdates": {"PropertyGroups": given}
            },
        )
        self.waiting.until("stopped")
