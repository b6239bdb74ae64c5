"""Managed Flink: statuses that a job's host reports, and calls that are refused meanwhile.

On AWS an application is `STARTING`, `UPDATING` or `STOPPING` until its job runs or has ended, and
`READY` after a failed start. The emulator runs no job, so each of these statuses ends when it is
read: `test_a_status_ends_when_it_is_read`. Here a program that runs the jobs can announce itself as
the host of applications. The status of such an application then changes only by the host's reports.

AWS refuses a forced stop only in some statuses, and the emulator in more
(`test_a_stop_can_not_be_forced`). AWS refuses to change the logging of an application that is being
changed, and the emulator does not (`test_logging_changes_in_any_status`).

On AWS a snapshot is `CREATING` until its state is saved, and `FAILED` if it can't be. In the
emulator it is `READY` at once: `test_a_snapshot_is_ready_at_once`. Here a host reports this too.

The host's calls, `HostApplications`, `ReportJob` and `ReportSnapshots`, are no calls of AWS. Only
the account's root user, who has the run's secret, may make them.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from common.application_status import STATUSES, meaning
from local.emulator.patches import Module, answer_root

Asked: TypeAlias = Mapping[str, Any]
Handler: TypeAlias = Callable[[Asked], Any]

HOST_CALLS: Final = ("HostApplications", "ReportJob", "ReportSnapshots")

REFUSED: Final = "ResourceInUseException"

STATIC: Final = frozenset({"READY", "RUNNING"})
"""Statuses in which no operation is in progress."""

ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "StartApplication": frozenset({"READY"}),
    "UpdateApplication": STATIC,
    "DeleteApplication": STATIC,
    "AddApplicationCloudWatchLoggingOption": STATIC,
    "DeleteApplicationCloudWatchLoggingOption": STATIC,
    "StopApplication": frozenset({"RUNNING"}),
}
"""The statuses in which a call is served. In all others the call is refused as being in use.

AWS's texts give them for StopApplication. For the others they say only that an application can be
"not available for this operation", so this is the strict reading.
"""

SERVICE_WORK: Final = frozenset({"AUTOSCALING", "MAINTENANCE"})
"""The statuses that the service begins and ends by itself, whatever a host reports."""

FORCED: Final = frozenset(name for name, status in STATUSES.items() if status.force_stop)
"""The statuses in which a forced stop is served."""


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    flink: Module = importlib.import_module("ministack.services.kinesisanalyticsv2")
    for call, statuses in ALLOWED.items():
        flink._HANDLERS[call] = _guarded(flink, call, statuses)
    hosted = importlib.import_module("ministack.core.responses").AccountRegionScopedDict()
    flink._settle = _settling(flink._settle, hosted)
    flink._add_snapshot = _creating(flink._add_snapshot, hosted)
    flink._HANDLERS["HostApplications"] = _host(flink, hosted)
    flink._HANDLERS["ReportJob"] = _report(flink)
    flink._HANDLERS["ReportSnapshots"] = _report_snapshots(flink)
    calls = {call: _served_last(flink, call) for call in HOST_CALLS}
    flink.handle_request = answer_root(flink.handle_request, calls, flink._error)


def _served_last(flink: Module, call: str) -> Handler:
    """Give the handler of a call as it is when the call comes, with what later patches add."""

    def handle(asked: Asked) -> object:
        return flink._HANDLERS[call](asked)

    return handle


def _guarded(flink: Module, call: str, statuses: frozenset[str]) -> Handler:
    """Give the handler that refuses the call in any other status."""
    serve: Handler = flink._HANDLERS[call]

    def handle(asked: Asked) -> object:
        record = flink._get(asked.get("ApplicationName"))
        if record is None:
            return serve(asked)
        status = record["ApplicationStatus"]
        forced = call == "StopApplication" and bool(asked.get("Force"))
        if status not in (FORCED if forced else statuses):
            return flink._error(REFUSED, f"{call} isn't possible while it is {status}.")
        if forced:
            record["ApplicationStatus"] = "RUNNING"  # the emulator knows fewer statuses
        return serve(asked)

    return handle


def _settling(settle: Callable[[Any], None], hosted: Any) -> Callable[[Any], None]:  # noqa: ANN401 -- the emulator's class
    """Give the function that ends a status when it is read, if no host reports it."""

    def settle_unhosted(record: Any) -> None:  # noqa: ANN401 -- a record of the emulator
        if record["ApplicationName"] not in hosted:
            settle(record)

    return settle_unhosted


def _host(flink: Module, hosted: Any) -> Handler:  # noqa: ANN401 -- the emulator's class
    """Give the handler that notes the applications whose jobs the caller runs.

    It replaces the names of an earlier call. An application that counts as running has no job yet,
    so it is `STARTING` until its host reports.
    """

    def host_applications(asked: Asked) -> object:
        names = set(asked["ApplicationNames"])
        for name in set(hosted) - names:
            del hosted[name]
            for snapshot in flink._snapshots.get(name, {}).values():
                if snapshot["SnapshotStatus"] == "CREATING":  # nobody saves its state now
                    snapshot["SnapshotStatus"] = "FAILED"
        for name in names - set(hosted):
            record = flink._applications.get(name)
            if record and record["ApplicationStatus"] == "RUNNING":
                record["ApplicationStatus"] = "STARTING"
            hosted[name] = True
        return flink.json_response({})

    return host_applications


def _report(flink: Module) -> Handler:
    """Give the handler of a host's report.

    `State` is `RUNNING` or `FAILED` (with `Error`) for a start of that version, or `STOPPED`. A
    report that doesn't fit the application's status is about an earlier moment, and changes
    nothing.
    """

    def report_job(asked: Asked) -> object:
        record = flink._applications.get(asked["ApplicationName"])
        if record is None:  # it was deleted meanwhile
            return flink.json_response({})
        if record["ApplicationStatus"] in SERVICE_WORK:
            return flink.json_response({})
        phase = meaning(record["ApplicationStatus"]).phase
        current = asked.get("ApplicationVersionId") == record["ApplicationVersionId"]
        match asked["State"], phase:
            case "RUNNING", "starting" | "updating" if current:
                record["ApplicationStatus"] = "RUNNING"
            case "FAILED", "starting" | "updating" if current:
                record["ApplicationStatus"] = "READY"
                record["_Failure"] = asked["Error"]
            case "STOPPED", "stopping":
                record["ApplicationStatus"] = "READY"
            case _:
                pass
        return flink.json_response({})

    return report_job


def _creating(add: Callable[..., Any], hosted: Any) -> Callable[..., Any]:  # noqa: ANN401 -- the emulator's class
    """Give the function that adds a snapshot, whose state a host has yet to save."""

    def add_snapshot(record: Any, name: str, path: str | None, status: str = "READY") -> Any:  # noqa: ANN401 -- a record of the emulator
        creating = record["ApplicationName"] in hosted
        return add(record, name, path, status="CREATING" if creating else status)

    return add_snapshot


def _report_snapshots(flink: Module) -> Handler:
    """Give the handler of a host's report about snapshots.

    `Ready` has the names of those whose state is saved, and `Failed` of those that have none.
    """

    def report_snapshots(asked: Asked) -> object:
        snapshots: Mapping[str, Any] = flink._snapshots.get(asked["ApplicationName"], {})
        for status in ("Ready", "Failed"):
            for name in set(asked[status]) & set(snapshots):
                snapshots[name]["SnapshotStatus"] = status.upper()
        return flink.json_response({})

    return report_snapshots
