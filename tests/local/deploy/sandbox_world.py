"""Names of the sandbox stack, and its application's description, for tests."""

from collections.abc import Mapping
from typing import Any, cast

from local.accounts import WORKLOAD
from local.cloud import LocalCloud

APPLICATION = "stocktrading-analytics"

ARN = f"arn:aws:kinesisanalytics:us-east-1:{WORKLOAD}:application/{APPLICATION}"

STREAMS = (
    "stocktrading-dead-letter-stream",
    "stocktrading-ingest-stream",
    "stocktrading-results-stream",
)


def describe(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give the application's description."""
    answer = cloud.client("kinesisanalyticsv2").describe_application(ApplicationName=APPLICATION)
    return cast("Mapping[str, Any]", answer["ApplicationDetail"])


def names_of_buckets(cloud: LocalCloud) -> list[str]:
    """Give the names of the workload account's buckets."""
    return [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]
