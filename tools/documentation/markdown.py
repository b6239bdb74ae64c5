"""Markdown that is written by code."""

from collections.abc import Iterable, Sequence
from typing import Final

NOTE: Final = "<!-- `make docs-reference` writes this page from {source}. Edit the source. -->"


def note(source: str) -> str:
    """Say in a page's first line where it comes from."""
    return NOTE.format(source=source)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table; a `|` in a cell is kept, and a line's end is a space."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
