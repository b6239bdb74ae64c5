"""Writes the tables of rules in README.md: `python -m policies.table`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from policies.pack import EXEMPTIONS, RULES

README: Final = Path(__file__).parent / "README.md"
BEGIN: Final = "<!-- rules: written by `python -m policies.table` -->"
END: Final = "<!-- end of rules -->"


def table() -> str:
    """Give the tables of rules and of exemptions as Markdown."""
    return "\n".join([BEGIN, "", *_rules(), "", "Exempt:", "", *_exemptions(), "", END])


def _rules() -> Iterator[str]:
    yield "| rule | controls | level | what is wrong, and what to do | why this level |"
    yield "|---|---|---|---|---|"
    for rule in sorted(RULES, key=lambda one: one.name):
        controls = ", ".join(rule.controls)
        yield f"| `{rule.name}` | {controls} | {rule.level} | {rule.says} | {rule.because} |"


def _exemptions() -> Iterator[str]:
    yield "| rule | resource | because |"
    yield "|---|---|---|"
    for one in EXEMPTIONS:
        yield f"| `{one.rule}` | `{one.kind}` named `{one.names}` | {one.reason} |"


def renewed(text: str) -> str:
    """Give the README's text with new tables.

    Raises `ValueError` if a marker is missing.
    """
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + table() + after


if __name__ == "__main__":
    README.write_text(renewed(README.read_text("utf-8")), "utf-8")
