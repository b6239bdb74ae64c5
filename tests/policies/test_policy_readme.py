"""The pack's README agrees with the pack."""

import re

import pytest

from policies.pack import RULES
from policies.table import README, renewed


def test_tables_are_up_to_date() -> None:
    """If not, run `python -m policies.table`."""
    text = README.read_text("utf-8")
    assert text == renewed(text)


def test_tables_name_every_rule_once() -> None:
    """A reader can find the rule that stopped a preview."""
    rows = re.findall(
        r"^\| `([\w-]+)` \|.*\| (?:mandatory|advisory) \|", README.read_text("utf-8"), re.MULTILINE
    )
    assert rows == sorted(rule.name for rule in RULES)


def test_a_readme_without_markers_is_refused() -> None:
    """The tables are not added in another place."""
    with pytest.raises(ValueError, match="unpack"):
        renewed("# Policy pack")
