"""The page with any number of tickers, extreme values and all states, in a real browser.

One page is loaded once. Then the script changes what it shows.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import (  # pyright: ignore[reportMissingTypeStubs] -- the package ships none
    Axe,
)
from board_program import serving
from patience import wait_for
from playwright.sync_api import Browser, Page, ViewportSize, expect
from scripted_board import LONG, Script, reads

from board.listing import ROWS

pytestmark = pytest.mark.browser

SCREENS: tuple[ViewportSize, ...] = (
    {"width": 1366, "height": 768},
    {"width": 390, "height": 844},
)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
GROUND = {"light": "rgb(244, 246, 249)", "dark": "rgb(9, 13, 19)"}
OUTPUTS = {
    "ingest_stream": "ingest",
    "results_stream": "results",
    "dead_letter_stream": "dead-letters",
    "region": "us-east-1",
    "account_id": "222222222222",
    "endpoint": "http://127.0.0.1:4566",
    "application_name": "stocktrading-analytics",
    "sink_bucket": "sink",
    "aggregation_enabled": False,
}

EXTREME = 60
"""The number of tickers with which axe-core checks the page."""

Show = Callable[[Script], None]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file that says what the board shows."""
    return tmp_path_factory.mktemp("script") / "script.json"


@pytest.fixture(scope="module")
def url(script: Path) -> Iterator[str]:
    """Give the address of a board that shows what the script says."""
    Script().write(script)
    outputs = script.with_name("outputs.json")
    outputs.write_text(json.dumps(OUTPUTS), "utf-8")
    with serving("scripted_board.py", outputs, script) as found:
        yield found


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """Give the page, in a browser whose clock is an hour or two ahead of UTC."""
    with browser.new_context(viewport=SCREENS[0], timezone_id="Europe/Berlin") as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        # On a busy machine NiceGUI may load the page again until its socket is open.
        first = page.locator("#board-clock").inner_text()
        expect(page.locator("#board-clock")).not_to_have_text(first)
        yield page
        assert errors == []


@pytest.fixture
def show(script: Path, page: Page) -> Show:
    """Give a function that sets what the board shows, and waits until the page shows it."""

    def shown(what: Script) -> None:
        what.write(script)
        wait_for(lambda: reads(script) == what)
        told = page.locator("#board-clock").inner_text()
        expect(page.locator("#board-clock")).not_to_have_text(told)

    return shown


SIZES = [
    Script(tickers=1, windows=1),
    Script(tickers=5, extreme=True, windows=4),
    Script(tickers=EXTREME, extreme=True),
    Script(tickers=5_000, windows=4),
]


def test_any_number_of_tickers_fits_each_screen(page: Page, show: Show) -> None:
    """Nothing is wider than the screen or its panel, in light and dark.

    axe-core checks landmarks, names, tables and contrast.
    """
    for shown in SIZES:
        show(shown)
        note = page.locator("#tile-results .note")
        expect(note).to_contain_text(f" {shown.tickers:,} ticker")
        expect(page.locator("#latest tbody tr")).to_have_count(min(shown.tickers, ROWS))
        for screen in SCREENS:
            page.set_viewport_size(screen)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.wait_for_function(f"document.body.clientWidth === {screen['width']}")
                assert page.evaluate(_WIDE) == [], (shown, screen)
                ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
                assert ground == GROUND[scheme]
                if shown.tickers == EXTREME:
                    assert _problems(page) == "", (screen, scheme)


_WIDE = """() => [...document.querySelectorAll('body, .tile, .panel, .chart svg')]
    .filter(each => each.scrollWidth > each.clientWidth + 1
        || each.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(each => each.id || each.className)"""


def _problems(page: Page) -> str:
    axe: Any = Axe()
    found: list[dict[str, Any]] = axe.run(page).response["violations"]
    return "\n".join(f"{each['id']}: {node['html']}" for each in found for node in each["nodes"])


def test_extreme_values_can_be_read(page: Page, show: Show) -> None:
    """A long name is cut with its whole text at hand. A small price isn't shown as zero."""
    show(Script(tickers=60, extreme=True))
    expect(page.locator("#tile-results .note")).to_contain_text("60 tickers")
    search = page.get_by_role("searchbox", name="Search tickers")
    search.fill("wwww")
    expect(page.locator("#latest tbody tr")).to_have_count(1)
    name = page.locator("#latest .name")
    assert name.get_attribute("title") == LONG
    search.fill("RC")
    expect(page.locator("#latest tbody .name")).to_have_text(["ORCL"])
    cell = page.locator("#latest tbody td").first
    shown, exact = cell.inner_text(), cell.get_attribute("title") or "0"
    assert 0 < float(shown) == pytest.approx(float(exact), rel=1e-3)
    search.fill("nothing")
    expect(page.locator("#latest .pager")).to_contain_text("None of 60 tickers is found.")


