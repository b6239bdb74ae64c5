"""What the roles of two targets can reach. IAM is enforced.

Each test tries a request. A request that must be refused for one role succeeds with another role,
so it isn't refused for a wrong reason.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from target_world import (
    DEPLOYERS,
    OBJECTS,
    STACKS,
    STATE,
    key_of,
    outputs,
    put_states,
    refused,
    two_targets,
)

from components.storage.pulumi_state import META
from local.accounts import REGION, TOOLING
from local.clients import Credentials
from local.cloud import NAMESPACE, LocalCloud
from local.deploy.pulumi_command import command, is_there
from local.pipeline.run import TYPE

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
