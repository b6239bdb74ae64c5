"""What the bootstrap does to buckets itself, on real ones."""

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
    """Give the names of a stack in an account of its own."""
    return Names(prefix="stocktrading", account_id=account, region="us-east-1")


@pytest.fixture
def aws(clients: Clients, account: str, names: Names) -> Aws:
    """Give that account."""

    def client(service: str) -> Any:  # noqa: ANN401 -- of any service
        return clients.client(service, account)

    return Aws(client=client, names=names)


def test_every_version_of_a_release_goes_though_its_policy_forbids_it(
    aws: Aws, names: Names
) -> None:
    """Versions and deletion markers, over a page's end; then the bucket itself can be deleted."""
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


def test_a_bucket_that_is_not_there_can_not_be_emptied(aws: Aws) -> None:
    """One line that names it."""
    with pytest.raises(BootstrapError, match=r"bucket stocktrading-state-\d+-us-east-1: .*NoSuch"):
        aws.empty("state")


def test_the_account_is_told_apart(aws: Aws, account: str) -> None:
    """By a real call."""
    identity: Callable[[], dict[str, Any]] = aws.client("sts").get_caller_identity
    assert identity()["Account"] == account
