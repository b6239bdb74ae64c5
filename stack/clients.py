"""Clients for the services of a stack, with the credentials of its outputs or the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from stack.outputs import Outputs


def client(outputs: Outputs, service: str) -> Any:  # noqa: ANN401 -- the caller names the type
    """Make boto3's client of a service, such as `kinesis`, for a stack."""
    key, secret = outputs.credentials() or (None, None)
    sdk: Any = boto3
    return sdk.client(
        service,
        region_name=outputs.region,
        endpoint_url=outputs.endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )
