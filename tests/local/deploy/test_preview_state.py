"""A pull request's preview with Pulumi's engine, on the state that the pipeline has left."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import packaged
from engines import NEEDS_PULUMI
from github_token import token

from components.base.names import Names
from local.accounts import REGION, TOOLING, WORKLOAD
from local.clients import Credentials
from local.cloud import NAMESPACE, LocalCloud
from local.deploy.pulumi_deployment import PulumiDeployment
from local.stacks import OWN
from tools.preview_state import as_previewed

pytestmark = [pytest.mark.emulator, *NEEDS_PULUMI, pytest.mark.timeout(1200)]

NAMES = Names(prefix="stocktrading", account_id=WORKLOAD, region=REGION)
PROJECT = "stocktrading-pipeline-deploy-sandbox"
SUBJECT = "repo:example-org/stocktrading-analytics:environment:preview"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud whose stack `sandbox` was last deployed by the pipeline's role."""
    up = LocalCloud(directory=tmp_path_factory.mktemp("local"), engine="pulumi")
    with packaged(tmp_path_factory.mktemp("dist")), up:
        role = f"arn:aws:iam::{TOOLING}:role/{PROJECT}"
        source = f"arn:aws:codebuild:{REGION}:{TOOLING}:project/{PROJECT}"
        pipeline = up.clients.service_credentials(role, "codebuild.amazonaws.com", source)
        deployment(up, pipeline, up.directory / "state").up(settings(up, "deployer"))
        yield up


def settings(cloud: LocalCloud, assume: str) -> dict[str, object]:
    """Give the local cloud's settings of the stack, and the role that the provider assumes."""
    return {
        f"{NAMESPACE}:endpoint": cloud.endpoint,
        f"{NAMESPACE}:account_id": WORKLOAD,
        f"{NAMESPACE}:assume": assume,
        **OWN["sandbox"],
    }


def deployment(cloud: LocalCloud, credentials: Credentials, state: Path) -> PulumiDeployment:
    """Give the deployment of `sandbox` with the credentials of a role of the tooling account."""
    return PulumiDeployment(
        stack="sandbox",
        account=TOOLING,
        clients=cloud.clients.acting_as(TOOLING, credentials),
        state=state,
    )


def previews(cloud: LocalCloud) -> Credentials:
    """Get the credentials of a pull request's preview."""
    sts = cloud.clients.client("sts", TOOLING)

    def signed(**_: object) -> str:
        return "v4"

    sts.meta.events.register_first("choose-signer.sts.AssumeRoleWithWebIdentity", signed)
    given = sts.assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{TOOLING}:role/stocktrading-github-preview",
        RoleSessionName="pull-request",
        WebIdentityToken=token(SUBJECT),
    )["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@pytest.mark.parametrize("copied", [False, True])
def test_a_preview_of_no_change_says_no_change(
    cloud: LocalCloud, tmp_path: Path, *, copied: bool
) -> None:
    """On the pipeline's own state, Pulumi shows the provider's other role as a change."""
    state = tmp_path / "state"
    shutil.copytree(cloud.directory / "state", state)
    if copied:
        (file,) = (state / "pulumi" / "state").rglob("sandbox.json")
        file.write_text(json.dumps(as_previewed(json.loads(file.read_text("utf-8")), NAMES)))
    found = deployment(cloud, previews(cloud), state).preview(settings(cloud, "previewer"))
    if copied:
        assert set(found) == {"same"}
    else:
        assert found["update"] == 1


def test_a_preview_shows_a_change_and_only_this_change(cloud: LocalCloud, tmp_path: Path) -> None:
    """The copy hides nothing else: the new retention of a stream is the only update."""
    state = tmp_path / "state"
    shutil.copytree(cloud.directory / "state", state)
    (file,) = (state / "pulumi" / "state").rglob("sandbox.json")
    before: dict[str, Any] = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(as_previewed(before, NAMES)))
    changed = {f"{NAMESPACE}:streams.ingest.retention_hours": 48}
    given = settings(cloud, "previewer") | changed
    found = deployment(cloud, previews(cloud), state).preview(given)
    assert found["update"] == 1
