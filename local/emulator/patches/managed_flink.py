"""Managed Flink: what an operation of an application came to.

AWS's DescribeApplicationOperation tells the status of an operation by its id, which the AWS
provider asks for after an update. The emulator gives ids, and doesn't know the call:
`test_operations_are_not_described`.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.emulator.patches import Module


def install() -> None:
    """Extend the emulator in this process; call it once, before it serves."""
    flink: Module = importlib.import_module("ministack.services.kinesisanalyticsv2")
    flink._HANDLERS["DescribeApplicationOperation"] = _operation(flink)


def _operation(flink: Module) -> Callable[[Mapping[str, str]], Any]:
    """Answer DescribeApplicationOperation: an operation is over when the status is settled."""

    def describe_application_operation(asked: Mapping[str, str]) -> object:
        record = flink._get(asked.get("ApplicationName"))
        if record is None:
            return flink._not_found(asked.get("ApplicationName"))
        busy = record["ApplicationStatus"] in flink._TRANSITIONAL
        now = time.time()
        told = {"Operation": "UpdateApplication", "StartTime": now, "EndTime": now}
        told["OperationStatus"] = "IN_PROGRESS" if busy else "SUCCESSFUL"
        return flink.json_response({"ApplicationOperationInfoDetails": told})

    return describe_application_operation
