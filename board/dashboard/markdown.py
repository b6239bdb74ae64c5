"""The little Markdown that a dashboard's text widgets are written in. Pure.

Headings, paragraphs and links, which is all that ours have; nothing of it is taken for HTML, as
whoever may write the dashboard isn't who reads it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LINK: Final = re.compile(r"\[([^\]]+)\]\((https://[^\s)]+)\)")
_ADDRESS: Final = re.compile(r"https://[^\s)\]]+")
_HEADING: Final = re.compile(r"#{1,6}\s+")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of text, or a link where it has an address."""

    text: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A heading or a paragraph."""

    heading: bool
    pieces: tuple[Piece, ...]


def linked(text: str) -> list[Piece]:
    """Make links of the addresses in a plain text."""
    return list(_pieces(_ADDRESS.sub(r"[\g<0>](\g<0>)", text)))


def blocks(markdown: str) -> list[Block]:
    """Read a text, a block a line."""
    return [
        Block(heading=bool(_HEADING.match(line)), pieces=tuple(_pieces(_HEADING.sub("", line, 1))))
        for line in map(str.strip, markdown.splitlines())
        if line
    ]


def _pieces(line: str) -> Iterator[Piece]:
    at = 0
    for found in _LINK.finditer(line):
        if text := line[at : found.start()]:
            yield Piece(text=text)
        yield Piece(text=found[1], url=found[2])
        at = found.end()
    if rest := line[at:]:
        yield Piece(text=rest)
