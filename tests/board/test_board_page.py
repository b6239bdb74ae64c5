"""The page in a real browser. The tests put records like the job's on the streams."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from board_stack import BoardStack, letter, result
from playwright.sync_api import Browser, Page, ViewportSize, expect

from board.process import Board
from local.emulator.child import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.emulator]

SLIDE = 30_000
LAPTOP: ViewportSize = {"width": 1366, "height": 768}

SILENT = 6_000
"""Milliseconds after which the page knows that the board is gone: `SILENT_MS` of board.js."""

RECONNECT = 10_000
"""Milliseconds that the page may wait before it tries again to connect."""

PACE = 0.2
"""The pace of a board that has to notice soon that its source gives no answer."""

HOSTILE = '</script><img src=x onerror="document.title=1">{{ 7*7 }}<b>bold</b>'


@pytest.fixture(scope="module")
def last(stack: BoardStack) -> int:
    """Put six windows of three tickers, and three dead letters. Return the last window's end."""
    last = int(time.time() * 1000) // SLIDE * SLIDE
    for window in range(6):
        end = last - (5 - window) * SLIDE
        prices = {"AMZN": 71.25 + window, "GOOG": 87.5 - window, "ORCL": 33.0}
        stack.put("results_stream", [result(name, end, price) for name, price in prices.items()])
    stack.put(
        "dead_letter_stream",
        [
            letter("late", '{"TICKER": "AMZN"}', last),
            letter("late", '{"TICKER": "GOOG"}', last),
            letter("not_json", HOSTILE, last),
        ],
    )
    return last


@pytest.fixture
def page(browser: Browser, last: int, board: Board) -> Iterator[Page]:
    """Give the page with the results, which were put before the board began to read."""
    assert last
    with browser.new_context(viewport=LAPTOP) as context:
        page = context.new_page()
        page.goto(board.url)
        expect(page.locator("#latest tbody tr")).to_have_count(3)
        expect(page.locator("#letters li", has_text="not_json")).to_be_visible()
        yield page


