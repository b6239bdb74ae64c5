"""The part of Markdown that a dashboard's text widgets use. Pure.

It has headings, paragraphs and links. Nothing is read as HTML, because the person who may write the
dashboard is not the person who reads it.
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
    """A piece of text. With an address it is a link."""

    text: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A heading or a paragraph."""

    heading: bool
    pieces: tuple[Piece, ...]


def linked(text: str) -> list[Piece]:
    """Make links from the addresses in a plain text."""
    return list(_pieces(_ADDRESS.sub(r"[\g<0>](\g<0>)", text)))


def blocks(markdown: str) -> list[Block]:
    """Read a text. Each line is a block."""
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
