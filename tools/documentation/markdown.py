"""Functions that write Markdown."""

from collections.abc import Iterable, Sequence
from typing import Final

NOTE: Final = "<!-- `make docs-reference` writes this page from {source}. Edit the source. -->"


def note(source: str) -> str:
    """Return a page's first line, which says from which source the page is generated."""
    return NOTE.format(source=source)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. A `|` in a cell is escaped, and a line break in a cell becomes a space."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
