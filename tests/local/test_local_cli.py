"""`stocktrading local ...` with a running local cloud, and without one."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import package
from typer.testing import CliRunner

from components.streaming import archive
from job.properties import GROUP
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


def _configuration(up: LocalCloud) -> tuple[str, dict[str, Any]]:
    """Give the application's status, and its configuration as the service describes it."""
    client, name = up.client("kinesisanalyticsv2"), up.outputs["application_name"]
    detail = client.describe_application(ApplicationName=name)["ApplicationDetail"]
    return detail["ApplicationStatus"], detail["ApplicationConfigurationDescription"]


def _position(configuration: dict[str, Any]) -> str | None:
    groups = configuration["EnvironmentPropertyDescriptions"]["PropertyGroupDescriptions"]
    (job,) = (each for each in groups if each["PropertyGroupId"] == GROUP)
    return job["PropertyMap"].get("InitialPosition")


def test_a_job_that_cannot_take_the_old_state_is_refused_before_anything_changes(
    up: LocalCloud, tmp_path: Path
) -> None:
    """The line says what differs and which option starts without the state. The option does it."""
    package(tmp_path / "dist", "v2", {"trades": "a", "5_window": "b", "9_sink": "c"})
    deployed = CliRunner().invoke(cli.app, ["deploy"])
    assert deployed.exit_code == 0, deployed.output  # v1's archive has no list of its state
    package(tmp_path / "dist", "v3", {"trades": "a", "5_window": "z"})
    before = _configuration(up)
    refused = CliRunner().invoke(cli.app, ["deploy"])
    assert refused.exit_code == 1
    assert refused.output.startswith(
        "local deploy: this job can't take the old state: 5_window keeps other state; "
        "9_sink is gone. Nothing was changed. Add --start-from TIME"
    )
    assert refused.output.count("\n") == 1
    assert _configuration(up) == before
    ran = CliRunner().invoke(cli.app, ["deploy", "--start-from", "2026-03-02T14:00:00Z"])
    assert ran.exit_code == 0, ran.output
    assert "started v3 without state" in ran.output
    status, configuration = _configuration(up)
    assert status in {"STARTING", "RUNNING"}
    assert _position(configuration) == "2026-03-02T14:00:00Z"
    restore = configuration["RunConfigurationDescription"]
    assert restore["ApplicationRestoreConfigurationDescription"] == {
        "ApplicationRestoreType": "SKIP_RESTORE_FROM_SNAPSHOT"
    }
    again = CliRunner().invoke(cli.app, ["deploy"])
    assert again.exit_code == 0, again.output


def test_other_windows_and_a_wrong_start_are_refused(up: LocalCloud) -> None:
    """The state has open windows of the old length. The application runs on as before."""
    before = _configuration(up)
    for setting in ("WindowSeconds=90", "SlideSeconds=20", "MoreWindowSeconds=300"):
        ran = CliRunner().invoke(cli.app, ["deploy", "--set", f"{JOB}.{setting}"])
        assert ran.exit_code == 1, up.endpoint
        assert "trades keeps windows of 60 s every 30 s, and the new ones are of " in ran.output
    for arguments in (["--start-from", "soon"], ["tooling", "--start-from", "now"]):
        ran = CliRunner().invoke(cli.app, ["deploy", *arguments])
        assert ran.exit_code == 2
        assert re.match("local deploy: --start-from: .*; allowed: ", ran.output), ran.output
    assert _configuration(up) == before
    given = ["deploy", "--set", f"{JOB}.MoreWindowSeconds=300", "--start-from", "earliest"]
    ran = CliRunner().invoke(cli.app, given)
    assert ran.exit_code == 0, ran.output
    assert _position(_configuration(up)[1]) == "TRIM_HORIZON"


def test_a_setting_without_a_value_is_refused(up: LocalCloud) -> None:
    """The message shows the form of a setting."""
    ran = CliRunner().invoke(cli.app, ["deploy", "--set", "WindowSeconds"])
    assert ran.exit_code == 2, up.endpoint
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
