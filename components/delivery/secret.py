"""The secret that a destination is opened with: an existing one, or one made of the stack's own."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base.iam import Grant, Text
from components.base.names import Names
from components.delivery.destinations import Destination, Redshift, Splunk
from components.storage.key import Key


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a delivery is configured with, and what its role may do."""

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
    """Find or make the secret of a destination; None where it has none.

    `value` is the stack's own secret, which goes to Secrets Manager and nowhere else: Firehose gets
    a reference.
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
    """Give the JSON that Firehose expects in a secret, by the kind of destination."""
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
        description="Opens the destination of the results",
        kms_key_id=key.arn,
        opts=opts,
    )
    version = aws.secretsmanager.SecretVersion(
        f"{name}-secret-value",
        secret_id=secret.id,
        secret_string=pulumi.Output.secret(document),
        opts=opts,
    )
    # The version's (an id that is the ARN): Firehose reads the value when it is made.
    return version.secret_id
