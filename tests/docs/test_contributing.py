"""The files for contributors are valid: hooks, editor settings, forms, licence."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from commands import problem
from pre_commit.clientlib import (  # pyright: ignore[reportMissingTypeStubs] -- it ships none
    load_config,  # pyright: ignore[reportUnknownVariableType]
)

from tools.documentation.site import ROOT

HOOKS = ROOT / ".pre-commit-config.yaml"
FORMS = [ROOT / ".github" / "ISSUE_TEMPLATE" / name for name in ("bug.yml", "feature.yml")]
KINDS = {"checkboxes", "dropdown", "input", "markdown", "textarea"}


def hooks() -> list[Mapping[str, Any]]:
    """Give all hooks of the configuration."""
    load_config(HOOKS)  # fails if pre-commit would refuse it
    config = cast("Mapping[str, Any]", yaml.safe_load(HOOKS.read_text("utf-8")))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    return list(config["repos"][0]["hooks"])


def test_each_hook_is_a_tool_of_this_project() -> None:
    """The lock file pins its version. No hook is downloaded."""
    for hook in hooks():
        assert hook["language"] == "system"
        program, *arguments = str(hook["entry"]).split()
        if program == "make":
            assert problem([program, *arguments]) is None
        else:
            assert (ROOT / program).exists(), f"{program}: run make setup"


def test_a_hook_writes_the_generated_pages_when_their_sources_change() -> None:
    """Its sources are commands, JSON objects, alarms and decisions. Others don't run the hook."""
    (pattern,) = [str(hook["files"]) for hook in hooks() if hook["id"] == "docs-reference"]
    decision = "docs/decisions/0001-python-wires-the-job-sql-and-java-process.md"
    sources = ("release/commands/store.py", "terminal/answers/release.py")
    alarms = "components/monitoring/alarm_rules/job.py"
    for path in ("cli.py", "local/cli.py", *sources, alarms, decision):
        assert (ROOT / path).exists()
        assert re.search(pattern, path), path
    assert not re.search(pattern, "board/chart.py")


def test_an_editor_runs_the_same_tests_as_make_test_pure() -> None:
    """These tests need only the Python environment."""
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text("utf-8"))
    marks = settings["python.testing.pytestArgs"][-1]
    assert f'-m "{marks}"' in (ROOT / "Makefile").read_text("utf-8")
    assert json.loads((ROOT / ".vscode" / "extensions.json").read_text("utf-8"))["recommendations"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_valid_for_github(path: Path) -> None:
    """It has the required parts and only known elements, and each id is unique."""
    form = cast("Mapping[str, Any]", yaml.safe_load(path.read_text("utf-8")))
    assert form["name"]
    assert form["description"]
    ids = [element["id"] for element in form["body"]]
    assert len(set(ids)) == len(ids)
    for element in form["body"]:
        assert element["type"] in KINDS
        assert element["attributes"]["label"]
        if element["type"] in {"checkboxes", "dropdown"}:
            assert element["attributes"]["options"]


def test_the_licence_is_the_one_that_is_declared() -> None:
    """The whole text is there, and pyproject.toml has its name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert re.match(r"\s+Apache License\s+Version 2\.0, January 2004\s", text)
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_guide_lists_every_tier_with_its_command() -> None:
    """The order is that of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (quick,) = re.findall(r"^QUICK := (.*)$", makefile, re.MULTILINE)
    (more,) = re.findall(r"^TIERS := \$\(QUICK\) (.*)$", makefile, re.MULTILINE)
    contributing = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    told = re.findall(r"\| `make ([a-z-]+)` \|", contributing)
    assert told == [*quick.split(), *more.split(), "check", "test"]