def _rows(page: Page, selector: str) -> list[list[str]]:
    rows = page.locator(f"{selector} tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def test_the_latest_results_are_those_on_the_stream(page: Page) -> None:
    """Each row has the change since the previous window, and the window's measures."""
    assert _rows(page, "#latest tbody") == [
        ["AMZN", "76.25", "▲ 1.00", "73.96", "75.11", "600"],
        ["GOOG", "82.50", "▼ 1.00", "80.02", "81.26", "600"],
        ["ORCL", "33.00", "= 0.00", "32.01", "32.51", "600"],
    ]


def test_the_chart_draws_the_results_on_the_stream(page: Page) -> None:
    """Each ticker has a line with a point for each window.

    The heights are in proportion to the prices.
    """
    lines = page.locator('.chart path[stroke^="var(--series-"][stroke-width="2"]')
    expect(lines).to_have_count(3)
    drawn = [_points(line.get_attribute("d") or "") for line in lines.all()]
    assert [len(points) for points in drawn] == [6, 6, 6]
    amzn, goog, orcl = drawn
    assert all(later[1] < earlier[1] for earlier, later in pairwise(amzn))
    assert len({y for _, y in orcl}) == 1, "a constant price is a flat line"
    per_unit = (orcl[0][1] - goog[0][1]) / (87.5 - 33.0)
    assert (orcl[0][1] - amzn[5][1]) / per_unit == pytest.approx(76.25 - 33.0, abs=0.01)
    steps = {round(b[0] - a[0], 1) for a, b in pairwise(amzn)}
    assert max(steps) - min(steps) < 1, "windows are evenly spaced"
    labels = page.locator(".chart text").all_text_contents()
    assert {"AMZN", "GOOG", "ORCL"} <= set(labels), "each line is named where it ends"


def _points(path: str) -> list[tuple[float, float]]:
    numbers = [part.split() for part in path.replace("M", "L").split("L") if part]
    return [(float(x), float(y)) for x, y in numbers]


def test_the_chart_has_a_text_and_a_table_for_screen_readers(page: Page, last: int) -> None:
    """Both show the same prices as the chart."""
    words = page.get_by_role("img", name="Highest by ticker").get_attribute("aria-label")
    assert words is not None
    assert "AMZN 76.25, from 71.25 to 76.25; GOOG 82.50, from 82.50 to 87.50" in words
    page.get_by_text("Show as a table").click()
    expect(page.locator("#prices tbody tr")).to_have_count(6)
    table = _rows(page, "#prices tbody")
    clock = time.strftime("%H:%M:%S", time.gmtime(last / 1000))
    assert len(table) == 6
    assert table[0] == [clock, "76.25", "82.50", "33.00"]


def test_dead_letters_are_counted_by_reason_and_can_be_opened(page: Page) -> None:
    """The most frequent reason is first.

    The keyboard opens a letter, which shows the payload as received.
    """
    counts = [(row[0].split("\n")[0], row[1].strip()) for row in _rows(page, "#letters tbody")]
    assert counts[0] == ("late", "2")
    assert ("not_json", "1") in counts
    item = page.locator("#letters li", has_text="not_json")
    item.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(item.locator("pre")).to_be_visible()
    assert item.locator("pre").inner_text() == HOSTILE
    assert "shardId-000000000002" in item.inner_text()


def test_an_open_letter_stays_open_while_new_letters_come(page: Page, stack: BoardStack) -> None:
    """A person who reads a letter isn't interrupted."""
    item = page.locator("#letters li", has_text="GOOG")
    item.locator("summary").click()
    before = page.locator("#letters li").count()
    stack.put("dead_letter_stream", [letter("bad_price", "{}", int(time.time() * 1000))])
    expect(page.locator("#letters li")).to_have_count(before + 1)
    expect(page.locator("#letters li").first).to_contain_text("bad_price")
    expect(item.locator("pre")).to_be_visible()


def test_a_payload_is_shown_as_text_and_never_as_markup(page: Page) -> None:
    """Anybody who can send trades can choose a payload."""
    assert page.locator("#letters img, #letters b").count() == 0
    assert page.title() == "Stock trading analytics"


def test_a_change_of_the_jobs_state_shows_within_seconds(page: Page, stack: BoardStack) -> None:
    """The figure and the screen reader's text show the state, and the reason if there is one."""
    state = page.locator("#tile-job .figure")
    expect(state).to_have_text("Running")
    for word, shown in (("STOPPED", "Stopped"), ("UPDATING", "Updating")):
        stack.say(word, version=1, code="releases/v1/stocktrading-job.zip")
        expect(state).to_have_text(shown)
        said = page.locator('[role="status"]')
        expect(said).to_contain_text(f"The job is {shown.lower()}.")
    stack.say("FAILED", exception="BoomError: stream not found")
    expect(page.locator("#tile-job")).to_contain_text("BoomError: stream not found")
    expect(page.locator("#job")).to_contain_text("BoomError: stream not found")
    stack.say("RUNNING", version=1, code="releases/v1/stocktrading-job.zip")
    expect(state).to_have_text("Running")


def test_trades_are_counted_as_they_arrive(page: Page, stack: BoardStack) -> None:
    """The rate is over ten seconds: 500 trades are 50 a second."""
    stack.put("ingest_stream", [b'{"EVENT_TIME": "x"}'] * 500)
    expect(page.locator("#tile-trades .figure")).to_have_text("50")


def test_the_page_loads_nothing_from_another_host(browser: Browser, board: Board) -> None:
    """The page works on a machine without internet access."""
    asked: list[str] = []
    texts: dict[str, str] = {}

    with browser.new_context(viewport=LAPTOP) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(board.url, wait_until="networkidle")
        for url in [url for url in asked if url.endswith(".css")]:
            texts[url] = context.request.get(url).text()
        texts[board.url] = context.request.get(board.url).text()
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith("data:")}
    assert hosts == {urlsplit(board.url).netloc}
    for url, text in texts.items():
        for place in ("http://", "https://", '="//', "url(//"):
            found = [part[:80] for part in text.split(place)[1:]]
            allowed = ("127.0.0.1", "www.w3.org/")  # the board itself, and XML namespaces
            assert all(part.startswith(allowed) for part in found), (url, place, found)


