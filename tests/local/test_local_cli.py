"""`stocktrading local ...` with a running local cloud, and without one."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import package
from typer.testing import CliRunner

from components.streaming import archive
from local import cli, commands
from local.accounts import ACCOUNTS
from local.cloud import LocalCloud

pytestmark = pytest.mark.emulator

JOB = "stocktrading-analytics:job"
WHO = """
import boto3
sts = boto3.client("sts")
print(sts.get_caller_identity()["Account"], sts.meta.endpoint_url)
"""


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """Give a running local cloud in the directory that the commands use."""
    package(tmp_path / "dist", "v1")
    monkeypatch.setattr(archive, "DISTRIBUTION", tmp_path / "dist")
    monkeypatch.setattr(commands, "DIRECTORY", tmp_path / "local")
    with LocalCloud(directory=tmp_path / "local", stacks=["sandbox"]) as cloud:
        yield cloud


def test_a_stack_is_deployed_again_with_another_setting(up: LocalCloud) -> None:
    """The deployed resources change in place, in the running cloud."""
    ran = CliRunner().invoke(cli.app, ["deploy", "--set", f"{JOB}.WatermarkDelaySeconds=9"])
    assert ran.exit_code == 0, ran.output
    assert "updated analytics (aws:kinesisanalyticsv2/application:Application)" in ran.output
    assert "sandbox: 2 updated" in ran.output  # the job, and the alarm on its event time
    assert up.outputs["job_version"] == "v1"


def test_an_error_is_one_line_with_a_non_zero_exit_code(up: LocalCloud) -> None:
    """The line names the key, the given value, and the allowed values."""
    ran = CliRunner().invoke(cli.app, ["deploy", "--set", f"{JOB}.WindowSeconds=never"])
    assert ran.exit_code == 1, up.endpoint
    assert ran.output.startswith("local deploy: ")
    assert "WindowSeconds" in ran.output
    assert ran.output.count("\n") == 1


def test_a_setting_without_a_value_is_refused(up: LocalCloud) -> None:
    """The message shows the form of a setting."""
    ran = CliRunner().invoke(cli.app, ["deploy", "--set", "WindowSeconds"])
    assert ran.exit_code == 1, up.endpoint
    assert ran.output == (
        "local deploy: --set WindowSeconds: allowed: namespace:key=value or "
        "namespace:key.part=value\n"
    )


def test_the_outputs_are_those_of_the_stack(up: LocalCloud) -> None:
    """They are printed as JSON on stdout, for other programs."""
    ran = CliRunner().invoke(cli.app, ["outputs"])
    assert json.loads(ran.stdout) == up.outputs


def test_the_status_has_endpoint_application_and_job(up: LocalCloud) -> None:
    """It is JSON. No job runs here, because there is no Flink."""
    ran = CliRunner().invoke(cli.app, ["status", "--json"])
    status = json.loads(ran.stdout)
    assert status["endpoint"] == up.endpoint
    assert status["application_status"] == "RUNNING"
    assert status["application_version"] == 1
    assert status["job"] is None


def test_the_status_is_a_table_for_people(up: LocalCloud) -> None:
    """Without --json each figure has its own line."""
    ran = CliRunner().invoke(cli.app, ["status"])
    lines = dict(re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in ran.stdout.splitlines())
    assert (lines["endpoint"], lines["job version"], lines["flink"]) == (up.endpoint, "v1", "-")


@pytest.mark.parametrize("stack", ["sandbox", "tooling"])
def test_a_shell_with_the_environment_is_in_the_stacks_account(up: LocalCloud, stack: str) -> None:
    """Any SDK or tool then uses the emulator and signs as that account."""
    ran = CliRunner().invoke(cli.app, ["env", stack])
    script = f"{ran.stdout}\nexec {sys.executable} -c '{WHO}'"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"}
    )
    assert done.stdout.split() == [ACCOUNTS[stack], up.endpoint]


@pytest.mark.parametrize("command", ["deploy", "status", "env", "outputs", "down"])
def test_without_a_cloud_each_command_says_what_to_do(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is one line, and the exit code isn't zero."""
    monkeypatch.setattr(commands, "DIRECTORY", tmp_path)
    ran = CliRunner().invoke(cli.app, [command])
    assert ran.exit_code == 1
    assert ran.output == f"local {command}: no local cloud is up: run stocktrading local up\n"
