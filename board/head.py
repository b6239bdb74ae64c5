"""The head of each page: the stack, the links to the other pages, and the time of the figures."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Final, Literal, Protocol

from nicegui import ui

from board import wording
from board.condition import Condition
from board.controls import button
from board.elements import Tag
from board.stack import Stack

TITLE: Final = "Stock trading analytics"

Place = Literal["/", "/dashboard"]
PAGES: Final[dict[Place, str]] = {"/": "Results", "/dashboard": "Dashboard"}


_OWN_ZONE: Final = "() => emit(Intl.DateTimeFormat().resolvedOptions().timeZone)"


class Tell(Protocol):
    """Shows the time, and the condition if it is known."""

    def __call__(
        self, now: int, query: str, condition: Condition | None = None, zone: tzinfo = UTC
    ) -> None:
        """Show them. `now` is in milliseconds since the epoch.

        The links to the pages get the query, so that a person's choice isn't lost between them.
        """
        ...


def build(stack: Stack, here: Place, set_zone: Callable[[str], None] | None = None) -> Tell:
    """Build the head. `set_zone` gets the name of the zone that a person has chosen."""
    with ui.header(fixed=False, wrap=False).classes("top"):
        with Tag("div", classes="brand"):
            Tag("h1", TITLE)
            Tag("p", stack.place)
        with Tag("nav", classes="pages", aria_label="Pages"), Tag("ul"):
            links: dict[Place, Tag] = {}
            for address, name in PAGES.items():
                with Tag("li"):
                    current = {"aria_current": "page"} if address == here else {}
                    links[address] = Tag("a", name, href=address, **current)
        with Tag("div", classes="live") as live:
            Tag("span", classes="pulse", aria_hidden="true")
            word = Tag("span", classes="word")
            # If this clock does not change for some seconds, the page's script reports that no
            # updates arrive.
            time = Tag("time", id="board-clock")
            show_zone = _zone(set_zone) if set_zone else None

    def tell(now: int, query: str, condition: Condition | None = None, zone: tzinfo = UTC) -> None:
        for address, link in links.items():
            link.attribute("href", f"{address}{query}")
        time.say(wording.zoned(now, zone))
        if show_zone:
            show_zone(zone)
        if condition:
            word.say(condition.word)
            live.attribute("data-tone", condition.tone)

    return tell


def _zone(set_zone: Callable[[str], None]) -> Callable[[tzinfo], None]:
    """Build the buttons for this browser's time and for UTC, of which one is shown."""
    local = Tag("button", "Local time", classes="as-link", type="button")
    local.on("click", lambda event: set_zone(str(event.args)), js_handler=_OWN_ZONE)
    utc = button("UTC", lambda: set_zone("UTC"), classes="as-link")

    def show(zone: tzinfo) -> None:
        local.mark_as("unseen", on=zone is not UTC)
        utc.mark_as("unseen", on=zone is UTC)

    return show