def test_the_first_tab_stop_skips_to_the_figures(page: Page) -> None:
    """A keyboard user reaches the figures with one key."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the figures")).to_be_focused()


def test_the_page_says_that_the_emulator_is_gone_and_recovers_by_itself(
    browser: Browser, tmp_path: Path
) -> None:
    """Old numbers fade, and show their age and the reason.

    New numbers come later without a reload.
    """
    now = int(time.time() * 1000) // SLIDE * SLIDE
    with ExitStack() as held:
        with Emulator(run_directory=tmp_path / "one") as emulator:
            stack, port = BoardStack(emulator, tmp_path), emulator.port
            stack.say("RUNNING")
            stack.put("results_stream", [result("AMZN", now, 70.0)])
            board = Board(outputs=stack.outputs, job_status=stack.job_status, port=0, pace=PACE)
            held.enter_context(board)
            page = held.enter_context(browser.new_context(viewport=LAPTOP)).new_page()
            page.goto(board.url)
            # What has never been read has no age that could be told.
            expect(page.locator("#latest tbody")).to_contain_text("AMZN")
            old = page.locator("#prices.stale, #latest.stale, #letters.stale, .tile.stale")
            expect(old).to_have_count(0)
        stale = page.locator("#prices.stale, #latest.stale, #letters.stale")
        expect(stale).to_have_count(3)
        note = page.locator("#latest .panel-note")
        expect(note).to_contain_text("no answer; check that the service runs")
        expect(note).to_contain_text("ago")
        expect(page.locator('[role="status"]')).to_contain_text("Not up to date: results")
        for name in ("trades", "results", "behind"):  # an unknown rate is not shown as zero
            figure = page.locator(f"#tile-{name} .figure")
            expect(figure).to_have_text("\N{EN DASH}")
        page.evaluate("document.body.dataset.kept = 'yes'")
        with Emulator(run_directory=tmp_path / "two", port=port) as emulator:
            stack = BoardStack(emulator, tmp_path)
            stack.put("results_stream", [result("GOOG", now + SLIDE, 80.0)])
            expect(stale).to_have_count(0)
            expect(page.locator("#latest")).to_contain_text("GOOG")
            assert page.evaluate("document.body.dataset.kept") == "yes"


def test_the_page_says_that_the_board_is_gone_and_recovers_by_itself(
    browser: Browser, stack: BoardStack, last: int
) -> None:
    """The page shows the time of its figures. It is up to date again when the board runs again."""
    assert last

    def start(port: int) -> Board:
        return Board(outputs=stack.outputs, job_status=stack.job_status, port=port).__enter__()

    board = start(0)
    with browser.new_context(viewport=LAPTOP) as context:
        page = context.new_page()
        page.clock.install()  # the page's time goes on, and the test can let seconds pass at once
        page.goto(board.url)
        expect(page.locator("#latest tbody tr")).to_have_count(3)
        board.stop()
        page.clock.fast_forward(SILENT)
        expect(page.get_by_role("alert")).to_contain_text("The board is gone")
        expect(page.locator("body.is-lost")).to_have_count(1)
        again = start(board.port)
        try:
            page.clock.fast_forward(RECONNECT)
            expect(page.locator("body.is-lost")).to_have_count(0)
            expect(page.locator("#latest tbody tr")).to_have_count(3)
        finally:
            again.stop()
