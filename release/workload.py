"""The workload stack of a release: its outputs, and clients for its account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from stack.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client

SESSION_SECONDS: Final = 3600
"""The longest session of a role that another role assumes (STS, role chaining)."""

CONFIG: Final = Config(
    connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 5}
)


@dataclass(frozen=True)
class Workload:
    """Clients for a workload stack's account."""

    outputs: Outputs
    role_arn: str | None = None
    """The role to assume. None if the environment's credentials are of the workload account."""

    @property
    def application(self) -> str:
        """Name of the application."""
        return self.outputs.application_name

    @cached_property
    def flink(self) -> KinesisAnalyticsV2Client:
        """Managed Flink."""
        return self._client("kinesisanalyticsv2")

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        """CloudWatch."""
        return self._client("cloudwatch")

    @cached_property
    def kinesis(self) -> KinesisClient:
        """Kinesis."""
        return self._client("kinesis")

    def _client(self, service: str) -> Any:  # noqa: ANN401 -- the properties declare the types
        return _client(self._session, service, self.outputs.endpoint)

    @cached_property
    def _session(self) -> boto3.Session:
        at_hand = self._credentials_at_hand
        if self.role_arn is None:
            return at_hand
        answer = _client(at_hand, "sts", self.outputs.endpoint).assume_role(
            RoleArn=self.role_arn,
            RoleSessionName="stocktrading-release",
            DurationSeconds=SESSION_SECONDS,
        )
        given = answer["Credentials"]
        return boto3.Session(
            region_name=self.outputs.region,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    @property
    def _credentials_at_hand(self) -> boto3.Session:
        key, secret = self.outputs.credentials() or (None, None)
        return boto3.Session(
            region_name=self.outputs.region, aws_access_key_id=key, aws_secret_access_key=secret
        )


def _client(session: Any, service: str, endpoint: str | None) -> Any:  # noqa: ANN401 -- of any service
    return session.client(service, endpoint_url=endpoint, config=CONFIG)
