"""What the roles of two targets, and of a pull request's preview, can reach. IAM is enforced.

Each test tries a request. A request that must be refused for one role succeeds with another role,
so it isn't refused for a wrong reason.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from github_token import token

from components.storage.pulumi_state import META
from local.accounts import REGION, TOOLING, WORKLOAD
from local.clients import AwsClient, Credentials
from local.cloud import NAMESPACE, LocalCloud
from local.deploy.pulumi_command import command, is_there
from local.directory import PROJECT
from local.pipeline.run import TYPE
from tools.preview_state import CopyError, copy, state_of

pytestmark = pytest.mark.emulator

STACKS = ("sandbox", "prod")
PROD = "333333333333"
DEPLOYERS = {
    "sandbox": f"arn:aws:iam::{WORKLOAD}:role/stocktrading-deployer",
    "prod": f"arn:aws:iam::{PROD}:role/stocktrading-deployer",
}
STATE = f"stocktrading-state-{TOOLING}-{REGION}"
PREVIEW = f"arn:aws:iam::{TOOLING}:role/stocktrading-github-preview"
REPOSITORY = "example-org/stocktrading-analytics"
IMMUTABLE = "example-org@1001/stocktrading-analytics@2002"

OBJECTS = (
    ".pulumi/stacks/{project}/{stack}.json",
    ".pulumi/stacks/{project}/{stack}.json.bak",
    ".pulumi/stacks/{project}/{stack}.pulumi-tags",
    ".pulumi/history/{project}/{stack}/{stack}-1.history.json",
    ".pulumi/backups/{project}/{stack}/{stack}.1.json",
    ".pulumi/locks/organization/{project}/{stack}/1.json",
)
"""The objects of one stack in Pulumi's S3 backend."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with a tooling stack of two targets. `prod` needs an approval."""
    project = tmp_path_factory.mktemp("project")
    for path in PROJECT.iterdir():
        if path.suffix == ".py" or path.name in {"common", "components", "job", "stack"}:
            (project / path.name).symlink_to(path)
        elif path.name.startswith("Pulumi"):
            (project / path.name).write_text(path.read_text("utf-8"), "utf-8")
    file = project / "Pulumi.tooling.yaml"
    content = yaml.safe_load(file.read_text("utf-8"))
    content["config"][f"{NAMESPACE}:pipeline"]["targets"].append(
        {"stack": "prod", "account_id": PROD, "region": REGION, "approval": True}
    )
    content["config"][f"{NAMESPACE}:repository"] |= {"owner_id": 1001, "id": 2002}
    file.write_text(yaml.safe_dump(content), "utf-8")
    directory = tmp_path_factory.mktemp("local")
    with LocalCloud(directory=directory, project=project, stacks=["tooling"]) as up:
        for account in (WORKLOAD, PROD):
            _make_deployer(up, account)
        yield up


@pytest.fixture(autouse=True)
def _states(cloud: LocalCloud) -> None:
    """Put the objects of each stack into the bucket of the state."""
    for stack in (*STACKS, "tooling"):
        for key in OBJECTS:
            cloud.client("s3", TOOLING).put_object(
                Bucket=STATE, Key=key.format(project=NAMESPACE, stack=stack), Body=b"{}"
            )


def _make_deployer(cloud: LocalCloud, account: str) -> None:
    """Make a deployer role that trusts the whole tooling account.

    So only the permissions of the caller's own role decide whether it can assume the role.
    """
    trust = {"Effect": "Allow", "Principal": {"AWS": TOOLING}, "Action": "sts:AssumeRole"}
    cloud.client("iam", account).create_role(
        RoleName="stocktrading-deployer",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )


def outputs(cloud: LocalCloud) -> Mapping[str, Any]:
    """Give the tooling stack's outputs."""
    return json.loads((cloud.directory / "tooling.json").read_text("utf-8"))


