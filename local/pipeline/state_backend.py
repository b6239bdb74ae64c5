"""The S3 backend in which the stand-in for Pulumi's command line stores states.

Keys and permissions are those of Pulumi's own S3 backend: one object for each stack under
`.pulumi/stacks/`, and a lock under `.pulumi/locks/` while a stack changes. The content of an object
has the local cloud's own format.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

ROOT: Final = ".pulumi"
ABSENT: Final = frozenset({"NoSuchKey", "404", "NotFound"})


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A stack as it is stored."""

    outputs: Mapping[str, Any]
    state: str
    """Text of the local cloud's state file. Empty before the first deployment."""

    @classmethod
    def empty(cls) -> Self:
        """Give a stack that was never deployed."""
        return cls(outputs={}, state="")


@dataclass(frozen=True, kw_only=True)
class StateBackend:
    """The states of a project's stacks in one bucket. Errors are `LocalError`s of one line."""

    s3: S3Client
    bucket: str
    project: str

    @classmethod
    def of_url(cls, s3: S3Client, url: str, project: str) -> Self:
        """Read the address that `pulumi login` gets: `s3://BUCKET?region=REGION`."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.path:
            message = f"backend {url!r}: allowed: s3://BUCKET?region=REGION"
            raise LocalError(message)
        return cls(s3=s3, bucket=parts.netloc, project=project)

    def stacks(self) -> list[str]:
        """Name the stored stacks."""
        prefix = f"{ROOT}/stacks/{self.project}/"
        with self._told("list"):
            answer = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        keys = [each.get("Key", "") for each in answer.get("Contents", [])]
        return [key.removeprefix(prefix).removesuffix(".json") for key in keys]

    def read(self, stack: str) -> Stored | None:
        """Read a stack. None if there is no stack with this name."""
        try:
            with self._told("read"):
                body = self.s3.get_object(Bucket=self.bucket, Key=self._key(stack))["Body"].read()
        except _AbsentError:
            return None
        return Stored(**cast("dict[str, Any]", json.loads(body)))

    def write(self, stack: str, stored: Stored) -> None:
        """Store a stack."""
        body = json.dumps({"outputs": dict(stored.outputs), "state": stored.state}).encode()
        with self._told("write"):
            self.s3.put_object(Bucket=self.bucket, Key=self._key(stack), Body=body)

    @contextmanager
    def locked(self, stack: str) -> Generator[None]:
        """Hold the stack's lock. Raises `LocalError` if another run has the lock."""
        folder = f"{ROOT}/locks/organization/{self.project}/{stack}/"
        with self._told("lock"):
            held = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=folder).get("Contents", [])
            if held:
                message = f"stack {stack} is locked by {held[0].get('Key')}: is another run active?"
                raise LocalError(message)
            key = f"{folder}{uuid.uuid4()}.json"
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"{}")
        try:
            yield
        finally:
            with self._told("unlock"):
                self.s3.delete_object(Bucket=self.bucket, Key=key)

    def _key(self, stack: str) -> str:
        return f"{ROOT}/stacks/{self.project}/{stack}.json"

    @contextmanager
    def _told(self, what: str) -> Generator[None]:
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ABSENT:
                raise _AbsentError from error
            message = f"can't {what} state in s3://{self.bucket}: {error}"
            raise LocalError(message) from error
        except BotoCoreError as error:
            message = f"can't {what} state in s3://{self.bucket}: {error}"
            raise LocalError(message) from error


class _AbsentError(Exception):
    """The bucket has no object with the key."""


def keep_outcome(
    backend: StateBackend, stack: str, state_file: Path, outputs: Mapping[str, Any]
) -> None:
    """Store the state file that a deployment has written."""
    state = state_file.read_text("utf-8") if state_file.exists() else ""
    backend.write(stack, Stored(outputs=outputs, state=state))


def open_secrets(kms: KMSClient, provider: str) -> None:
    """Check that the key of the provider `awskms:///KEY_ARN?region=REGION` encrypts and decrypts.

    Raises `LocalError` if the key can't be used, or the address contains no key's ARN.
    """
    parts = urlsplit(provider)
    key = parts.path.removeprefix("/")
    if parts.scheme != "awskms" or not key.startswith("arn:"):
        message = f"secrets provider {provider!r}: allowed: awskms:///KEY_ARN?region=REGION"
        raise LocalError(message)
    try:
        sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
        kms.decrypt(KeyId=key, CiphertextBlob=sealed)
    except (ClientError, BotoCoreError) as error:
        message = f"can't use the key that encrypts the state's secrets: {error}"
        raise LocalError(message) from error
