"""Both engines deploy both stacks, on separate emulators, with the same outputs and effects."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from archives import packaged
from engines import NEEDS_PULUMI, kept

from local.accounts import ACCOUNTS, TOOLING, WORKLOAD
from local.clients import Clients
from local.cloud import NAMESPACE, LocalCloud
from local.deploy import lifecycle, wire
from local.deploy.deployment import PROJECT
from local.deploy.plan import Action
from local.deploy.pulumi_deployment import PulumiDeployment
from local.deploy.resources import TYPES
from local.deploy.resources.model import Cloud
from local.errors import LocalError
from local.stacks import OWN, Engine

pytestmark = [pytest.mark.emulator, *NEEDS_PULUMI, pytest.mark.timeout(1200)]

ASKED: Mapping[str, object] = {f"{NAMESPACE}:sink.transform": {}}
"""Adds the function, so that the stacks contain every resource type."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.+Z]+")


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Prepare an archive to deploy."""
    with packaged(tmp_path_factory.mktemp("dist")):
        yield


def up(engine: Engine, directory: Path) -> LocalCloud:
    """Give a local cloud that isn't started yet."""
    return LocalCloud(directory=directory, engine=engine, overrides=ASKED)


@pytest.fixture(scope="module")
def ours(distribution: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with both stacks, deployed by our own engine."""
    del distribution
    with up("in-process", tmp_path_factory.mktemp("ours")) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def theirs(distribution: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with both stacks, deployed by Pulumi's engine."""
    del distribution
    with up("pulumi", tmp_path_factory.mktemp("theirs")) as cloud:
        yield cloud


def pulumi(cloud: LocalCloud, stack: str, *packs: Path) -> PulumiDeployment:
    """Give the deployment of a stack of that cloud by Pulumi's engine."""
    return PulumiDeployment(
        stack=stack,
        account=ACCOUNTS[stack],
        clients=cloud.clients,
        state=cloud.directory / "state",
        policy_packs=packs,
    )


def effects(cloud: LocalCloud, stack: str) -> Mapping[str, str]:
    """Give the emulator's description of each resource of a stack, without random values."""
    account = ACCOUNTS[stack]
    at = Cloud(cloud.clients, account, "us-east-1", PROJECT)
    return {
        urn: plain(cloud, lifecycle.read(TYPES[kind], at, existing))
        for urn, (kind, existing) in kept(cloud, stack).items()
    }


def plain(cloud: LocalCloud, value: object) -> str:
    """Give a value as text, without ids, times, the endpoint, and digests of archives."""
    inputs = wire.comparable(value)
    for key in ("code", "source", "tags"):
        inputs.pop(key, None)
    text = json.dumps(inputs, sort_keys=True, default=float)
    for pattern in (UUID, TIME):
        text = pattern.sub("...", text)
    return text.replace(cloud.endpoint, "endpoint").replace(".0", "")


@pytest.mark.parametrize("stack", ["tooling", "sandbox"])
def test_both_engines_have_the_same_effects(
    ours: LocalCloud, theirs: LocalCloud, stack: str
) -> None:
    """The emulator gives the same description of each resource."""
    assert effects(theirs, stack) == effects(ours, stack)


@pytest.mark.parametrize("stack", ["tooling", "sandbox"])
def test_both_engines_give_the_same_outputs(
    ours: LocalCloud, theirs: LocalCloud, stack: str
) -> None:
    """The outputs are in the file that simulator, board and release read."""

    def outputs(cloud: LocalCloud) -> Any:  # noqa: ANN401 -- JSON
        return json.loads(plain(cloud, json.loads((cloud.directory / f"{stack}.json").read_text())))

    assert outputs(theirs) == outputs(ours)


@pytest.mark.parametrize("stack", ["tooling", "sandbox"])
def test_a_preview_without_changes_reports_none_and_keeps_the_policies(
    theirs: LocalCloud, stack: str
) -> None:
    """A refresh reports no change either, because each resource is as declared."""
    settings: dict[str, object] = {
        f"{NAMESPACE}:endpoint": theirs.endpoint,
        f"{NAMESPACE}:account_id": ACCOUNTS[stack],
    }
    if stack == "sandbox":
        settings |= {**OWN[stack], **ASKED}
    deployment = pulumi(theirs, stack)
    refreshed = deployment.refresh()
    assert set(refreshed) == {"same"}
    assert set(deployment.preview(settings)) == {"same"}
    assert pulumi(theirs, stack, PROJECT / "policies").up(settings)[1].changed == 0


def test_pulumis_engine_enforces_the_policies(
    clients: Clients, account: str, project: Path, tmp_path: Path
) -> None:
    """The pack runs as a separate process. A resource that breaks a mandatory rule is refused."""
    (project / "__main__.py").write_text(
        "import pulumi_aws as aws\naws.kinesis.Stream('bare', shard_count=1)\n"
    )
    deployment = PulumiDeployment(
        stack="sandbox",
        account=account,
        clients=clients,
        state=tmp_path,
        project=project,
        policy_packs=[PROJECT / "policies"],
    )
    with pytest.raises(LocalError, match=r"^bare: policy kinesis-stream-encrypted: "):
        deployment.up()
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == []


def test_both_engines_take_the_same_steps_for_a_change(
    ours: LocalCloud, theirs: LocalCloud
) -> None:
    """The number of shards and its alarms change, after somebody else changed resources too."""
    changes = {f"{NAMESPACE}:streams.ingest.shards": 8}
    steps: list[Mapping[Action, int]] = []
    for cloud in (ours, theirs):
        cloud.client("kinesis").add_tags_to_stream(
            StreamName=cloud.outputs["ingest_stream"], Tags={"somebody": "else"}
        )
        steps.append(dict(cloud.deploy(changes, refresh=True).actions))
    assert steps[0] == steps[1]
    assert steps[0]["updated"] > 1
    assert effects(theirs, "sandbox") == effects(ours, "sandbox")


def test_a_destruction_leaves_nothing(distribution: None, tmp_path: Path) -> None:
    """Like with our own engine, no buckets, streams, roles or alarms remain."""
    del distribution
    with up("pulumi", tmp_path) as cloud:
        pulumi(cloud, "sandbox").destroy()
        pulumi(cloud, "tooling").destroy()
        for account in (WORKLOAD, TOOLING):
            assert cloud.client("s3", account).list_buckets()["Buckets"] == []
            assert cloud.client("kinesis", account).list_streams()["StreamNames"] == []
            assert cloud.client("iam", account).list_roles()["Roles"] == []
            assert cloud.client("cloudwatch", account).describe_alarms()["MetricAlarms"] == []
