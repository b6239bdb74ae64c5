"""Managed Flink: the status of an application's operation.

AWS's DescribeApplicationOperation returns the status of the operation with a given id. The AWS
provider calls it after an update. The emulator returns ids of operations, but doesn't support
DescribeApplicationOperation: `test_operations_are_not_described`.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.emulator.patches import Module


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    flink: Module = importlib.import_module("ministack.services.kinesisanalyticsv2")
    flink._HANDLERS["DescribeApplicationOperation"] = _operation(flink)


def _operation(flink: Module) -> Callable[[Mapping[str, str]], Any]:
    """Give the handler of DescribeApplicationOperation.

    An operation is finished when the application's status isn't a transitional one.
    """

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
