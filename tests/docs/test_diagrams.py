"""Diagrams, drawn in a real browser, in light and in dark colours."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tools.documentation import site

pytestmark = pytest.mark.browser

DOCS = site.ROOT / "docs"
FENCE = re.compile(r"^```mermaid$(.*?)^```$", re.MULTILINE | re.DOTALL)
DRAWN = {
    page: len(FENCE.findall(page.read_text("utf-8")))
    for page in sorted(DOCS.rglob("*.md"))
    if FENCE.search(page.read_text("utf-8"))
}
"""Number of diagrams on each page."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name
        """Keep the tests' output to the tests."""


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:
    """Serve the built site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=built_site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[tuple[Page, list[str]]]:
    """Give a page with light colours, and a list of its errors."""
    context = browser.new_context(base_url=address, color_scheme="light")
    page = context.new_page()
    wrong: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(address):
            wrong.append(request.url)

    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(error.message))
    page.on("request", note)
    yield page, wrong
    context.close()


@pytest.mark.parametrize("source", DRAWN, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_diagrams_are_drawn_in_both_colours(source: Path, reader: tuple[Page, list[str]]) -> None:
    """Each has a title for screen readers. The page loads nothing from another server."""
    page, wrong = reader
    where = source.relative_to(DOCS).with_suffix("").as_posix()
    page.goto("/" if where == "index" else f"/{where.removesuffix('index')}/")
    pictures = page.locator("figure.diagram svg:has(> title)")
    for colours in ("light", "dark"):
        if colours == "dark":
            page.get_by_title("Switch to dark").click()
        expect(page.locator("body")).to_have_attribute("data-diagrams", colours)
        expect(pictures).to_have_count(DRAWN[source])
        for picture in pictures.all():
            box = picture.bounding_box()
            assert box
            assert box["width"] > 100
            assert box["height"] > 50
    assert wrong == []


def test_the_page_of_flows_has_pictures() -> None:
    """So the test above checks at least one page."""
    assert DOCS / "explanation" / "flows.md" in DRAWN
