"""The workload stack of a release: its outputs, and clients for its account."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

import boto3
from botocore.config import Config

from release.errors import ReleaseError
from stack.emulator import secret_for

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kinesisanalyticsv2.client import KinesisAnalyticsV2Client

LOCAL_OUTPUTS: Final = Path(".local/sandbox.json")
"""The file to which the local cloud writes the outputs of its workload stack."""

CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")

SESSION_SECONDS: Final = 3600
"""The longest session of a role that another role assumes (STS, role chaining)."""

CONFIG: Final = Config(
    connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 5}
)


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The outputs of a workload stack that a release needs."""

    application: str
    region: str
    account_id: str
    ingest_stream: str
    results_stream: str
    endpoint: str | None = None
    """The emulator's endpoint. None on AWS."""

    @classmethod
    def parse(cls, text: str, origin: str) -> Self | None:
        """Read the text of `pulumi stack output --json`. None if the stack isn't deployed yet.

        Raises `ReleaseError` for any other text.
        """
        try:
            parsed = cast("object", json.loads(text))
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            message = f"{origin}: not what `pulumi stack output --json` prints"
            raise ReleaseError(message)
        outputs = cast("Mapping[str, object]", parsed)
        if not outputs:
            return None
        return cls(
            application=_text(outputs, "application_name", origin),
            region=_text(outputs, "region", origin),
            account_id=_text(outputs, "account_id", origin),
            ingest_stream=_text(outputs, "ingest_stream", origin),
            results_stream=_text(outputs, "results_stream", origin),
            endpoint=str(outputs["endpoint"]) if outputs.get("endpoint") else None,
        )

    @classmethod
    def of_stack(cls, stack: str) -> Self | None:
        """Read a stack's outputs with Pulumi's command line and the environment's credentials."""
        command = ["pulumi", "stack", "output", "--json", "--stack", stack]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            message = "the pulumi command isn't installed: install it, or give --outputs FILE"
            raise ReleaseError(message) from error
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            reason = lines[-1] if lines else f"exit code {done.returncode}"
            message = f"stack {stack}: pulumi says: {reason}"
            raise ReleaseError(message)
        return cls.parse(done.stdout, f"stack {stack}")

    @classmethod
    def of_file(cls, path: Path) -> Self | None:
        """Read a file of outputs."""
        if path == LOCAL_OUTPUTS and not path.exists():
            message = (
                f"{path} is missing: no local cloud was started here; start it with make demo, or "
                "name a stack with --stack NAME or --outputs FILE"
            )
            raise ReleaseError(message)
        try:
            return cls.parse(path.read_text("utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            message = f"{path}: can't be read; give the file of a workload stack's outputs"
            raise ReleaseError(message) from error


@dataclass(frozen=True)
class Workload:
    """Clients for a workload stack's account."""

    outputs: Outputs
    role_arn: str | None = None
    """The role to assume. None if the environment's credentials are of the workload account."""

    @property
    def application(self) -> str:
        """Name of the application."""
        return self.outputs.application

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
        signed_in = any(map(os.environ.get, CREDENTIALS))
        emulator = None if signed_in else self.outputs.endpoint
        return boto3.Session(
            region_name=self.outputs.region,
            aws_access_key_id=self.outputs.account_id if emulator else None,
            aws_secret_access_key=secret_for(emulator) if emulator else None,
        )


def _client(session: Any, service: str, endpoint: str | None) -> Any:  # noqa: ANN401 -- of any service
    return session.client(service, endpoint_url=endpoint, config=CONFIG)


def _text(outputs: Mapping[str, object], name: str, origin: str) -> str:
    value = outputs.get(name)
    if isinstance(value, str) and value:
        return value
    message = f"{origin}: {name}: given {value!r}; expected a workload stack's output"
    raise ReleaseError(message)
