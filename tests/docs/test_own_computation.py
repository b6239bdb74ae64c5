"""The page about own fields and windows is followed in a copy of the project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from edits import OWN_COMPUTATION, copy_project, edits_of, follow

LOOK = """
from components.delivery.catalog import TODAY
from board.choice import title
from job.fields import MEASURES
from board.records import parse_results
from simulator.faults import BAD
from simulator.trades import Trades
from oracle.verdict import Rules, Trade, judge
from tools.documentation.record_page import page
import json
print("vwap" in TODAY, [title(field) for field in MEASURES][-3:])
((record,),) = Trades([[0]])
volume = json.loads(record.data)["VOLUME"]
print(1 <= volume <= 500, judge(record.data, 0, Rules()).number("VOLUME") == volume)
whole = '{"EVENT_TIME":"1970-01-01T00:00:00Z","TICKER":"A","PRICE":2%s}'
for more in ("", ',"VOLUME":"7"', ',"VOLUME":0', ',"VOLUME":1e16', ',"VOLUME":7'):
    print(judge((whole % more).encode(), 0, Rules()))
texts = [bad.render('"1970-01-01T00:00:00Z"', '"A"', "2", ',"VOLUME":7') for bad in BAD]
print([bad for bad, text in zip(BAD, texts) if judge(text, 0, Rules()) != bad.reason])
print([name in page() for name in ("`VOLUME`", "`vwap`", "`volume`", "`trades_above`")])
"""

SEEN = """\
True ['Volume', 'VWAP', 'Above 150']
True True
missing_field
wrong_type
wrong_type
wrong_type
Trade(ticker='A', time=0, price=2.0, more=(7.0,))
[]
[True, True, True, True]
"""


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a project."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=project, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the project with the page's changes."""
    project = copy_project(tmp_path_factory.mktemp("own"))
    paths = {edit.path for edit in edits_of(OWN_COMPUTATION)}
    assert set(follow(OWN_COMPUTATION, project)) == paths
    assert paths == {
        "job/fields.py",
        "job/statements.py",
        "oracle/windows.py",
        "Pulumi.sandbox.yaml",
    }
    return project


def test_everything_follows_the_lists(changed: Path) -> None:
    """Recount, board, table, simulator, faults and documentation have the new fields."""
    ran = run(changed, "-c", LOOK)
    assert (ran.stdout, ran.stderr) == (SEEN, "")


def test_the_pages_checks_pass_and_name_what_does_not_follow(changed: Path) -> None:
    """They are the tests that the page names. Without its formula, a field fails one of them."""
    whole = run(changed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/job")
    assert whole.returncode == 0, whole.stdout
    file = changed / "oracle/windows.py"
    text = file.read_text("utf-8")
    file.write_text(text.replace('"trades_above": lambda', '"something": lambda'), "utf-8")
    lacking = run(changed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/job")
    file.write_text(text, "utf-8")
    assert lacking.returncode == 1
    assert "test_the_oracle_recounts_each_measure" in lacking.stdout
    assert "trades_above" in lacking.stdout
