"""Start a stopped application from the state that its stack's configuration names.

`pulumi up` starts an application only when it creates it, or when `flink.start` changes. It updates
a stopped one and leaves it stopped (terraform-provider-aws, issue 45687).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.application_status import meaning
from release.snapshots import listed

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.type_defs import ApplicationRestoreConfigurationTypeDef

    from release.waiting import Waiting


@dataclass(frozen=True, kw_only=True)
class Start:
    """A start that was asked for."""

    waiting: Waiting
    flink: Mapping[str, Any]
    """`flink` of the stack's file; empty for the defaults."""
    say: Callable[[str], None] = lambda _: None

    def run(self) -> str:
        """Start the application if it is stopped, wait until it runs, and say what was done.

        It stays stopped if the stack's file says so. Raises `ReleaseError` if it doesn't start.
        """
        name = self.waiting.application
        found = self.waiting.until_settled()
        version = found.version or found.code_key
        if meaning(found.status).phase != "stopped":
            return f"{name} is {found.status} with {version}: nothing to start"
        if self.flink.get("start") is False:
            return f"{name} stays stopped with {version}, as flink.start of the stack's file says"
        restore, words = self._restore()
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
        if wanted not in {"latest", "none"}:
            kind = "RESTORE_FROM_CUSTOM_SNAPSHOT"
            return {"ApplicationRestoreType": kind, "SnapshotName": wanted}, f"from {wanted}"
        ready = [
            each
            for each in listed(self.waiting.flink, self.waiting.application)
            if each.status == "READY"
        ]
        if wanted == "none" or not ready:
            why = "no snapshot exists" if wanted == "latest" else "as asked"
            skip = "SKIP_RESTORE_FROM_SNAPSHOT"
            return {"ApplicationRestoreType": skip}, f"without state: {why}"
        latest = "RESTORE_FROM_LATEST_SNAPSHOT"
        return {"ApplicationRestoreType": latest}, f"from the latest snapshot, {ready[-1].name}"
