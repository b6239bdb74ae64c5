"""Pulumi's stand-in in a build, with IAM enforced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from archives import package
from pipeline_world import credentials, tooling

from local.accounts import TOOLING, WORKLOAD
from local.cloud import NAMESPACE, LocalCloud
from local.directory import PROJECT
from release.application import describe

pytestmark = pytest.mark.emulator


class Pulumi:
    """The stand-in for Pulumi's command line, called as in a build."""

    def __init__(self, cloud: LocalCloud, project: Path, home: Path, role: str) -> None:
        """Sign as a role of the tooling account, in a project's directory."""
        given = {key.upper(): value for key, value in credentials(cloud, role).items()}
        self.project = project
        self._environment = {
            **os.environ,
            **{key: str(value) for key, value in given.items()},
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "PULUMI_HOME": str(home),
            "PYTHONPATH": str(project),
        }

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        return subprocess.run(
            [sys.executable, "-m", "local.pipeline.pulumi_stand_in", *arguments],
            cwd=self.project,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


def point_at(cloud: LocalCloud, key: str) -> None:
    """Configure the application with another archive, without a change of the state."""
    flink, name = cloud.client("kinesisanalyticsv2"), cloud.outputs["application_name"]
    application = describe(flink, name)
    assert application
    location = {"S3ContentLocationUpdate": {"FileKeyUpdate": key}}
    flink.update_application(
        ApplicationName=name,
        CurrentApplicationVersionId=application.version_id,
        ApplicationConfigurationUpdate={
            "ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": location}
        },
    )


UP = (
    *("up", "--yes", "--non-interactive", "--refresh", "--run-program"),
    *("--policy-pack", "policies", "--message"),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of this project in another directory, with the deployed job."""
    directory = tmp_path / "project"
    (directory / "dist").mkdir(parents=True)
    package(directory / "dist", "v1")
    for path in PROJECT.iterdir():
        if path.suffix in {".py", ".md"} or path.name in {
            "common",
            "components",
            "job",
            "local",
            "policies",
        }:
            (directory / path.name).symlink_to(path)
        elif path.name.startswith("Pulumi"):
            (directory / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return directory


def test_pulumis_stand_in_deploys_only_with_the_deployers_permissions(
    cloud: LocalCloud, project: Path, tmp_path: Path
) -> None:
    """As the deploy's role, which can't change anything before it assumes the deployer.

    A change that was made without the state is undone, and nothing else is touched.
    """
    pulumi = Pulumi(cloud, project, tmp_path / "home", "deploy")
    stack = project / "Pulumi.sandbox.yaml"
    # The local cloud sets these in addition to the file: its endpoint, and who may send trades.
    own = f"  {NAMESPACE}:endpoint: {cloud.endpoint}\n"
    own += f"  {NAMESPACE}:producer: {{trusted: ['arn:aws:iam::{WORKLOAD}:root']}}\n"
    text = stack.read_text("utf-8").replace("\nconfig:\n", f"\nconfig:\n{own}")
    stack.write_text(text, "utf-8")
    outputs = tooling(cloud)
    assert pulumi("login", "--non-interactive", outputs["state_backend_url"]).returncode == 0
    key = outputs["state_secrets_providers"]["sandbox"]
    chosen = pulumi("stack", "select", "--create", "--secrets-provider", key, "sandbox")
    assert (chosen.returncode, chosen.stderr) == (0, "")
    refused_up = pulumi(*UP, "v1")
    assert refused_up.returncode == 255
    assert f"account {TOOLING}; allowed: {WORKLOAD}" in refused_up.stderr
    assert pulumi("config", "set", "assume", "deployer").returncode == 0
    done = pulumi(*UP, "v1")
    assert (done.stderr, done.returncode) == ("", 0)
    assert "updated" not in done.stdout
    point_at(cloud, "releases/v0/stocktrading-job.zip")
    again = pulumi(*UP, "v1")
    assert (again.returncode, again.stderr) == (0, "")
    assert [line for line in again.stdout.splitlines() if line.startswith("updated ")] == [
        "updated analytics (aws:kinesisanalyticsv2/application:Application)"
    ]
    application = describe(cloud.client("kinesisanalyticsv2"), cloud.outputs["application_name"])
    assert application
    assert application.version == "v1"
    told = pulumi("stack", "output", "--json", "--stack", "sandbox")
    assert json.loads(told.stdout)["application_name"] == cloud.outputs["application_name"]


@pytest.mark.parametrize("role", ["build", "stranger"])
def test_pulumis_stand_in_shows_no_other_role_the_state(
    cloud: LocalCloud, project: Path, tmp_path: Path, role: str
) -> None:
    """The login, which lists the state, fails for another role."""
    pulumi = Pulumi(cloud, project, tmp_path / "home", role)
    done = pulumi("login", "--non-interactive", tooling(cloud)["state_backend_url"])
    assert done.returncode == 255
    assert "can't list state" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("destroy",), "destroy"),
        (("up", "--target", "x"), "--target"),
        (("stack", "rm"), "rm"),
        (("stack", "output", "--stack", "sandbox"), "without --json is not supported"),
    ],
)
def test_pulumis_stand_in_refuses_unknown_commands_and_options(
    cloud: LocalCloud, project: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    """The message names it, and the exit code isn't zero."""
    done = Pulumi(cloud, project, tmp_path / "home", "deploy")(*arguments)
    assert done.returncode != 0
    assert told in done.stderr
