"""The AWS provider of a stack: its account, region and tags, and an emulator if one is set."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base.place import StackPlace
from stack.emulator import secret_for

ENDPOINTS: Final[Mapping[str, Sequence[str]]] = {
    "athena": ["athena"],
    "chatbot": ["chatbot"],
    "cloudwatch": ["cloudwatch", "eventbridge", "logs"],
    "codebuild": ["codebuild"],
    "codeconnections": ["codeconnections"],
    "codepipeline": ["codepipeline"],
    "glue": ["glue"],
    "iam": ["iam"],
    "kinesis": ["firehose", "kinesis"],
    "kinesisanalyticsv2": ["kinesisanalyticsv2"],
    "kms": ["kms"],
    "lambda": ["lambda_"],
    "s3": ["s3", "s3control"],  # the provider reads and writes a bucket's tags by S3 Control
    "secretsmanager": ["secretsmanager"],
    "sns": ["sns"],
}
"""Services that the provider calls for the resources of each module of pulumi-aws."""

SERVICES: Final = ("sts", *chain.from_iterable(ENDPOINTS.values()))
"""Services that the stacks use. An emulator answers for all of them."""


def provider(name: str, place: StackPlace, *, assume: str | None = None) -> aws.Provider:
    """Make the provider that every component of the stack uses.

    The provider refuses credentials of another account before anything is made. `assume` is the ARN
    of a role that it assumes first. It puts the place's tags on every resource. For an emulator,
    the access key is the account's id if no role is assumed.
    """
    base = {"Project": pulumi.get_project(), "Stack": pulumi.get_stack(), "ManagedBy": "Pulumi"}
    emulator = place.endpoint is not None
    return aws.Provider(
        name,
        region=place.region,
        profile=None if assume else place.profile,
        allowed_account_ids=[place.account_id],
        # This must be an object and not a dict. A provider's inputs are sent as JSON, and the SDK
        # does not translate the keys of a dict.
        assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=assume, session_name=pulumi.get_stack())]
        if assume
        else None,
        default_tags={"tags": base | dict(place.tags)},
        endpoints=[aws.ProviderEndpointArgs(**dict.fromkeys(SERVICES, place.endpoint))]
        if emulator
        else None,
        # To assume a role, the environment's credentials are used, not those of the account's root.
        access_key=place.account_id if emulator and not assume else None,
        secret_key=secret_for(place.endpoint) if place.endpoint and not assume else None,
        s3_use_path_style=emulator or None,
        skip_metadata_api_check=emulator or None,
    )
