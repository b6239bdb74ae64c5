"""The head of each page: the stack, the links to the other pages, and the time of the figures."""

from collections.abc import Callable
from typing import Final, Literal

from nicegui import ui

from board import wording
from board.elements import Tag
from board.stack import Stack

TITLE: Final = "Stock trading analytics"

Place = Literal["/", "/dashboard"]
PAGES: Final[dict[Place, str]] = {"/": "Results", "/dashboard": "Dashboard"}


def build(stack: Stack, here: Place) -> Callable[[int], None]:
    """Build the head. The returned function sets the time, in milliseconds since the epoch."""
    with ui.header(fixed=False, wrap=False).classes("top"):
        with Tag("div", classes="brand"):
            Tag("h1", TITLE)
            Tag("p", stack.place)
        with Tag("nav", classes="pages", aria_label="Pages"), Tag("ul"):
            for address, name in PAGES.items():
                with Tag("li"):
                    current = {"aria_current": "page"} if address == here else {}
                    Tag("a", name, href=address, **current)
        with Tag("div", classes="live"):
            Tag("span", classes="pulse", aria_hidden="true")
            # If this clock does not change for some seconds, the page's script reports that no
            # updates arrive.
            time = Tag("time", id="board-clock")
    return lambda now: time.say(f"{wording.clock(now)} UTC")
