"""Firehose's configuration of each kind of destination, from arguments and wiring."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi_aws as aws
from pulumi import Input

from components.delivery.destinations import Http, OpenSearch, Redshift, Splunk

DATED: Final = "date=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
"""Part of the object keys: date and hour (UTC) of arrival at Firehose, as Hive partitions."""

LAMBDA_MIB: Final = "1"
"""MiB of records that a transformation gets at once. Lambda accepts and returns 6 MB at most."""

LAMBDA_SECONDS: Final = 60
"""Longest wait of records for the transformation, in seconds. The provider's default."""


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """The resources that a delivery uses for any destination."""

    noun: str
    """First part of its object keys in the bucket."""
    role_arn: Input[str]
    bucket_arn: Input[str]
    key_arn: Input[str]
    log_group: Input[str]
    log_stream: Input[str]
    buffer_seconds: int
    buffer_mib: int
    compression: Literal["GZIP", "UNCOMPRESSED"]
    transform_arn: Input[str] | None = None
    secret_arn: Input[str] | None = None

    @property
    def prefix(self) -> str:
        """Key prefix of delivered records."""
        return f"{self.noun}/{DATED}"

    @property
    def error_prefix(self) -> str:
        """Key prefix of records that could not be delivered or transformed, by reason."""
        return f"errors/{self.noun}/!{{firehose:error-output-type}}/{DATED}"

    @property
    def extension(self) -> str:
        """Ending of the keys."""
        return ".json.gz" if self.compression == "GZIP" else ".json"


def to_s3(
    wiring: Wiring,
) -> aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgsDict:
    """Store in the bucket."""
    return {
        "role_arn": wiring.role_arn,
        "bucket_arn": wiring.bucket_arn,
        "prefix": wiring.prefix,
        "error_output_prefix": wiring.error_prefix,
        "buffering_interval": wiring.buffer_seconds,
        "buffering_size": wiring.buffer_mib,
        "compression_format": wiring.compression,
        "file_extension": wiring.extension,
        "kms_key_arn": wiring.key_arn,
        "cloudwatch_logging_options": _logging(wiring),
        "processing_configuration": _processing(wiring),
    }


def to_http(
    wiring: Wiring, to: Http
) -> aws.kinesis.FirehoseDeliveryStreamHttpEndpointConfigurationArgsDict:
    """Post to an HTTP endpoint."""
    return {
        "url": to.url,
        "name": to.name,
        "role_arn": wiring.role_arn,
        "buffering_interval": to.buffer_seconds,
        "buffering_size": to.buffer_mib,
        "retry_duration": to.retry_seconds,
        "s3_backup_mode": "AllData" if to.backup == "all" else "FailedDataOnly",
        "s3_configuration": _bucket(wiring),
        "request_configuration": {
            "content_encoding": to.compression,
            "common_attributes": [
                {"name": name, "value": value} for name, value in to.attributes.items()
            ],
        },
        "cloudwatch_logging_options": _logging(wiring),
        "processing_configuration": _processing(wiring),
        "secrets_manager_configuration": _secret(wiring),
    }


def to_splunk(
    wiring: Wiring, to: Splunk
) -> aws.kinesis.FirehoseDeliveryStreamSplunkConfigurationArgsDict:
    """Send to Splunk's HTTP event collector."""
    return {
        "hec_endpoint": to.url,
        "hec_endpoint_type": to.hec_type,
        "hec_acknowledgment_timeout": to.acknowledgment_seconds,
        "buffering_interval": to.buffer_seconds,
        "buffering_size": to.buffer_mib,
        "retry_duration": to.retry_seconds,
        "s3_backup_mode": "AllEvents" if to.backup == "all" else "FailedEventsOnly",
        "s3_configuration": _bucket(wiring),
        "cloudwatch_logging_options": _logging(wiring),
        "processing_configuration": _processing(wiring, splunk=True),
        "secrets_manager_configuration": _secret(wiring),
    }


