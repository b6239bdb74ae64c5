"""The parts of a rehearsal that need no cloud, such as variables and the workspace."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.directory import PROJECT
from local.errors import LocalError
from local.pipeline import pulumi_stand_in
from local.pipeline.project import plain
from local.pipeline.run import resolve
from local.pipeline.workspace import unpack
from local.rehearsal.changes import CHANGES
from local.rehearsal.job_watch import Span, without
from local.rehearsal.outcome import Rehearsed, Run


def archive(files: dict[str, str]) -> zipfile.ZipFile:
    """Give a ZIP of these files."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return zipfile.ZipFile(body)


def test_a_workspace_gets_the_source_and_keeps_what_takes_minutes(tmp_path: Path) -> None:
    """Equal files aren't touched. Files that the source no longer has are deleted."""
    unpack(archive({"Makefile": "all:", "job/main.py": "1", "old/file": "x"}), tmp_path)
    for kept in (".venv/bin/python", "job/target/job.jar"):
        (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / kept).write_text("kept", "utf-8")
    os.utime(tmp_path / "Makefile", (1, 1))
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "job.zip").write_text("of an earlier build", "utf-8")
    unpack(archive({"Makefile": "all:", "job/main.py": "2"}), tmp_path)
    files = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert files == {"Makefile", "job/main.py", ".venv/bin/python", "job/target/job.jar"}
    assert (tmp_path / "job" / "main.py").read_text("utf-8") == "2"
    assert (tmp_path / "Makefile").stat().st_mtime == 1
    assert not (tmp_path / "old").exists()


def test_an_actions_variables_are_replaced_by_their_values() -> None:
    """A variable has a namespace and a name, and can be anywhere in a text."""
    known = {("SourceVariables", "CommitId"): "3f2c"}
    assert resolve("Roll #{SourceVariables.CommitId} out", known) == "Roll 3f2c out"
    assert resolve("sandbox", known) == "sandbox"
    with pytest.raises(LocalError, match=r"#\{BuildVariables.Id\}: no action before this one"):
        resolve("#{BuildVariables.Id}", known)


def test_only_plain_variables_can_be_read() -> None:
    """A variable from a secret store would be empty here without an error."""
    assert plain([{"name": "STACK", "value": "sandbox"}], "Deploy") == {"STACK": "sandbox"}
    secret = {"name": "TOKEN", "value": "name", "type": "SECRETS_MANAGER"}
    with pytest.raises(LocalError, match="Deploy: variable TOKEN: SECRETS_MANAGER can't be read"):
        plain([secret], "Deploy")


def test_time_without_a_job_is_the_time_in_which_no_kept_version_ran() -> None:
    """A version that is rolled back doesn't count, even while its state is RUNNING."""
    spans = [
        Span(0, "RUNNING", "v1"),
        Span(10, "UPDATING", "v1"),
        Span(12, "RUNNING", "bad"),
        Span(13, "RESTARTING", "bad"),
        Span(20, "RUNNING", "v1"),
    ]
    assert without(spans, {"v1"}, 5, 30) == 10
    assert without(spans, {"v1", "bad"}, 5, 30) == 9
    assert without(spans, {"v1"}, 11, 15) == 4
    assert without(spans, {"v1"}, 25, 30) == 0


def test_the_rehearsals_commits_fit_the_present_sources() -> None:
    """Each text to replace occurs exactly once after the earlier replacements."""
    for change in CHANGES:
        texts: dict[str, str] = {}
        for path, old, new in change.edits:
            text = texts.get(path) or (PROJECT / path).read_text("utf-8")
            assert text.count(old) == 1, (change.subject, old)
            texts[path] = text.replace(old, new)


RUN = Run(
    change="Name the ticker first",
    commit="3f2c9d1",
    expected="deployed",
    outcome="deployed",
    seen="it works",
    seconds=60,
    seconds_without_job=8.5,
)
RIGHT = Rehearsed(
    runs=[RUN],
    all_runs=1,
    trades_sent=100,
    trades_failed=0,
    windows_checked=20,
    mismatches=0,
    undelivered=0,
    seconds=200,
)


def test_a_rehearsal_is_right_only_if_all_its_parts_are() -> None:
    """One unexpected outcome, one missing run or one lost record makes it wrong."""
    assert RIGHT.right
    broken = replace(RUN, outcome="rolled back")
    wrong = (
        replace(RIGHT, runs=[broken]),
        replace(RIGHT, all_runs=2),
        replace(RIGHT, mismatches=1),
        replace(RIGHT, undelivered=1),
        replace(RIGHT, trades_failed=1),
        replace(RIGHT, windows_checked=0),
    )
    assert not any(each.right for each in wrong)


def test_the_text_for_people_has_short_commit_ids() -> None:
    """The rest of the release's verdict is unchanged."""
    commit = "3f2c9d1" * 5
    run = replace(RUN, commit=commit, seen=f"{commit} has failed")
    assert replace(RIGHT, runs=[run]).words()[0] == "3f2c9d13f2: 3f2c9d13f2 has failed"


def test_the_last_line_is_one_json_object() -> None:
    """It has runs, outcomes, seconds without a job, windows and mismatches."""
    told: dict[str, Any] = RIGHT.as_json()
    assert told["right"] is True
    assert told["outcomes"] == ["deployed"]
    assert told["runs"][0]["seconds_without_job"] == 8.5
    assert (told["windows_checked"], told["mismatches"]) == (20, 0)


def test_the_pipelines_installer_accepts_the_stand_in_for_pulumi(tmp_path: Path) -> None:
    """It prints the version that the installer needs, so a rehearsal downloads nothing."""
    program = tmp_path / "pulumi"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {pulumi_stand_in.__name__} "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", str(PROJECT / ".ci" / "install-pulumi"), str(tmp_path / "into")],
        cwd=PROJECT,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "is installed already" in done.stdout
