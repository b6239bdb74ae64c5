"""Tells the emulator's Managed Flink what becomes of the jobs that run here.

The calls are in `local/emulator/patches/managed_flink.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from local.clients import Clients
from local.private_calls import PrivateCalls

Outcome: TypeAlias = Literal["RUNNING", "FAILED", "STOPPED"]
ServiceWork: TypeAlias = Literal["AUTOSCALING", "MAINTENANCE"]


@dataclass(frozen=True, kw_only=True)
class JobReport:
    """What became of an application's job."""

    application: str
    version: int | None
    """`ApplicationVersionId` that the job was started for. None if none was."""
    outcome: Outcome
    """`FAILED` means that the job could not be started."""
    error: str | None = None
    """Why it could not be started, in one line."""
    start: int = 0
    """Number of the start. With it, a second start with the same outcome is another report."""


class ControlPlane:
    """Calls of the host of an account's applications."""

    def __init__(self, clients: Clients, account: str) -> None:
        """Set the account. This calls nothing."""
        self._calls = PrivateCalls(
            clients, account, "KinesisAnalytics_20180523", "kinesisanalytics"
        )

    def host(self, names: Iterable[str]) -> bool:
        """Announce that these applications' jobs run here, and no others'. Give whether it knows.

        Without an announcement the emulator ends each status by itself.
        """
        return self._calls.make("HostApplications", {"ApplicationNames": sorted(names)})

    def report(self, report: JobReport) -> bool:
        """Report a job. Give whether the emulator has taken the report."""
        told: dict[str, Any] = {
            "ApplicationName": report.application,
            "ApplicationVersionId": report.version,
            "State": report.outcome,
            "Error": report.error,
        }
        return self._calls.make(
            "ReportJob", {key: value for key, value in told.items() if value is not None}
        )

    def report_snapshots(self, application: str, savepoints: Mapping[str, str | None]) -> bool:
        """Report an application's snapshots. Give whether the emulator has taken the report.

        `savepoints` has the URI of each snapshot's state, or None if it has no state.
        """
        told = {
            "ApplicationName": application,
            "Ready": [name for name, at in savepoints.items() if at],
            "Failed": [name for name, at in savepoints.items() if not at],
        }
        return self._calls.make("ReportSnapshots", told)

    def begin_work(self, name: str, status: ServiceWork) -> bool:
        """Let the service begin work on a running application. Give whether it has begun."""
        return self._calls.make("BeginServiceWork", {"ApplicationName": name, "Status": status})

    def end_work(self, name: str, error: str | None = None) -> bool:
        """End the service's work, as failed with this error if one is given."""
        told = {"ApplicationName": name} | ({"Error": error} if error else {})
        return self._calls.make("EndServiceWork", told)
