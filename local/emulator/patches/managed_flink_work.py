"""Managed Flink: what the service does with an application by itself.

On AWS a running application is `AUTOSCALING` while the service changes its parallelism, and in
`MAINTENANCE` while the service patches and restarts it. Both come at any time. Meanwhile the calls
that need another status are refused, and the work is listed among the application's operations. The
emulator does neither, and doesn't know maintenance: `test_maintenance_is_unknown`.

Here a test or a person begins and ends such work with `BeginServiceWork` and `EndServiceWork`. Both
are no calls of AWS. Only the account's root user, who has the run's secret, may make them. AWS's
texts don't give the names of these operations. A roll-out must not depend on them.
"""

import importlib
import time
import uuid
from collections.abc import Mapping
from typing import Final

from local.emulator.patches import Module, answer_root
from local.emulator.patches.managed_flink import REFUSED, SERVICE_WORK, Asked, Handler
from local.emulator.patches.managed_flink_records import Record, conclude, operations

NAMES: Final[Mapping[str, str]] = {
    "AUTOSCALING": "ApplicationAutoscaling",
    "MAINTENANCE": "ApplicationMaintenance",
}
"""The operations of the service's work, by the status of the application meanwhile."""


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    flink: Module = importlib.import_module("ministack.services.kinesisanalyticsv2")
    calls = {"BeginServiceWork": _begin(flink), "EndServiceWork": _end(flink)}
    flink.handle_request = answer_root(flink.handle_request, calls, flink._error)


def _begin(flink: Module) -> Handler:
    """Give the handler that begins work, `AUTOSCALING` or `MAINTENANCE`, on a running job."""

    def begin(asked: Asked) -> object:
        name, status = asked["ApplicationName"], asked["Status"]
        record: Record | None = flink._get(name)
        if record is None:
            return flink._not_found(name)
        if status not in SERVICE_WORK:
            allowed = " or ".join(sorted(SERVICE_WORK))
            return flink._error("InvalidArgumentException", f"given {status}; allowed: {allowed}")
        if record["ApplicationStatus"] != "RUNNING":
            message = f"{status} can't begin while it is {record['ApplicationStatus']}."
            return flink._error(REFUSED, message)
        conclude(record)
        record["ApplicationStatus"] = status
        operations(record).append(
            {
                "OperationId": uuid.uuid4().hex,
                "Operation": NAMES[status],
                "OperationStatus": "IN_PROGRESS",
                "StartTime": time.time(),
            }
        )
        return flink.json_response({})

    return begin


def _end(flink: Module) -> Handler:
    """Give the handler that ends the work, as failed if the caller gives an `Error`.

    It changes nothing if a forced stop has ended the work before.
    """

    def end(asked: Asked) -> object:
        record: Record | None = flink._applications.get(asked["ApplicationName"])
        if record and record["ApplicationStatus"] in SERVICE_WORK:
            error = asked.get("Error")
            work = operations(record)[-1]
            work |= {"OperationStatus": "FAILED" if error else "SUCCESSFUL", "EndTime": time.time()}
            if error:
                work["OperationFailureDetails"] = {"ErrorInfo": {"ErrorString": error}}
            record["ApplicationStatus"] = "RUNNING"
        return flink.json_response({})

    return end
