"""An application as Managed Flink describes it, and the operations that the service records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

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


def last_operation(flink: KinesisAnalyticsV2Client, name: str) -> Operation | None:
    """Read the last operation that began. None if there was none."""
    found = flink.list_application_operations(ApplicationName=name)
    listed = cast("list[dict[str, Any]]", found.get("ApplicationOperationInfoList", []))
    if not listed:
        return None
    newest = max(listed, key=lambda one: one["StartTime"])
    operation, status = newest["Operation"], newest["OperationStatus"]
    if status not in {"FAILED", "CANCELLED"}:
        ended = newest.get("EndTime") if status == "SUCCESSFUL" else None
        return Operation(name=operation, status=status, ended=ended)
    detail = flink.describe_application_operation(
        ApplicationName=name, OperationId=newest["OperationId"]
    )
    told = cast("Mapping[str, Any]", detail["ApplicationOperationInfoDetails"])
    reason = told.get("OperationFailureDetails", {}).get("ErrorInfo", {}).get("ErrorString")
    return Operation(name=operation, status=status, error=reason)


def code(error: ClientError) -> str:
    """Give the code of a service's error."""
    return str(error.response.get("Error", {}).get("Code", ""))
