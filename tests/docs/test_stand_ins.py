"""The table of what stands in for AWS names tests that are there."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs/reference/stand-ins.md"


def test_each_row_names_a_test_that_is_there() -> None:
    """Or says that there is none."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    tests = [row.rstrip(" |").rpartition("| ")[2] for row in rows]
    named = [each for each in tests if each not in {"test", "none"}]
    assert named
    for each in named:
        found = re.fullmatch(r"`(\S+)::(test_\w+)`", each)
        assert found, each
        path, name = found.groups()
        assert f"def {name}(" in (PROJECT / path).read_text("utf-8"), each
