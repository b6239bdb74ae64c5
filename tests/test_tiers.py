"""The summary of several tiers, with a Makefile made by the test."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = """
setup package:
\t@echo $@ has run again
good: setup
\t@echo "===== 216 passed, 2 skipped, 2057 deselected in 3.01s ====="
java: package
\t@echo "111 Java tests passed"
bad:
\t@echo "===== 1 failed, 3 passed in 3.01s ====="; exit 1
.PHONY: setup package good java bad
"""


GOOD = "ok good 216 passed, 2 skipped"


@pytest.mark.parametrize(
    ("tiers", "code", "lines"),
    [
        (["good", "java"], 0, [GOOD, "ok java 111 Java tests passed", "all passed"]),
        (["bad", "good"], 1, ["failed bad 1 failed, 3 passed", GOOD, "failed: bad"]),
        (["none", "good"], 1, ["failed none", GOOD, "failed: none"]),
    ],
)
def test_each_tier_has_a_line_and_a_failed_tier_makes_the_run_fail(
    tmp_path: Path, tiers: list[str], code: int, lines: list[str]
) -> None:
    """The tiers after a failed one run too. The shared target is made only once."""
    (tmp_path / "Makefile").write_text(MAKEFILE, "utf-8")
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "tiers.py", *tiers],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    *told, last = done.stdout.rpartition("\n\n")[2].splitlines()
    seconds = re.compile(r" +\d+ s( |$)")
    assert [" ".join(seconds.sub(" ", line).split()) for line in told] == lines[:-1]
    assert re.match(
        re.escape(lines[-1]) + r" in \d+ s(; the machine is busy: load \d+ on |$)", last
    )
    assert "has run again" not in done.stdout
