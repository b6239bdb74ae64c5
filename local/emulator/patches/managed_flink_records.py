"""Managed Flink: the operations on an application, and its versions.

AWS lists the operations on an application and describes each, with the error of a failed one. The
AWS provider waits for them, and a roll-out is judged by them. The emulator gives ids of operations
and supports neither call: `test_operations_are_not_described`, `test_operations_are_not_listed`.

AWS describes each version of an application. A roll-back restores the configuration of an earlier
one. The emulator keeps only the last: `test_versions_are_not_described`.
"""

import importlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from common.application_status import meaning
from local.emulator.patches import Module
from local.emulator.patches.managed_flink import HOST_CALLS

OK: Final = 200
PAGE: Final = 50
"""Operations in an answer, if no limit is given. It is also the largest limit."""

OPERATIONS: Final = ("StartApplication", "StopApplication", "UpdateApplication")
"""The calls that are recorded as an operation."""

CHANGES: Final = (
    "CreateApplication",
    "UpdateApplication",
    "AddApplicationCloudWatchLoggingOption",
    "DeleteApplicationCloudWatchLoggingOption",
)
"""The calls that make a version."""

Asked: TypeAlias = Mapping[str, Any]
Handler: TypeAlias = Callable[[Asked], Any]
Record: TypeAlias = dict[str, Any]


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    flink: Module = importlib.import_module("ministack.services.kinesisanalyticsv2")
    handlers: dict[str, Handler] = flink._HANDLERS
    for call in OPERATIONS:
        handlers[call] = _recording(flink, call, handlers[call])
    for call in CHANGES:
        handlers[call] = _keeping(flink, handlers[call])
    for call in HOST_CALLS:
        handlers[call] = _following(flink, handlers[call])
    handlers["ListApplicationOperations"] = _with(flink, _list)
    handlers["DescribeApplicationOperation"] = _with(flink, _describe)
    handlers["DescribeApplicationVersion"] = _with(flink, _version)


def _recording(flink: Module, call: str, serve: Handler) -> Handler:
    """Give the handler that records the call as an operation, if it is served."""

    def handle(asked: Asked) -> object:
        before = flink._applications.get(asked.get("ApplicationName"))
        version = before and before["ApplicationVersionId"]
        answer = serve(asked)
        if answer[0] != OK:
            return answer
        record: Record = flink._applications[asked["ApplicationName"]]
        for earlier in operations(record):
            if earlier["OperationStatus"] == "IN_PROGRESS":  # a forced stop ends it
                earlier |= {"OperationStatus": "CANCELLED", "EndTime": time.time()}
        operation = {
            "OperationId": json.loads(answer[2])["OperationId"],
            "Operation": call,
            "OperationStatus": "IN_PROGRESS",
            "StartTime": time.time(),
        }
        if version != record["ApplicationVersionId"]:
            operation["ApplicationVersionChangeDetails"] = {
                "ApplicationVersionUpdatedFrom": version,
                "ApplicationVersionUpdatedTo": record["ApplicationVersionId"],
            }
        operations(record).append(operation)
        conclude(record)
        return answer

    return handle


def conclude(record: Record) -> None:
    """Give the last operation the status that follows from the application's."""
    if not (found := operations(record)):
        return
    last, failure = found[-1], record.pop("_Failure", None)
    status = meaning(record["ApplicationStatus"])
    if status.phase == "starting":  # a host takes over an application that counted as running
        last["OperationStatus"] = "IN_PROGRESS"
    elif last["OperationStatus"] == "IN_PROGRESS" and not status.settles:
        last |= {"OperationStatus": "FAILED" if failure else "SUCCESSFUL", "EndTime": time.time()}
        if failure:
            last["OperationFailureDetails"] = {"ErrorInfo": {"ErrorString": failure}}


def _following(flink: Module, serve: Handler) -> Handler:
    """Give the handler that concludes the operations after a host's call."""

    def handle(asked: Asked) -> object:
        answer = serve(asked)
        for name in asked.get("ApplicationNames", [asked.get("ApplicationName")]):
            if record := flink._applications.get(name):
                conclude(record)
        return answer

    return handle


def _keeping(flink: Module, serve: Handler) -> Handler:
    """Give the handler that keeps the description of the version that the call makes."""

    def handle(asked: Asked) -> object:
        answer = serve(asked)
        if answer[0] == OK:
            record: Record = flink._applications[asked["ApplicationName"]]
            detail = flink.application_detail(record)
            record.setdefault("_Versions", {})[detail["ApplicationVersionId"]] = detail
        return answer

    return handle


def _with(flink: Module, answer: Callable[[Module, Record, Asked], Any]) -> Handler:
    """Give the handler of a call that reads an application's records."""

    def handle(asked: Asked) -> object:
        record = flink._get(asked.get("ApplicationName"))
        if record is None:
            return flink._not_found(asked.get("ApplicationName"))
        conclude(record)
        return answer(flink, record, asked)

    return handle


def _list(flink: Module, record: Record, asked: Asked) -> object:
    """List operations, the newest first."""
    members = ("OperationId", "Operation", "OperationStatus", "StartTime", "EndTime")
    wanted = {key: asked[key] for key in ("Operation", "OperationStatus") if key in asked}
    found = [
        {key: each[key] for key in members if key in each}
        for each in reversed(operations(record))
        if wanted.items() <= each.items()
    ]
    start, limit = int(asked.get("NextToken") or 0), int(asked.get("Limit") or PAGE)
    told: Record = {"ApplicationOperationInfoList": found[start : start + limit]}
    if start + limit < len(found):
        told["NextToken"] = str(start + limit)
    return flink.json_response(told)


def _describe(flink: Module, record: Record, asked: Asked) -> object:
    """Describe one operation. The model requires a time of its end, also before the end."""
    for each in operations(record):
        if each["OperationId"] == asked.get("OperationId"):
            told = {"EndTime": time.time(), **each}
            del told["OperationId"]
            return flink.json_response({"ApplicationOperationInfoDetails": told})
    message = f"Operation {asked.get('OperationId')} of {record['ApplicationName']} is not found."
    return flink._error("ResourceNotFoundException", message)


def _version(flink: Module, record: Record, asked: Asked) -> object:
    """Describe one version, with its status as of now if it is the current one."""
    wanted = asked.get("ApplicationVersionId")
    if wanted == record["ApplicationVersionId"]:
        detail = flink.application_detail(record)
    else:
        detail = record.get("_Versions", {}).get(wanted)
    if detail is None:
        message = f"Version {wanted} of {record['ApplicationName']} is not found."
        return flink._error("ResourceNotFoundException", message)
    return flink.json_response({"ApplicationVersionDetail": detail})


def operations(record: Record) -> list[Record]:
    """Give the operations on an application, in the order in which they began."""
    return record.setdefault("_Operations", [])
