"""The words that a newcomer types into the search lead to the page that answers."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from patience import wait_for
from playwright.sync_api import Browser, Locator, Page, expect

FIRST = 3
"""The answer is among this many results."""

LATE = "questions/#why-are-my-trades-late-and-why-are-they-not-counted"
BACKLOG = "questions/#how-do-i-count-a-backlog-of-old-or-historical-trades"
IDLE = "questions/#why-are-there-no-results-a-shard-is-idle-or-a-window-doesnt-close"
COST = "questions/#what-does-it-cost-and-how-large-must-it-be"
FIELD = "questions/#how-do-i-add-a-field-or-a-column"
FILE = "questions/#how-do-i-send-my-own-file-such-as-a-csv-of-prices"
STATE = "questions/#what-happens-to-the-state-when-i-change-the-job"
KEPT = "how-to/change-sql/#keep-the-state"
PROXY = "questions/#it-hangs-or-fails-behind-a-proxy-what-must-i-set"
DOCKER = "questions/#do-i-need-docker-pulumi-or-an-aws-account"
PYTHON = "questions/#which-python-java-and-maven-do-i-need-i-have-python-312"
OFFLINE = "questions/#does-it-work-offline-without-a-network"
TWICE = "questions/#why-does-a-result-come-twice"
MAC = "questions/#does-it-run-on-macos-a-mac-or-windows"
PORT = "questions/#a-port-is-already-in-use"
DELETE = "questions/#how-do-i-stop-the-local-cloud-or-delete-everything"
CHECK = "how-to/own-file/#1-check-the-file"
AFRESH = "how-to/change-sql/#without-the-old-state"
MUTE = "runbook/#mute-an-alarm"
REPLAY = "runbook/#replay-from-a-time"
ENDED = "questions/#no-local-cloud-is-up-or-the-local-cloud-has-ended"

ANSWERED = {
    "late": LATE,
    "late trades": LATE,
    "backlog": BACKLOG,
    "historical": BACKLOG,
    "old trades": BACKLOG,
    "idle shard": IDLE,
    "no results": IDLE,
    "cost": COST,
    "add field": FIELD,
    "column": FIELD,
    "own file": FILE,
    "csv": FILE,
    "state": KEPT,
    "StateMigrationException": STATE,
    "proxy": PROXY,
    "http_proxy": PROXY,
    "docker": DOCKER,
    "python 3.12": PYTHON,
    "offline": OFFLINE,
    "no local cloud is up": ENDED,
    "how much a month": COST,
    "nothing happens": IDLE,
    "empty board": IDLE,
    "duplicate results": TWICE,
    "macos": MAC,
    "port already in use": PORT,
    "stop the local cloud": DELETE,
    "delete everything": DELETE,
    "excel": CHECK,
    "timezone": CHECK,
    "start afresh": AFRESH,
    "silence alarm": MUTE,
    "reprocess": REPLAY,
}
"""What is typed, and the place that answers."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name
        """Keep the tests' output to the tests."""


@pytest.fixture(scope="module")
def search(built_site: Path, browser: Browser) -> Iterator[Page]:
    """Serve the built site, and open the search as a reader does, by its key."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=built_site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = browser.new_page(base_url=f"http://127.0.0.1:{server.server_port}")
        page.goto("/", wait_until="networkidle")  # the scripts are then loaded
        page.keyboard.press("/")
        yield page
        page.close()
        server.shutdown()
        thread.join()


def test_every_answer_has_the_words_in_the_index(built_site: Path) -> None:
    """The search of the built site reads this index."""
    index = json.loads((built_site / "search.json").read_text("utf-8"))
    items: list[dict[str, Any]] = index["items"]
    texts = {item["location"]: f"{item['title']} {item['text']}".lower() for item in items}
    for typed, place in ANSWERED.items():
        assert [word for word in typed.lower().split() if word not in texts[place]] == [], typed


@pytest.mark.browser
@pytest.mark.parametrize("typed", ANSWERED)
def test_the_search_finds_the_answer(search: Page, typed: str) -> None:
    """The site's own search runs in a browser."""
    box = search.get_by_label("Search", exact=True).and_(search.locator("[type=text]"))
    results = search.locator('[id$="-results"] a')
    box.fill("")
    expect(results).to_have_count(0)  # the results of the query before are gone
    box.fill(typed)
    expect(results.first).to_be_visible()
    wait_for(
        lambda: ANSWERED[typed] in _first_places(results),
        progress=lambda: _first_places(results),
    )


def _first_places(results: Locator) -> list[str]:
    found = [urlsplit(str(each.get_attribute("href"))) for each in results.all()[:FIRST]]
    return [f"{one.path.removeprefix('/')}#{one.fragment}" for one in found]
