"""The bootstrap's own calls to an account: checks, and emptying the buckets at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.errors import BootstrapError
from components.base.names import Names
from doctor.account import Account, connection_status
from doctor.stack import StackSettings

POLL_SECONDS: Final = 10.0
ABSENT: Final = frozenset({"404", "NoSuchBucket"})

Client = Callable[[str], Any]
"""Makes a client of a service."""


@dataclass(frozen=True, kw_only=True)
class Aws:
    """One account, with one person's credentials."""

    client: Client
    names: Names

    def check(self, stack: str, settings: StackSettings) -> None:
        """Raise `BootstrapError` if the credentials are not for the stack's account."""
        found = Account(stack=stack, settings=settings, client=self.client).credentials()
        if found.state != "ok":
            message = f"credentials: {found.found}; {found.do}"
            raise BootstrapError(message)

    def has_bucket(self, noun: str) -> bool:
        """Whether a bucket exists. Raises `BootstrapError` if the credentials may not use it."""
        bucket = self.names.bucket(noun)
        try:
            self.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in ABSENT:
                return False
            message = f"bucket {bucket}: {code}: these credentials may not use it"
            raise BootstrapError(message) from error
        except BotoCoreError as error:
            message = f"bucket {bucket}: {' '.join(str(error).split())}"
            raise BootstrapError(message) from error
        return True

    def connection(self) -> str:
        """Give the status of the connection to GitHub."""
        try:
            status = connection_status(self.client("codeconnections"), self.names.connection)
        except (ClientError, BotoCoreError) as error:
            message = f"connection: {' '.join(str(error).split())}"
            raise BootstrapError(message) from error
        return status or "not there"

    def wait_for_handshake(self, minutes: float) -> None:
        """Wait until a person has confirmed the connection. Raises `BootstrapError` after that."""
        waited = 0.0
        while (status := self.connection()) != "AVAILABLE":
            if waited >= minutes * 60:
                message = (
                    f"the connection is {status} after {minutes:g} minutes: confirm it "
                    f"at {self.names.connections_url}"
                )
                raise BootstrapError(message)
            time.sleep(POLL_SECONDS)
            waited += POLL_SECONDS

    def empty(self, noun: str) -> int:
        """Delete every version of every object in a bucket, and give their number.

        The bucket's policy is deleted first, because it denies everybody to delete a release.
        """
        s3, bucket = self.client("s3"), self.names.bucket(noun)
        gone = 0
        try:
            s3.delete_bucket_policy(Bucket=bucket)
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                found = [
                    {"Key": one["Key"], "VersionId": one["VersionId"]}
                    for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
                ]
                if found:
                    deleted = s3.delete_objects(
                        Bucket=bucket, Delete={"Objects": found, "Quiet": True}
                    )
                    _refuse(bucket, deleted.get("Errors", []))
                    gone += len(found)
        except (ClientError, BotoCoreError) as error:
            message = f"bucket {bucket}: {' '.join(str(error).split())}"
            raise BootstrapError(message) from error
        return gone


def _refuse(bucket: str, errors: list[dict[str, Any]]) -> None:
    if errors:
        one = errors[0]
        message = (
            f"bucket {bucket}: {len(errors)} objects remain, such as {one['Key']}: {one['Code']}"
        )
        raise BootstrapError(message)
