"""The secret of a destination: an existing one, or one made from the stack's configuration."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base.iam import Grant, Text
from components.base.names import Names
from components.delivery.destinations import Destination, Redshift, Splunk
from components.storage.key import Key


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The secret in a delivery's configuration, and the grants that its role needs for it."""

    secret_arn: Text
    grants: tuple[Grant, ...]


def credentials(  # noqa: PLR0913 -- name, arguments, options and what it is wired to
    name: str,
    destination: Destination,
    value: pulumi.Output[str] | None,
    *,
    key: Key,
    names: Names,
    opts: pulumi.ResourceOptions,
) -> Credentials | None:
    """Find or make the secret of a destination; None if it has none.

    `value` is the stack's own secret. It goes only to Secrets Manager. Firehose gets a reference.
    """
    given = getattr(destination, "secret_arn", None)
    if given is not None:
        arn: Text = given
    elif value is not None:
        arn = _make(name, _document(destination, value), key, names, opts)
    else:
        return None
    read = Grant(actions=["secretsmanager:GetSecretValue"], resources=[arn])
    return Credentials(secret_arn=arn, grants=(read, key.decrypts("secretsmanager")))


def _document(destination: object, value: pulumi.Output[str]) -> pulumi.Output[str]:
    """Give the JSON that Firehose expects in the secret of this kind of destination."""
    if isinstance(destination, Redshift):
        return pulumi.Output.json_dumps({"username": destination.username, "password": value})
    field = "hec_token" if isinstance(destination, Splunk) else "api_key"
    return pulumi.Output.json_dumps({field: value})


def _make(
    name: str,
    document: pulumi.Output[str],
    key: Key,
    names: Names,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    secret = aws.secretsmanager.Secret(
        f"{name}-secret",
        name=f"{names.prefix}/sink",
        description="Credentials for the destination of the results",
        kms_key_id=key.arn,
        opts=opts,
    )
    version = aws.secretsmanager.SecretVersion(
        f"{name}-secret-value",
        secret_id=secret.id,
        secret_string=pulumi.Output.secret(document),
        opts=opts,
    )
    # Use the ARN from the secret's version, so that Pulumi writes the value before it makes the
    # Firehose stream: Firehose reads the secret's value at its creation.
    return version.secret_id
