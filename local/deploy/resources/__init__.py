"""The table of resource types: what the local cloud can make, each on the emulator by boto3.

A type that isn't here is an error that names it. Rows give the outputs that the real provider
gives, under its names.
"""

from collections.abc import Mapping
from typing import Final

from local.deploy.resources import (
    cloudwatch,
    codebuild,
    eventbridge,
    firehose,
    glue_athena,
    iam,
    kinesis,
    kinesisanalytics,
    kms,
    lambdas,
    logs,
    recorded_only,
    s3,
    secretsmanager,
    sns,
)
from local.deploy.resources.model import ResourceType

TYPES: Final[Mapping[str, ResourceType]] = {
    **kms.TYPES,
    **kinesis.TYPES,
    **s3.TYPES,
    **iam.TYPES,
    **logs.TYPES,
    **cloudwatch.TYPES,
    **sns.TYPES,
    **kinesisanalytics.TYPES,
    **firehose.TYPES,
    **lambdas.TYPES,
    **secretsmanager.TYPES,
    **eventbridge.TYPES,
    **codebuild.TYPES,
    **glue_athena.TYPES,
    **recorded_only.TYPES,
}
"""Type token to its row."""
