"""The properties of a deployed job, and the rules that the recount uses for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from job.properties import GROUP, JobProperties, PropertyError
from oracle.verdict import Rules
from release.errors import ReleaseError

if TYPE_CHECKING:
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client


def read_properties(client: KinesisAnalyticsV2Client, application: str) -> JobProperties:
    """Read the job's properties from the application.

    Raises `ReleaseError` if this version of the project doesn't know them, and botocore's errors
    unchanged.
    """
    detail = client.describe_application(ApplicationName=application)["ApplicationDetail"]
    configuration = detail.get("ApplicationConfigurationDescription", {})
    groups = configuration.get("EnvironmentPropertyDescriptions", {})
    maps = {
        each["PropertyGroupId"]: each["PropertyMap"]
        for each in groups.get("PropertyGroupDescriptions", [])
    }
    try:
        return JobProperties.from_property_map(maps.get(GROUP, {}))
    except PropertyError as error:
        message = f"application {application}: {error}"
        raise ReleaseError(message) from error


def rules_of(properties: JobProperties) -> Rules:
    """Give the rules of a job with these properties."""
    return Rules(
        window_seconds=properties.window_seconds,
        more_windows=properties.windows[1:],
        slide_seconds=properties.slide_seconds,
        watermark_delay_seconds=properties.watermark_delay_seconds,
        idle_timeout_seconds=properties.idle_timeout_seconds,
        max_future_seconds=properties.max_future_seconds,
        output_format=properties.output_format,
    )