def test_a_person_chooses_sorts_and_pins_tickers_and_a_reload_keeps_it(
    page: Page, show: Show
) -> None:
    """No ticker is left out without a word. A drawn ticker keeps its colour."""
    show(Script(tickers=60))
    expect(page.locator("#prices .rest")).to_contain_text("6 of 60 tickers are drawn")
    page.get_by_role("button", name="Trades").click()
    expect(page.locator("#latest th[aria-sort=descending]")).to_have_text("Trades")
    trades = [int(each.replace(",", "")) for each in _column(page, "td:last-child")]
    assert trades == sorted(trades, reverse=True)
    drawn = _column(page, "tr:has(.draw[aria-pressed=true]) .name")
    assert drawn == _column(page, ".name")[:6], "those with the most trades"
    colours = {name: _swatch(page, name) for name in drawn}
    page.get_by_role("button", name=f"Draw {drawn[0]}").click()
    expect(page.locator("#prices .rest")).to_contain_text("5 of 60 tickers are drawn")
    assert {name: _swatch(page, name) for name in drawn[1:]} == {
        name: colours[name] for name in drawn[1:]
    }
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#latest .pager")).to_contain_text("11 to 20 of 60")
    pinned = _column(page, ".name")[2]
    page.get_by_role("button", name=f"Pin {pinned} to the top").click()
    expect(page.locator("#latest tbody tr").first).to_contain_text(pinned)
    expect(page).to_have_url(re.compile(f"pinned={pinned}"))  # a message of its own changes it
    page.reload()
    expect(page.locator("#latest tbody tr").first).to_contain_text(pinned)
    expect(page.locator("#prices .rest")).to_contain_text("5 of 60 tickers are drawn")
    page.get_by_role("button", name="Let the page choose").click()
    expect(page.locator("#prices .rest")).to_contain_text("6 of 60 tickers are drawn, those with")


def test_the_chart_shows_percent_another_value_a_time_range_and_local_time(
    page: Page, show: Show
) -> None:
    """The axis, the text alternative and the times follow. A zoom stays while results come."""
    show(Script(windows=60))
    labels = page.locator(".chart svg text")
    expect(page.locator(".chart")).to_have_attribute("aria-label", _containing("Highest by"))
    expect(labels.filter(has_text="%")).to_have_count(0)
    page.get_by_role("button", name="Percent").click()
    expect(labels.filter(has_text="%")).not_to_have_count(0)
    expect(page.locator("#latest [data-direction]").first).to_contain_text("%")
    page.get_by_label("Value to draw").select_option("Average")
    figure = page.locator(".chart")
    expect(figure).to_have_attribute("aria-label", _containing("Average by ticker"))
    clock = page.locator("#board-clock")
    expect(clock).to_contain_text("UTC")
    page.get_by_role("button", name="Local time").click()
    expect(clock).to_contain_text("CE")
    expect(page.locator("#latest .panel-note")).to_contain_text("CE")
    points = page.locator(".chart path[fill^='var(--series-']")
    page.get_by_role("button", name="5 min", exact=True).click()
    expect(points).to_have_count(5 * 11)
    page.get_by_role("button", name="15 min").click()
    expect(points).to_have_count(5 * 31)
    box = figure.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -600)
    page.keyboard.up("Control")
    expect(points).not_to_have_count(5 * 31)
    page.mouse.move(0, 0)
    zoomed = points.count()
    show(Script(windows=61))
    expect(figure).to_have_attribute("aria-label", _containing("Average"))
    page.wait_for_timeout(1_500)
    assert points.count() == pytest.approx(zoomed, abs=10)


STATES = [
    (
        Script(tickers=0, answered=None, job=None),
        "reading",
        "unknown",
        "Nothing has been read yet.",
    ),
    (Script(job="updating"), "updating", "busy", "The job is being updated."),
    (Script(tickers=0, job="starting"), "starting", "busy", "The job is starting."),
    (Script(), "live", "good", ""),
    (Script(answered=40, error="no answer"), "no answer", "bad", "The figures are of that time."),
]


def test_each_state_is_told_and_only_a_live_page_has_a_green_dot(page: Page, show: Show) -> None:
    """Before anything was read nothing is claimed, and no unknown figure is shown as zero."""
    for shown, word, tone, told in STATES:
        show(shown)
        expect(page.locator(".live .word")).to_have_text(word)
        expect(page.locator(".banner")).to_contain_text(told)
        dot = page.locator(".pulse").evaluate("dot => getComputedStyle(dot).backgroundColor")
        assert (dot == "rgb(8, 119, 74)") == (tone == "good")
        figures = page.locator("#tile-trades .figure, #tile-results .figure, #tile-behind .figure")
        if tone in {"unknown", "bad"}:
            expect(page.locator("#tile-job .figure")).to_have_text("Unknown")
            expect(figures).to_have_text(["\N{EN DASH}"] * 3)
        if tone == "unknown":
            expect(page.locator("#tile-letters .figure")).to_have_text("\N{EN DASH}")
            assert "No dead letters" not in page.locator("#letters").inner_text()


def _column(page: Page, selector: str) -> list[str]:
    return page.locator(f"#latest tbody {selector}").all_inner_texts()


def _swatch(page: Page, name: str) -> str | None:
    row = page.locator("#latest tbody tr", has=page.get_by_text(name, exact=True))
    return row.locator(".swatch").get_attribute("data-series")


def _containing(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))
