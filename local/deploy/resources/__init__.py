"""The table of resource types that the local cloud can create on the emulator with boto3.

A type that isn't in the table is an error that names the type. The rows give the outputs of the
real provider, with the provider's names.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from components.access.provider_calls import PROVIDER_CALLS
from local.deploy.resources import (
    cloudwatch,
    codebuild,
    eventbridge,
    firehose,
    glue_athena,
    iam,
    iam_roles,
    kinesis,
    kinesisanalytics,
    kms,
    lambdas,
    logs,
    recorded_only,
    s3,
    s3_objects,
    secretsmanager,
    sns,
)
from local.deploy.resources.model import ResourceType
from local.deploy.resources.permissions import ARNS

_ROWS: Final[Mapping[str, ResourceType]] = {
    **kms.TYPES,
    **kinesis.TYPES,
    **s3.TYPES,
    **s3_objects.TYPES,
    **iam_roles.TYPES,
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

TYPES: Final[Mapping[str, ResourceType]] = {
    kind: replace(row, calls=PROVIDER_CALLS.get(kind), arns=ARNS.get(kind, ()))
    for kind, row in _ROWS.items()
}
"""Rows by type token."""
