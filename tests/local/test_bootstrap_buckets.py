"""The bootstrap's own requests for buckets, on the emulator."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bootstrap.aws import Aws
from bootstrap.errors import BootstrapError
from common.releases import RELEASES
from components.base.names import Names
from components.pipeline.artifacts import write_once
from local.clients import Clients

pytestmark = pytest.mark.emulator


@pytest.fixture
def names(account: str) -> Names:
    """Give the names of a stack in its own account."""
    return Names(prefix="stocktrading", account_id=account, region="us-east-1")


@pytest.fixture
def aws(clients: Clients, account: str, names: Names) -> Aws:
    """Give the clients of that account."""

    def client(service: str) -> Any:  # noqa: ANN401 -- of any service
        return clients.client(service, account)

    return Aws(client=client, names=names)


def test_every_version_of_a_release_is_deleted_although_its_policy_forbids_it(
    aws: Aws, names: Names
) -> None:
    """There are versions and deletion markers on two pages. Then the bucket can be deleted."""
    s3, bucket = aws.client("s3"), names.bucket("artifacts")
    assert not aws.has_bucket("artifacts")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for at in range(3):
        s3.put_object(Bucket=bucket, Key=f"{RELEASES}v{at}/job.zip", Body=b"one")
        s3.put_object(Bucket=bucket, Key=f"{RELEASES}v{at}/job.zip", Body=b"two")
    s3.delete_object(Bucket=bucket, Key=f"{RELEASES}v0/job.zip")
    statements = write_once(names.bucket_arn("artifacts"), RELEASES)
    policy = {"Version": "2012-10-17", "Statement": statements}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert aws.has_bucket("artifacts")
    assert aws.empty("artifacts") == 7
    assert aws.empty("artifacts") == 0
    s3.delete_bucket(Bucket=bucket)
    assert not aws.has_bucket("artifacts")


def test_a_missing_bucket_can_not_be_emptied(aws: Aws) -> None:
    """The error is one line with its name."""
    with pytest.raises(BootstrapError, match=r"bucket stocktrading-state-\d+-us-east-1: .*NoSuch"):
        aws.empty("state")


def test_the_account_is_read_by_a_real_request(aws: Aws, account: str) -> None:
    """The id is the account's own."""
    identity: Callable[[], dict[str, Any]] = aws.client("sts").get_caller_identity
    assert identity()["Account"] == account
