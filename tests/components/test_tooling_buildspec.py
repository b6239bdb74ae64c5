"""The buildspecs of the pipeline: every target, command and option in them exists."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main
import yaml

from cli import app
from components.pipeline import buildspec

ROOT = Path(__file__).parents[2]
SPECS = {"build": buildspec.build(), "deploy": buildspec.deploy()}


def commands(name: str) -> list[str]:
    """Give all the commands of a buildspec, in order."""
    phases = yaml.safe_load(SPECS[name])["phases"]
    return [each for phase in ("install", "build") for each in phases[phase]["commands"]]


def position(name: str, part: str) -> int:
    """Give the position of the single command that contains `part`."""
    (found,) = [at for at, command in enumerate(commands(name)) if part in command]
    return found


@pytest.mark.parametrize("name", SPECS)
def test_a_buildspec_has_the_format_that_codebuild_reads(name: str) -> None:
    """A failed command ends the build, in every phase."""
    spec = yaml.safe_load(SPECS[name])
    assert spec["version"] == 0.2
    assert spec["env"] == {"shell": "bash"}
    assert set(spec["phases"]) == {"install", "build"}
    assert all(phase["on-failure"] == "ABORT" for phase in spec["phases"].values())
    assert spec["phases"]["install"]["runtime-versions"] == {
        "python": "3.11",
        "java": "corretto17",
    }


@pytest.mark.parametrize("name", SPECS)
def test_every_command_is_one_that_bash_understands(name: str) -> None:
    """The commands are parsed by bash, and not run."""
    for command in commands(name):
        subprocess.run(["bash", "-n", "-c", command], check=True)


@pytest.mark.parametrize("name", SPECS)
def test_every_target_is_one_of_the_makefiles(name: str) -> None:
    """The Makefile has a target of exactly that name."""
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    text = "\n".join(commands(name)).replace('"${targets[@]}"', " ".join(buildspec.CHECKS))
    wanted = {target for line in re.findall(r"\bmake ([a-z -]+)", text) for target in line.split()}
    assert wanted <= rules, wanted - rules


@pytest.mark.parametrize("name", SPECS)
def test_every_command_of_ours_exists_with_its_options(name: str) -> None:
    """The command line itself parses each command, without running it."""
    text = "\n".join(commands(name)).replace("\\\n", " ")
    found = re.findall(r"uv run stocktrading ([^;&|\n]+)", text)
    assert found
    for line in found:
        words = shlex.split(line)
        command: Any = typer.main.get_command(app)
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        values = [_plausible(word) for word in words]
        context = command.make_context("test", values, resilient_parsing=False)
        assert context.params, line


def _plausible(word: str) -> str:
    numbers = {"$VERIFY_MINUTES": "15", "$KEEP_SNAPSHOTS": "10"}
    return numbers.get(word, word)


def test_the_build_checks_before_it_packages_and_publishes_last() -> None:
    """A commit whose tests fail publishes nothing."""
    checks = position("build", 'make "${targets[@]}"')
    package = position("build", 'make package VERSION="$VERSION"')
    publish = position("build", "release publish")
    assert checks < package < publish == len(commands("build")) - 1


def test_the_deploy_takes_a_snapshot_before_it_changes_anything() -> None:
    """A roll-back returns to this snapshot's version."""
    order = [
        position("deploy", part)
        for part in (
            "release fetch",
            "pulumi login",
            "stack select",
            "release restores",
            "release snapshot",
            "pulumi up",
        )
    ]
    assert order == sorted(order)


def test_the_deploy_assumes_the_deployer_role_for_pulumi_and_for_the_release() -> None:
    """Pulumi uses the stack's setting, and each command its option."""
    assert position("deploy", "pulumi config set assume deployer") < position("deploy", "pulumi up")
    text = "\n".join(commands("deploy")).replace("\\\n", " ")
    for line in re.findall(
        r"stocktrading release (?:restores|snapshot|start|verify|rollback|prune)[^;\n]*", text
    ):
        assert '--role-arn "$DEPLOYER_ROLE_ARN"' in line


STUBS = """
pulumi() { echo "pulumi $*"; return "$PULUMI"; }
uv() {
  echo "$*"
  case "$4" in
    start) return "$START";; verify) return "$VERIFY";; rollback) return "$ROLLBACK";;
  esac
}
set -e
VERSION=v2 STACK=sandbox DEPLOYER_ROLE_ARN=arn VERIFY_MINUTES=15 KEEP_SNAPSHOTS=10
"""
UP = "pulumi up"
START = "run stocktrading release start"
VERIFY = "run stocktrading release verify"
PRUNE = "run stocktrading release prune"
ROLLBACK = "run stocktrading release rollback"


@pytest.mark.parametrize(
    ("results", "ran", "code"),
    [
        ({}, [UP, START, VERIFY, PRUNE], 0),
        ({"VERIFY": 1}, [UP, START, VERIFY, ROLLBACK], 1),
        ({"START": 1}, [UP, START, ROLLBACK], 1),
        ({"PULUMI": 1}, [UP, ROLLBACK], 1),
        ({"VERIFY": 1, "ROLLBACK": 1}, [UP, START, VERIFY, ROLLBACK], 1),
    ],
)
def test_any_failure_rolls_back_and_fails_the_run(
    results: dict[str, int], ran: list[str], code: int
) -> None:
    """The roll-out runs in bash, with stubs in place of the commands."""
    done = subprocess.run(
        ["bash", "-c", STUBS + buildspec.ROLL_OUT],
        capture_output=True,
        text=True,
        check=False,
        env={name: str(results.get(name, 0)) for name in ("PULUMI", "START", "VERIFY", "ROLLBACK")},
    )
    assert [
        " ".join(line.split()[: len(part.split())])
        for line, part in zip(done.stdout.splitlines(), ran, strict=True)
    ] == ran
    assert done.returncode == code
    failed = "v2 does not work in sandbox: rolling back to the previous version"
    assert (failed in done.stderr) == (code == 1)


def test_the_policy_pack_that_the_deploy_enforces_is_there() -> None:
    """`pulumi up` refuses a directory without a policy pack."""
    assert (ROOT / "policies" / "PulumiPolicy.yaml").is_file()
    assert "--policy-pack policies" in buildspec.ROLL_OUT


def test_only_downloads_are_cached() -> None:
    """A lock file or the pom pins each download. No build uses the products of an earlier one."""
    for spec in SPECS.values():
        paths = cast("list[str]", yaml.safe_load(spec)["cache"]["paths"])
        assert paths == ["/root/.cache/uv/**/*", "/root/.m2/repository/**/*"]
