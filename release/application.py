"""An application as Managed Flink describes it, and the operations that the service records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from common.releases import version_of_key
from job.properties import GROUP
from release.evidence import Operation

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client


@dataclass(frozen=True, kw_only=True)
class Application:
    """The state of an application at one moment."""

    name: str
    status: str
    version_id: int
    """`ApplicationVersionId`. Each change raises it by one."""
    bucket_arn: str | None
    """Bucket of its archive."""
    code_key: str | None
    updated: datetime
    """The time of its last change, with a time zone."""
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """The property groups, by their ids."""

    @property
    def properties(self) -> Mapping[str, str]:
        """The job's properties."""
        return self.groups.get(GROUP, {})

    @property
    def version(self) -> str | None:
        """The version of the job that it is configured to run."""
        return version_of_key(self.code_key)


CALLS: Final = frozenset(
    {"RollbackApplication", "StartApplication", "StopApplication", "UpdateApplication"}
)
"""The calls that the service records as an operation, by the name of the call."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What the service has recorded of an application's operations."""

    last: Operation | None
    """The last operation of a call that began. None if there was none."""
    ended: datetime | None
    """When the last successful operation ended, the service's own included, with a time zone."""


def code_of(description: Mapping[str, Any]) -> Mapping[str, str]:
    """Give the location of the archive in a description of an application's configuration."""
    return (
        description.get("ApplicationCodeConfigurationDescription", {})
        .get("CodeContentDescription", {})
        .get("S3ApplicationCodeLocationDescription", {})
    )


def parse(detail: Mapping[str, Any]) -> Application:
    """Read `DescribeApplication`'s `ApplicationDetail`."""
    configuration = detail.get("ApplicationConfigurationDescription", {})
    code = code_of(configuration)
    groups = configuration.get("EnvironmentPropertyDescriptions", {})
    described = {
        group["PropertyGroupId"]: group["PropertyMap"]
        for group in groups.get("PropertyGroupDescriptions", [])
    }
    return Application(
        name=detail["ApplicationName"],
        status=detail["ApplicationStatus"],
        version_id=detail["ApplicationVersionId"],
        bucket_arn=code.get("BucketARN"),
        code_key=code.get("FileKey"),
        updated=detail.get("LastUpdateTimestamp") or detail["CreateTimestamp"],
        groups=described,
    )


def describe(flink: KinesisAnalyticsV2Client, name: str) -> Application | None:
    """Read an application. None if it doesn't exist."""
    try:
        answer = flink.describe_application(ApplicationName=name)
    except ClientError as error:
        if code(error) == "ResourceNotFoundException":
            return None
        raise
    return parse(cast("Mapping[str, Any]", answer["ApplicationDetail"]))


def recorded(flink: KinesisAnalyticsV2Client, name: str) -> Recorded:
    """Read what the service has recorded of an application's operations.

    The service also records what it does by itself, such as maintenance. That says nothing about a
    roll-out, so only the operations of calls are judged.
    """
    pages = flink.get_paginator("list_application_operations").paginate(ApplicationName=name)
    listed = [
        cast("Mapping[str, Any]", one)
        for page in pages
        for one in page.get("ApplicationOperationInfoList", [])
    ]
    ends = [
        one["EndTime"]
        for one in listed
        if one["OperationStatus"] == "SUCCESSFUL" and "EndTime" in one
    ]
    made = [one for one in listed if one["Operation"] in CALLS]
    newest = max(made, key=lambda one: one["StartTime"], default=None)
    return Recorded(
        last=_operation(flink, name, newest) if newest else None, ended=max(ends, default=None)
    )


def _operation(flink: KinesisAnalyticsV2Client, name: str, listed: Mapping[str, Any]) -> Operation:
    """Read an operation, with the error of a failed one."""
    operation, status = listed["Operation"], listed["OperationStatus"]
    if status not in {"FAILED", "CANCELLED"}:
        return Operation(name=operation, status=status)
    detail = flink.describe_application_operation(
        ApplicationName=name, OperationId=listed["OperationId"]
    )
    told = cast("Mapping[str, Any]", detail["ApplicationOperationInfoDetails"])
    reason = told.get("OperationFailureDetails", {}).get("ErrorInfo", {}).get("ErrorString")
    return Operation(name=operation, status=status, error=reason)


def code(error: ClientError) -> str:
    """Give the code of a service's error."""
    return str(error.response.get("Error", {}).get("Code", ""))