def project_of(cloud: LocalCloud, stack: str) -> Mapping[str, Any]:
    """Give the CodeBuild project that the pipeline starts in the stage of a target."""
    kept = json.loads((cloud.directory / "state" / "tooling.json").read_text("utf-8"))
    (pipeline,) = [each for each in kept["resources"] if each["type"] == TYPE]
    (stage,) = [s for s in pipeline["inputs"]["stages"] if s["name"] == f"Deploy-{stack}"]
    name = stage["actions"][-1]["configuration"]["ProjectName"]
    codebuild = cloud.client("codebuild", TOOLING)
    (project,) = codebuild.batch_get_projects(names=[name])["projects"]
    return project


def deploys(cloud: LocalCloud, stack: str) -> Credentials:
    """Give the credentials with which the pipeline deploys a target."""
    project = project_of(cloud, stack)
    return cloud.clients.service_credentials(
        project["serviceRole"], "codebuild.amazonaws.com", project["arn"]
    )


def key_of(cloud: LocalCloud, stack: str) -> str:
    """Give the ARN of the key that encrypts a stack's secrets."""
    provider: str = outputs(cloud)["state_secrets_providers"][stack]
    return provider.removeprefix("awskms:///").partition("?")[0]


def refused(call: Callable[..., object], **given: object) -> bool:
    """Return whether IAM refuses the request. Other errors are raised."""
    try:
        call(**given)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in {"AccessDenied", "AccessDeniedException"}:
            return True
        raise
    return False


@pytest.mark.parametrize("stack", STACKS)
def test_a_targets_role_reaches_only_the_state_of_its_own_stack(
    cloud: LocalCloud, stack: str
) -> None:
    """It reads, writes and deletes its stack's objects, and no object of another stack."""
    s3 = cloud.clients.client_as("s3", deploys(cloud, stack))
    for other in (*STACKS, "tooling"):
        for key in OBJECTS:
            place = {"Bucket": STATE, "Key": key.format(project=NAMESPACE, stack=other)}
            for call, more in (
                (s3.get_object, {}),
                (s3.put_object, {"Body": b"{}"}),
                (s3.delete_object, {}),
            ):
                assert refused(call, **place, **more) == (other != stack), (call, place)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_whose_name_begins_with_a_targets_name_is_another_stack(
    cloud: LocalCloud, stack: str
) -> None:
    """The permission for `sandbox` doesn't cover `sandbox-2`."""
    s3 = cloud.clients.client_as("s3", deploys(cloud, stack))
    for key in OBJECTS:
        place = {"Bucket": STATE, "Key": key.format(project=NAMESPACE, stack=f"{stack}-2")}
        cloud.client("s3", TOOLING).put_object(**place, Body=b"{}")
        assert refused(s3.get_object, **place), place


@pytest.mark.parametrize("stack", STACKS)
def test_a_targets_role_assumes_only_the_deployer_of_its_own_account(
    cloud: LocalCloud, stack: str
) -> None:
    """The deployer roles here trust the whole tooling account, so the role's policy decides."""
    sts = cloud.clients.client_as("sts", deploys(cloud, stack))
    for other, deployer in DEPLOYERS.items():
        given = {"RoleArn": deployer, "RoleSessionName": "try"}
        assert refused(sts.assume_role, **given) == (other != stack), deployer


@pytest.mark.parametrize("stack", STACKS)
def test_a_targets_role_decrypts_only_its_own_stacks_secrets(cloud: LocalCloud, stack: str) -> None:
    """Each stack has its own key. The tooling stack's key also encrypts the bucket, only by S3."""
    kms = cloud.clients.client_as("kms", deploys(cloud, stack))
    for other in (*STACKS, "tooling"):
        key = key_of(cloud, other)
        secret = cloud.client("kms", TOOLING).encrypt(KeyId=key, Plaintext=b"secret")
        given = {"KeyId": key, "CiphertextBlob": secret["CiphertextBlob"]}
        assert refused(kms.decrypt, **given) == (other != stack), other
        assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == (other != stack), other


