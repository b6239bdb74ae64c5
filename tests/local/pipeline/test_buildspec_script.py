"""A buildspec's phases run in one shell, and an unknown key is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from components.pipeline import buildspec
from local.errors import LocalError
from local.pipeline.buildspec import Buildspec

SPEC = {
    "version": 0.2,
    "env": {"shell": "bash"},
    "phases": {
        "install": {
            "runtime-versions": {"python": 3.11},
            "on-failure": "ABORT",
            "commands": ["GREETING=hello"],
        },
        "build": {"on-failure": "ABORT", "commands": ['echo "$GREETING"', "false", "echo never"]},
    },
}


def test_the_pipelines_own_buildspecs_are_supported() -> None:
    """They are read as they are deployed, with every command in its phase."""
    for text in (buildspec.build(), buildspec.deploy()):
        parsed = Buildspec.parse(text)
        assert [phase.name for phase in parsed.phases] == ["install", "build"]
        assert parsed.runtimes == {"python": "3.11", "java": "corretto17"}
        given = yaml.safe_load(text)["phases"]
        for phase in parsed.phases:
            assert list(phase.commands) == given[phase.name]["commands"]


def test_commands_share_a_shell_and_stop_at_the_first_failure(tmp_path: Path) -> None:
    """A variable stays set. Commands after a failure don't run, and its exit code is kept."""
    script = Buildspec.parse(yaml.safe_dump(SPEC)).script()
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "[Container] Entering phase INSTALL",
        "[Container] Running command GREETING=hello",
        "[Container] Entering phase BUILD",
        '[Container] Running command echo "$GREETING"',
        "hello",
        "[Container] Running command false",
        "[Container] Command did not exit successfully: 1",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"artifacts": {}}, "buildspec: artifacts isn't supported here"),
        ({"env": {"shell": "sh"}}, "allowed: version 0.2 with env.shell bash"),
        ({"phases": {"test": {}}}, "phases: test isn't supported here"),
        ({"phases": {"build": {"commands": []}}}, "phases.build.on-failure: allowed: ABORT"),
        (
            {"phases": {"build": {"on-failure": "ABORT", "finally": []}}},
            "phases.build: finally isn't supported here",
        ),
    ],
)
def test_an_unknown_key_is_refused_by_name(changed: dict[str, object], told: str) -> None:
    """If it were ignored, the rehearsal would differ from CodeBuild."""
    with pytest.raises(LocalError, match=told):
        Buildspec.parse(yaml.safe_dump(SPEC | changed))
