"""boto3 clients of the local cloud: for an account, or with a role's own credentials.

The clients come from `localstack-client`. They work with any server that has AWS's APIs on one
port: the project's own emulator, or a LocalStack that runs already.
"""

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, NamedTuple, Self, TypeAlias, TypedDict, cast
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.accounts import REGION
from local.emulator.patches.sts import SERVICE_HEADER, SOURCE_ARN_HEADER
from local.errors import LocalError
from stack.emulator import secret_for

AwsClient: TypeAlias = Any
"""A client that boto3 makes at run time from a service's model."""

SESSION_SECONDS: Final = 3600
"""How long a role's credentials are valid by default. AWS allows 15 minutes to 12 hours."""


class Credentials(TypedDict):
    """Temporary credentials, named like the arguments of boto3's clients."""

    aws_access_key_id: str
    aws_secret_access_key: str
    aws_session_token: str


class Identity(NamedTuple):
    """A session of a role, to sign with instead of an account's root user."""

    account: str
    credentials: Credentials


@dataclass(frozen=True)
class Clients:
    """Makes clients for one endpoint. It keeps one client for each service and account.

    The clients are thread-safe. With an `identity`, all clients sign as that role, and only its
    account is possible. Raises `LocalError` if `AWS_ENDPOINT_URL` names another endpoint, because
    localstack-client would use that endpoint without a warning.
    """

    endpoint: str
    region: str = REGION
    identity: Identity | None = None
    _kept: dict[tuple[str, str], Any] = field(
        default_factory=dict[tuple[str, str], Any], repr=False
    )

    def __post_init__(self) -> None:
        """Raise `LocalError` if `AWS_ENDPOINT_URL` differs from the argument."""
        given = os.environ.get("AWS_ENDPOINT_URL", "").strip()
        if given and given.rstrip("/") != self.endpoint.rstrip("/"):
            message = f"AWS_ENDPOINT_URL is {given}: unset it, or set it to {self.endpoint}"
            raise LocalError(message)

    def client(self, service: str, account: str) -> AwsClient:
        """Give the client of a service. It signs as the account's root user, or as the identity."""
        key = (service, account)
        if key not in self._kept:
            self._kept[key] = self._sign(service, account)
        return self._kept[key]

    def acting_as(self, account: str, credentials: Credentials) -> Self:
        """Give clients that sign only with a role's credentials, in that role's account."""
        return replace(self, identity=Identity(account, credentials), _kept={})

    def _sign(self, service: str, account: str) -> AwsClient:
        if self.identity is None:
            return self._make(service, account, secret_for(self.endpoint), None)
        if account != self.identity.account:
            message = f"{service} of {account}: these credentials are for {self.identity.account}"
            raise LocalError(message)
        return self.client_as(service, self.identity.credentials)

    def client_as(self, service: str, credentials: Credentials) -> AwsClient:
        """Give a client that signs with a role's credentials."""
        return self._make(
            service,
            credentials["aws_access_key_id"],
            credentials["aws_secret_access_key"],
            credentials["aws_session_token"],
        )

    def assume_role(
        self, role_arn: str, caller: str | Credentials, *, seconds: int = SESSION_SECONDS
    ) -> Credentials:
        """Assume a role as an account's root user, or as another role.

        Raises botocore's `ClientError` with `AccessDenied` if the role's trust policy doesn't allow
        the caller.
        """
        sts = (
            self.client("sts", caller) if isinstance(caller, str) else self.client_as("sts", caller)
        )
        answer = sts.assume_role(
            RoleArn=role_arn, RoleSessionName="local-cloud", DurationSeconds=seconds
        )
        return _credentials(answer)

    def service_credentials(
        self, role_arn: str, service: str, source_arn: str = "", *, seconds: int = SESSION_SECONDS
    ) -> Credentials:
        """Assume a service role as the service itself does, for the resource `source_arn`.

        `service` is the service principal (`kinesisanalytics.amazonaws.com`). The emulator enforces
        the role's trust policy, with its conditions on `aws:SourceAccount` and `aws:SourceArn`. It
        also enforces the role's policies for every request with these credentials. Raises
        `LocalError` in one line if the role doesn't exist or doesn't trust the service.
        """
        account = role_arn.split(":")[4]
        sts = self._make(
            "sts", account, secret_for(self.endpoint), None
        )  # a separate client, because the headers stay on it

        def announce(params: dict[str, Any], **_: object) -> None:
            params["headers"][SERVICE_HEADER] = service
            params["headers"][SOURCE_ARN_HEADER] = source_arn

        sts.meta.events.register("before-call.sts.AssumeRole", announce)
        session = service.removesuffix(".amazonaws.com")
        try:
            answer = sts.assume_role(
                RoleArn=role_arn, RoleSessionName=session, DurationSeconds=seconds
            )
        except (ClientError, BotoCoreError) as error:
            message = (
                f"{service} can't assume {role_arn} for {source_arn or 'no resource'}: {error}"
            )
            raise LocalError(message) from error
        return _credentials(answer)

    @cached_property
    def _host(self) -> str:
        return urlsplit(self.endpoint).netloc

    def _make(self, service: str, key: str, secret: str, token: str | None) -> AwsClient:
        session = _LOCALSTACK.Session(
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name=self.region,
            localstack_host=self._host,
        )
        return session.client(service, aws_session_token=token, config=_CONFIG)


_LOCALSTACK: Final[Any] = importlib.import_module("localstack_client.session")  # has no types
_CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 3},
    s3={"addressing_style": "path"},  # a bucket's host name doesn't resolve on one machine
)


def _credentials(answer: Mapping[str, Any]) -> Credentials:
    given = cast("Mapping[str, str]", answer["Credentials"])
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