def to_opensearch(
    wiring: Wiring, to: OpenSearch
) -> aws.kinesis.FirehoseDeliveryStreamOpensearchConfigurationArgsDict:
    """Index in an OpenSearch domain."""
    built: aws.kinesis.FirehoseDeliveryStreamOpensearchConfigurationArgsDict = {
        "domain_arn": to.domain_arn,
        "index_name": to.index,
        "index_rotation_period": to.rotation,
        "role_arn": wiring.role_arn,
        "buffering_interval": to.buffer_seconds,
        "buffering_size": to.buffer_mib,
        "retry_duration": to.retry_seconds,
        "s3_backup_mode": "AllDocuments" if to.backup == "all" else "FailedDocumentsOnly",
        "s3_configuration": _bucket(wiring),
        "cloudwatch_logging_options": _logging(wiring),
        "processing_configuration": _processing(wiring),
    }
    if to.vpc is not None:
        built["vpc_config"] = {
            "role_arn": wiring.role_arn,
            "subnet_ids": to.vpc.subnet_ids,
            "security_group_ids": to.vpc.security_group_ids,
        }
    return built


def to_redshift(
    wiring: Wiring, to: Redshift
) -> aws.kinesis.FirehoseDeliveryStreamRedshiftConfigurationArgsDict:
    """Store in the bucket, and copy each object into a table."""
    gzip = " gzip" if wiring.compression == "GZIP" else ""
    built: aws.kinesis.FirehoseDeliveryStreamRedshiftConfigurationArgsDict = {
        "cluster_jdbcurl": to.jdbc_url,
        "data_table_name": to.table,
        "copy_options": f"json 'auto' timeformat 'auto'{gzip}",
        "role_arn": wiring.role_arn,
        "retry_duration": to.retry_seconds,
        "s3_configuration": _plain_bucket(wiring, f"{wiring.noun}/"),
        "s3_backup_mode": "Enabled" if to.backup == "all" else "Disabled",
        "cloudwatch_logging_options": _logging(wiring),
        "processing_configuration": _processing(wiring),
        "secrets_manager_configuration": _secret(wiring),
    }
    if to.columns is not None:
        built["data_table_columns"] = to.columns
    if to.backup == "all":
        built["s3_backup_configuration"] = _plain_bucket(wiring, "untransformed/")
    return built


# In the SDK, the parts that all destinations share have a separate type for each destination. The
# types have the same fields, so the functions below use Any.


def _bucket(wiring: Wiring) -> Any:  # noqa: ANN401
    """Give the bucket behind a destination, for failed records or for all records."""
    return {
        **_plain_bucket(wiring, wiring.prefix),
        "error_output_prefix": wiring.error_prefix,
    }


def _plain_bucket(wiring: Wiring, prefix: str) -> Any:  # noqa: ANN401
    """Give a bucket behind Redshift, where Firehose takes no expressions and no error prefix.

    Firehose adds the date and hour of arrival to the prefix: `yyyy/MM/dd/HH/`.
    """
    return {
        "role_arn": wiring.role_arn,
        "bucket_arn": wiring.bucket_arn,
        "prefix": prefix,
        "buffering_interval": wiring.buffer_seconds,
        "buffering_size": wiring.buffer_mib,
        "compression_format": wiring.compression,
        "kms_key_arn": wiring.key_arn,
        "cloudwatch_logging_options": _logging(wiring),
    }


def _logging(wiring: Wiring) -> Any:  # noqa: ANN401
    return {
        "enabled": True,
        "log_group_name": wiring.log_group,
        "log_stream_name": wiring.log_stream,
    }


def _processing(wiring: Wiring, *, splunk: bool = False) -> Any:  # noqa: ANN401
    if wiring.transform_arn is None:
        return None
    # The provider sends its defaults (3 retries, 60 seconds, 1 MB) and doesn't keep them in its
    # state. If they were given, each preview would show them as a change.
    parameters: dict[str, Input[str]] = {"LambdaArn": wiring.transform_arn}
    if splunk:
        parameters["BufferSizeInMBs"] = LAMBDA_MIB  # the default for Splunk is 0.25
    if wiring.buffer_seconds < LAMBDA_SECONDS:
        parameters["BufferIntervalInSeconds"] = str(wiring.buffer_seconds)
    processor = {
        "type": "Lambda",
        "parameters": [
            {"parameter_name": name, "parameter_value": value} for name, value in parameters.items()
        ],
    }
    return {"enabled": True, "processors": [processor]}


def _secret(wiring: Wiring) -> Any:  # noqa: ANN401
    if wiring.secret_arn is None:
        return None
    return {"enabled": True, "secret_arn": wiring.secret_arn, "role_arn": wiring.role_arn}
