"""The README is right: some test runs each of its commands, and its lists agree with the code."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest
from commands import told
from typer.testing import CliRunner

from cli import app
from local.demo.outcome import Outcome
from tools.documentation.site import ROOT

README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial" / "first-results.md"
TEXT = README.read_text("utf-8")

RUN_BY = {
    "make demo": "tests/local/demo/test_demo_run.py::test_the_demo_recounts_every_result",
    "stocktrading board": (
        "tests/board/test_board_page.py::test_the_chart_draws_the_results_on_the_stream"
    ),
    "stocktrading local deploy": (
        "tests/local/test_local_cli.py::test_a_stack_is_deployed_again_with_another_setting"
    ),
    "stocktrading local status": (
        "tests/local/test_local_cli.py::test_the_status_has_endpoint_application_and_job"
    ),
    "stocktrading local down": (
        "tests/local/test_local_cli.py::test_without_a_cloud_each_command_says_what_to_do"
    ),
    "stocktrading local env": (
        "tests/local/test_local_cli.py::test_a_shell_with_the_environment_is_in_the_stacks_account"
    ),
    "stocktrading local up": "tests/local/test_local_cli.py::up",
    "stocktrading simulate": (
        "tests/simulator/test_simulator_emulator.py::test_all_trades_arrive_spread_over_all_shards"
    ),
}
"""Commands that take minutes or need a cloud, with the test that runs them."""

NOT_RUN = {
    "eval": "changes a shell; what it takes is run by the test of `local env`",
    "git": "takes the reader's own change back",
    "make package": "what every tier of the tests begins with: the Makefile's own order",
    "make pulumi": "downloads or builds the engine; tests/test_install_pulumi.py runs its script",
    "make test": "it runs this",
    "pulumi": "needs an account; the engine runs the same program in tests/local/deploy",
    "source": "changes a shell and nothing else",
}
"""Commands that no test runs, and why not."""


def test_every_command_runs_in_a_test_or_says_why_not() -> None:
    """This is about README and tutorial. Add a new command to one of the two lists above."""
    known = (*RUN_BY, *NOT_RUN)
    commands = [" ".join(words) for page in (README, TUTORIAL) for words in told(page)]
    assert [each for each in commands if not each.startswith(known)] == []
    assert [each for each in known if not any(one.startswith(each) for one in commands)] == []


@pytest.mark.parametrize("command", RUN_BY)
def test_each_test_that_runs_a_command_exists(command: str) -> None:
    """If you rename such a test, rename it here too."""
    file, _, name = RUN_BY[command].partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)


def test_the_readmes_capacity_command_works() -> None:
    """The command runs exactly as in the text."""
    (command,) = re.findall(r"`stocktrading (capacity\s[^`]*)`", TEXT)
    ran = CliRunner().invoke(app, command.split())
    assert ran.exit_code == 0, ran.output
    assert "10,000 trades/s at the peak" in ran.output


def test_the_readmes_outcome_has_only_fields_of_an_outcome() -> None:
    """A script would read these fields from the demo's last line."""
    (shown,) = re.findall(r"^```json\n(.*)\n```$", TEXT, re.MULTILINE)
    names = {"right", *(field.name for field in fields(Outcome))}
    assert {*json.loads(shown)} - {"..."} <= names


def test_the_reasons_of_dead_letters_are_the_closed_list() -> None:
    """They are in the order of the checks."""
    java = (ROOT / "job/src/main/java/stocktrading/job/Reason.java").read_text("utf-8")
    (listed,) = re.findall(r"enum Reason \{\s*([A-Z_,\s]+);", java)
    (said,) = re.findall(r"The reasons: (.*?)\.\n", TEXT, re.DOTALL)
    assert re.findall(r"`(\w+)`", said) == [name.strip().lower() for name in listed.split(",")]


def test_the_pictures_are_small_files() -> None:
    """A slow connection can load them."""
    pictures = [README.parent / name for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", TEXT)]
    assert pictures
    assert all(Path(picture).stat().st_size < 1_500_000 for picture in pictures)


def test_a_field_is_added_as_the_tutorial_says(tmp_path: Path) -> None:
    """With the tutorial's lines added, the job computes the field and the oracle recounts it."""
    blocks = re.findall(
        r"^```python\n(.*spread.*\n(?:.+\n)+)```$", TUTORIAL.read_text("utf-8"), re.MULTILINE
    )
    files = ("job/fields.py", "job/statements.py", "oracle/windows.py")
    for room in ("job", "oracle"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=lambda _, names: _not_python(names))
    for file, block in zip(files, blocks, strict=True):
        source = (ROOT / file).read_text("utf-8")
        below = block.partition("\n")[2]
        assert source.count(below) == 1, f"{file}: {below}"
        (tmp_path / file).write_text(source.replace(below, block), "utf-8")
    assert "MAX(max_price)" in (ROOT / "job/statements.py").read_text("utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", USES_SPREAD],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("KEY 'spread' VALUE max_price - min_price\nNone\n", "")


def _not_python(names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py")]


USES_SPREAD: Final = """
import re
from job import statements
from oracle.windows import Key, Result, Trade, find_mistake
print(re.search("KEY 'spread' VALUE [^,)]*", statements.RESULT_LINES["json"])[0])
trades = [Trade("A", 0, 1.5), Trade("A", 1, 4.0)]
print(find_mistake(Result(Key("A", 60_000, 0), {"spread": 2.5}), trades))
"""
