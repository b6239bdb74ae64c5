"""A delivery stream, read from the emulator's description."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, cast


@dataclass(frozen=True, kw_only=True)
class Http:
    """The HTTP endpoint, and how records are posted to it."""

    url: str
    attributes: Mapping[str, str]
    gzip: bool
    retry_seconds: int
    secret_arn: str | None
    backup_all: bool


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The bucket, and how objects are written to it."""

    name: str
    prefix: str
    error_prefix: str
    extension: str
    gzip: bool


@dataclass(frozen=True, kw_only=True)
class DeliveryStream:
    """The options of a delivery stream that a delivery needs."""

    name: str
    arn: str
    version: str
    role_arn: str
    source_arn: str
    since: datetime
    bucket: Bucket
    """The destination. For an HTTP endpoint, the bucket for backups and failed records."""
    http: Http | None = None
    function_arn: str | None = None
    function_retries: int = 3
    log: tuple[str, str] | None = field(default=None)
    """Log group and stream for errors."""

    @property
    def source(self) -> str:
        """Name of the stream that records are read from."""
        return self.source_arn.rpartition("/")[2]

    @classmethod
    def from_description(cls, described: Mapping[str, Any]) -> Self | None:
        """Read a DeliveryStreamDescription. None if its source or destination isn't supported."""
        source = described.get("Source", {}).get("KinesisStreamSourceDescription")
        destination = cast("Mapping[str, Any]", described["Destinations"][0])
        to = destination.get("ExtendedS3DestinationDescription")
        http = destination.get("HttpEndpointDestinationDescription")
        if source is None or (to is None and http is None):
            return None
        settings = cast("Mapping[str, Any]", to or http)
        bucket = cast("Mapping[str, Any]", to or settings["S3DestinationDescription"])
        function = _function(settings.get("ProcessingConfiguration", {}))
        logging = settings.get("CloudWatchLoggingOptions", {})
        return cls(
            name=described["DeliveryStreamName"],
            arn=described["DeliveryStreamARN"],
            version=described["VersionId"],
            role_arn=source["RoleARN"],
            source_arn=source["KinesisStreamARN"],
            since=source["DeliveryStartTimestamp"],
            bucket=_bucket(bucket),
            http=_http(settings) if http is not None else None,
            function_arn=function.get("LambdaArn"),
            function_retries=int(function.get("NumberOfRetries", 3)),
            log=(logging["LogGroupName"], logging["LogStreamName"])
            if logging.get("Enabled")
            else None,
        )


def _bucket(given: Mapping[str, Any]) -> Bucket:
    prefix: str = given.get("Prefix", "")
    return Bucket(
        name=given["BucketARN"].rpartition(":")[2],
        prefix=prefix,
        error_prefix=given.get("ErrorOutputPrefix") or f"{prefix}!{{firehose:error-output-type}}/",
        extension=given.get("FileExtension", ""),
        gzip=given.get("CompressionFormat") == "GZIP",
    )


def _http(given: Mapping[str, Any]) -> Http:
    asked = given.get("RequestConfiguration", {})
    secret = given.get("SecretsManagerConfiguration", {})
    return Http(
        url=given["EndpointConfiguration"]["Url"],
        attributes={
            each["AttributeName"]: each["AttributeValue"]
            for each in asked.get("CommonAttributes", [])
        },
        gzip=asked.get("ContentEncoding") == "GZIP",
        retry_seconds=given.get("RetryOptions", {}).get("DurationInSeconds", 300),
        secret_arn=secret.get("SecretARN") if secret.get("Enabled") else None,
        backup_all=given.get("S3BackupMode") == "AllData",
    )


def _function(processing: Mapping[str, Any]) -> Mapping[str, str]:
    """Give the parameters of the Lambda processor. Empty if there is none."""
    if not processing.get("Enabled"):
        return {}
    for processor in processing.get("Processors", []):
        if processor["Type"] == "Lambda":
            return {
                each["ParameterName"]: each["ParameterValue"] for each in processor["Parameters"]
            }
    return {}