class Pulumi:
    """Pulumi's own command line with the bucket of the state, signing as a target's role."""

    def __init__(self, cloud: LocalCloud, home: Path, stack: str) -> None:
        """Use a project with nothing in it. The state's bucket is on the emulator."""
        self.home = home
        home.mkdir()
        (home / "Pulumi.yaml").write_text(f"name: {NAMESPACE}\nruntime: python\n", "utf-8")
        signs = {key.upper(): str(value) for key, value in deploys(cloud, stack).items()}
        self._environment = {
            **os.environ,
            **signs,
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_REGION": REGION,
            # A bucket's host name doesn't resolve on one machine.
            "PULUMI_BACKEND_URL": f"{outputs(cloud)['state_backend_url']}&use_path_style=true",
            "PULUMI_HOME": str(home / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        return subprocess.run(
            [command().command, *arguments, "--non-interactive"],
            cwd=self.home,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.pulumi
@pytest.mark.skipif(not is_there(), reason="no Pulumi: make pulumi")
def test_pulumi_itself_works_with_a_targets_role_on_its_own_stack_only(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    """It makes a stack, encrypts a secret, and changes the state under a lock, with a history."""
    s3 = cloud.client("s3", TOOLING)
    for stack in STACKS:
        for key in OBJECTS:  # these are no states
            s3.delete_object(Bucket=STATE, Key=key.format(project=NAMESPACE, stack=stack))
    s3.put_object(Bucket=STATE, Key=META, Body=b"version: 1\n")
    providers = outputs(cloud)["state_secrets_providers"]
    file = str(tmp_path / "state.json")
    for stack in STACKS:
        pulumi = Pulumi(cloud, tmp_path / stack, stack)
        for arguments in (
            ("stack", "select", "--create", "--secrets-provider", providers[stack], stack),
            ("config", "set", "--secret", "word", "open sesame"),
            ("stack", "tag", "set", "owner", "desk"),
            ("stack", "export", "--file", file),
            ("stack", "import", "--file", file),
            ("stack", "history"),
        ):
            done = pulumi(*arguments)
            assert done.returncode == 0, (arguments, done.stderr)
        assert pulumi("config", "get", "word").stdout.strip() == "open sesame"
    sandbox = Pulumi(cloud, tmp_path / "again", "sandbox")
    for arguments in (
        ("stack", "export", "--stack", "prod"),
        ("stack", "import", "--stack", "prod", "--file", file),
        ("stack", "rm", "prod", "--yes", "--force"),
        ("stack", "select", "--create", "--secrets-provider", providers["prod"], "mine"),
    ):
        done = sandbox(*arguments)
        assert done.returncode != 0, arguments
        assert re.search("PermissionDenied|AccessDenied", done.stderr), (arguments, done.stderr)


def test_no_targets_role_starts_another_targets_deployment(cloud: LocalCloud) -> None:
    """Only the pipeline starts builds, after the approval."""
    project = project_of(cloud, "prod")["name"]
    codebuild = cloud.clients.client_as("codebuild", deploys(cloud, "sandbox"))
    assert refused(codebuild.start_build, projectName=project)
    pipeline = cloud.clients.service_credentials(
        f"arn:aws:iam::{TOOLING}:role/stocktrading-pipeline",
        "codepipeline.amazonaws.com",
        f"arn:aws:codepipeline:{REGION}:{TOOLING}:stocktrading-pipeline",
    )
    allowed = cloud.clients.client_as("codebuild", pipeline)
    assert not refused(allowed.start_build, projectName=project)


def test_no_targets_role_writes_the_cache_of_another_targets_project(cloud: LocalCloud) -> None:
    """A later deployment unpacks its cache, so a file in it would run."""
    bucket = outputs(cloud)["artifact_bucket"]
    s3 = cloud.clients.client_as("s3", deploys(cloud, "sandbox"))
    for stack in STACKS:
        cache = project_of(cloud, stack)["name"]
        place = {"Bucket": bucket, "Key": f"caches/{cache}/1.zip"}
        assert refused(s3.put_object, **place, Body=b"x") == (stack == "prod")


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
