"""Who gets the role of a pull request's preview, and what it can reach. IAM is enforced.

Each test tries a request. A request that must be refused in one case succeeds in another, so it
isn't refused for a wrong reason.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github_token import token
from target_world import DEPLOYERS, OBJECTS, STACKS, STATE, key_of, put_states, refused, two_targets

from components.storage.pulumi_state import META
from local.accounts import TOOLING
from local.clients import AwsClient, Credentials
from local.cloud import NAMESPACE, LocalCloud
from tools.preview_state import CopyError, copy, state_of

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with a tooling stack of two targets. `prod` needs an approval."""
    with two_targets(tmp_path_factory) as up:
        yield up


@pytest.fixture(autouse=True)
def _states(cloud: LocalCloud) -> None:
    """Put the objects of each stack into the bucket of the state."""
    put_states(cloud)


PREVIEW = f"arn:aws:iam::{TOOLING}:role/stocktrading-github-preview"

REPOSITORY = "example-org/stocktrading-analytics"

IMMUTABLE = "example-org@1001/stocktrading-analytics@2002"


def _signed(**_: object) -> str:
    return "v4"


def previews(cloud: LocalCloud, subject: str, **claims: Any) -> Credentials:  # noqa: ANN401 -- of `token`
    """Get the credentials of a preview with a token of this subject. STS may refuse it."""
    sts = cloud.clients.client("sts", TOOLING)
    event = "choose-signer.sts.AssumeRoleWithWebIdentity"
    # On AWS the request has no signature. The local cloud serves only signed requests.
    sts.meta.events.register_first(event, _signed)
    given = sts.assume_role_with_web_identity(
        RoleArn=PREVIEW, RoleSessionName="pull-request", WebIdentityToken=token(subject, **claims)
    )["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@pytest.mark.parametrize("repository", [REPOSITORY, IMMUTABLE])
def test_a_job_of_the_protected_environment_gets_the_previews_role(
    cloud: LocalCloud, repository: str
) -> None:
    """GitHub writes the repository with or without the ids. Both forms are accepted."""
    assert previews(cloud, f"repo:{repository}:environment:preview")


@pytest.mark.parametrize(
    "subject",
    [
        f"repo:{REPOSITORY}:pull_request",
        f"repo:{IMMUTABLE}:pull_request",
        f"repo:{REPOSITORY}:ref:refs/heads/main",
        f"repo:{REPOSITORY}:environment:other",
        f"repo:{REPOSITORY}:environment:preview-2",
        "repo:example-org@1001/stocktrading-analytics@2003:environment:preview",
        "repo:example-org@1002/stocktrading-analytics@2002:environment:preview",
        "repo:example-org@1001/stocktrading-analytics:environment:preview",
        "repo:example-org/stocktrading-analytics@2002:environment:preview",
        "repo:another/stocktrading-analytics:environment:preview",
        f"repo:{REPOSITORY}-fork:environment:preview",
        "repo:example-org@1001/*:environment:preview",
    ],
)
def test_no_other_subject_gets_the_previews_role(cloud: LocalCloud, subject: str) -> None:
    """No event without the environment, no other environment, and no other repository."""
    assert refused(previews, cloud=cloud, subject=subject)


def test_a_token_for_another_audience_is_refused(cloud: LocalCloud) -> None:
    """A token that a job asked for another service can't be used here."""
    subject = f"repo:{REPOSITORY}:environment:preview"
    assert refused(previews, cloud=cloud, subject=subject, audience="https://example.org")


@pytest.mark.parametrize("repository", [REPOSITORY, IMMUTABLE])
def test_another_repository_of_the_same_name_is_refused(cloud: LocalCloud, repository: str) -> None:
    """Somebody else could get the name after the repository was deleted or renamed."""
    subject = f"repo:{repository}:environment:preview"
    assert refused(previews, cloud=cloud, subject=subject, repository_id=2003)


@pytest.fixture
def preview(cloud: LocalCloud) -> Callable[[str], AwsClient]:
    """Give clients that sign as a pull request's preview."""
    credentials = previews(cloud, f"repo:{REPOSITORY}:environment:preview")
    return lambda service: cloud.clients.client_as(service, credentials)


def test_a_preview_reads_no_state_and_no_secret_of_a_stack_that_needs_an_approval(
    cloud: LocalCloud, preview: Callable[[str], AwsClient]
) -> None:
    """A pull request's own code runs with these credentials."""
    for stack in (*STACKS, "tooling"):
        for key in OBJECTS:
            place = {"Bucket": STATE, "Key": key.format(project=NAMESPACE, stack=stack)}
            assert refused(preview("s3").get_object, **place) == (stack == "prod"), place
        key = key_of(cloud, stack)
        secret = cloud.client("kms", TOOLING).encrypt(KeyId=key, Plaintext=b"secret")
        given = {"KeyId": key, "CiphertextBlob": secret["CiphertextBlob"]}
        assert refused(preview("kms").decrypt, **given) == (stack == "prod"), stack


def test_a_preview_copies_only_the_state_that_it_may_read(
    cloud: LocalCloud, preview: Callable[[str], AwsClient], tmp_path: Path
) -> None:
    """The copy has what Pulumi reads. An error of S3 is a message of one line."""
    cloud.client("s3", TOOLING).put_object(Bucket=STATE, Key=META, Body=b"version: 1")
    for stack in ("sandbox", "tooling"):
        copy(preview("s3"), STATE, stack, tmp_path)
        assert (tmp_path / state_of(stack)).read_bytes() == b"{}"
    assert (tmp_path / META).read_text() == "version: 1"
    with pytest.raises(CopyError, match=r"^can't read s3://.*/prod\.json: .*$"):
        copy(preview("s3"), STATE, "prod", tmp_path)
    assert not (tmp_path / state_of("prod")).exists()


def test_a_preview_writes_nothing_and_assumes_no_deployer(
    preview: Callable[[str], AwsClient], cloud: LocalCloud
) -> None:
    """It can only show what a change would do."""
    for stack in (*STACKS, "tooling"):
        for key in OBJECTS:
            place = {"Bucket": STATE, "Key": key.format(project=NAMESPACE, stack=stack)}
            assert refused(preview("s3").put_object, **place, Body=b"{}")
            assert refused(preview("s3").delete_object, **place)
        assert refused(preview("kms").encrypt, KeyId=key_of(cloud, stack), Plaintext=b"x")
    for deployer in DEPLOYERS.values():
        assert refused(preview("sts").assume_role, RoleArn=deployer, RoleSessionName="try")
