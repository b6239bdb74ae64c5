"""A project of two stacks, a stand-in for Pulumi's command line, and two accounts."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bootstrap_world import OUTPUTS, PROFILES, World

import bootstrap.cli
import bootstrap.run
from doctor.machine import ROOT


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give two empty accounts, and a project that is configured for them."""
    directory, programs, project = (tmp_path / name for name in ("pulumi", "bin", "project"))
    for each in (directory, programs, project):
        each.mkdir()
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, project)
    stand_in = programs / "pulumi"
    source = (Path(__file__).parent / "pulumi_stand_in.py").read_text("utf-8")
    # It needs the standard library alone: without site-packages it starts in half the time.
    stand_in.write_text(f"#!{sys.executable} -IS\n{source}", "utf-8")
    stand_in.chmod(0o755)
    (directory / "outputs.json").write_text(json.dumps(OUTPUTS))
    (directory / "full").touch()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_STAND_IN", str(directory))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    found = World(directory, project)

    def clients(region: str, *, profile: str | None, endpoint: str | None) -> Callable[[str], Any]:
        assert (region, endpoint) == ("us-east-1", None)
        return found.client(PROFILES[profile])

    monkeypatch.setattr(bootstrap.run, "clients", clients)
    monkeypatch.setattr(bootstrap.cli, "ROOT", project)
    return found
