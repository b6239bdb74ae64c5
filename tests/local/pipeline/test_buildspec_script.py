"""A buildspec as it runs here: phase by phase, in one shell, and refused where it isn't known."""

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


def test_the_pipelines_own_are_understood() -> None:
    """As they were deployed, with every command in its place."""
    for text in (buildspec.build(), buildspec.deploy()):
        parsed = Buildspec.parse(text)
        assert [phase.name for phase in parsed.phases] == ["install", "build"]
        assert parsed.runtimes == {"python": "3.11", "java": "corretto17"}
        given = yaml.safe_load(text)["phases"]
        for phase in parsed.phases:
            assert list(phase.commands) == given[phase.name]["commands"]


def test_commands_share_a_shell_and_end_at_the_first_that_fails(tmp_path: Path) -> None:
    """A variable lives on; what comes after a failure doesn't run, and the code is its own."""
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
        ({"artifacts": {}}, "buildspec: artifacts isn't understood here"),
        ({"env": {"shell": "sh"}}, "allowed: version 0.2 with env.shell bash"),
        ({"phases": {"test": {}}}, "phases: test isn't understood here"),
        ({"phases": {"build": {"commands": []}}}, "phases.build.on-failure: allowed: ABORT"),
        (
            {"phases": {"build": {"on-failure": "ABORT", "finally": []}}},
            "phases.build: finally isn't understood here",
        ),
    ],
)
def test_what_is_not_known_is_refused_by_name(changed: dict[str, object], told: str) -> None:
    """Rather than left out: the rehearsal would show what CodeBuild wouldn't do."""
    with pytest.raises(LocalError, match=told):
        Buildspec.parse(yaml.safe_dump(SPEC | changed))
