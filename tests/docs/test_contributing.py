"""What contributors are handed works: hooks, editors, forms, licence."""

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
    """Give all hooks, as they are written down."""
    load_config(HOOKS)  # refuses what pre-commit does not take
    config = cast("Mapping[str, Any]", yaml.safe_load(HOOKS.read_text("utf-8")))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    return list(config["repos"][0]["hooks"])


def test_each_hook_is_a_tool_of_this_project() -> None:
    """At the version of its lock: no hook is fetched from anywhere."""
    for hook in hooks():
        assert hook["language"] == "system"
        program, *arguments = str(hook["entry"]).split()
        if program == "make":
            assert problem([program, *arguments]) is None
        else:
            assert (ROOT / program).exists(), f"{program}: run make setup"


def test_a_hook_writes_the_generated_pages_when_their_sources_change() -> None:
    """Commands, alarms, decisions; not with each commit, as it takes a moment."""
    (pattern,) = [str(hook["files"]) for hook in hooks() if hook["id"] == "docs-reference"]
    decision = "docs/decisions/0001-python-wires-the-job-sql-and-java-process.md"
    for path in ("cli.py", "local/cli.py", "components/monitoring/alarm_rules.py", decision):
        assert (ROOT / path).exists()
        assert re.search(pattern, path), path
    assert not re.search(pattern, "board/chart.py")


def test_an_editor_runs_the_tests_that_make_calls_pure() -> None:
    """They need nothing but the environment."""
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text("utf-8"))
    marks = settings["python.testing.pytestArgs"][-1]
    assert f'-m "{marks}"' in (ROOT / "Makefile").read_text("utf-8")
    assert json.loads((ROOT / ".vscode" / "extensions.json").read_text("utf-8"))["recommendations"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_one_that_github_takes(path: Path) -> None:
    """Its required parts, elements it knows, each id once."""
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
    """Its whole text, and its name where tools look."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert re.match(r"\s+Apache License\s+Version 2\.0, January 2004\s", text)
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_tier_is_told_with_its_command() -> None:
    """As the Makefile runs them, in its order."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (quick,) = re.findall(r"^QUICK := (.*)$", makefile, re.MULTILINE)
    (more,) = re.findall(r"^TIERS := \$\(QUICK\) (.*)$", makefile, re.MULTILINE)
    contributing = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    told = re.findall(r"\| `make ([a-z-]+)` \|", contributing)
    assert told == [*quick.split(), *more.split(), "check", "test"]
