"""The account of a provider, and the roles that it assumes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from local.deploy.lifecycle import failure
from local.deploy.resources.model import Cloud, Properties
from local.errors import LocalError

PROVIDER_TYPE: Final = "pulumi:providers:aws"


def acting(name: str, settings: Mapping[str, Any], cloud: Cloud) -> Cloud:
    """Give the cloud with the credentials of a provider that has these settings.

    Each role is assumed with the credentials of the previous role. Raises `LocalError` if a role
    can't be assumed, and if the provider doesn't allow the account.
    """
    for role in cast("Sequence[Mapping[str, str]]", settings.get("assumeRoles", [])):
        arn, clients = role["roleArn"], cloud.clients
        try:
            credentials = clients.assume_role(arn, cloud.account)
        except (ClientError, BotoCoreError) as error:
            raise failure(name, PROVIDER_TYPE, error) from error
        account = arn.split(":")[4]
        cloud = replace(cloud, account=account, clients=clients.acting_as(account, credentials))
    allowed = settings.get("allowedAccountIds")
    if allowed and cloud.account not in allowed:
        message = f"{name}: account {cloud.account}; allowed: {', '.join(allowed)}"
        raise LocalError(message)
    return cloud


def default_tags(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Give the tags that the provider adds to all resources that can have tags."""
    return settings.get("defaultTags", {}).get("tags", {})


def decoded(inputs: Mapping[str, Any]) -> Properties:
    """Give a provider's inputs as values. On the wire, an input that isn't a string is JSON."""
    return {key: _json(value) for key, value in inputs.items()}


def _json(value: object) -> Any:  # noqa: ANN401 -- any JSON value
    structured = isinstance(value, str) and value[:1] in {"[", "{"}
    return json.loads(value) if structured and isinstance(value, str) else value
