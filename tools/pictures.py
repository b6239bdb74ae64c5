"""Take the documentation's pictures of the board from a board that runs.

Usage: python -m tools.pictures ADDRESS
`make demo` prints the address of its board. The exit code is 1 if the board doesn't answer, or
shows too few windows for a picture, and 2 without an address.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, Page, ViewportSize, expect, sync_playwright

from common.errors import UserError
from common.exit_codes import USAGE

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
SCREEN: Final[ViewportSize] = {"width": 1366, "height": 860}

WINDOWS: Final = 10
"""Windows of each ticker that the chart must have. The demo has them after five minutes."""

ANSWER_MILLISECONDS: Final = 20_000


def main() -> None:
    """Take both pictures."""
    if len(sys.argv) < 2:  # noqa: PLR2004 -- the module's name and an address
        sys.stderr.write("pictures: no address; run make pictures URL=ADDRESS with the board's\n")
        sys.exit(USAGE)
    try:
        take(sys.argv[1])
    except UserError as error:
        sys.exit(f"pictures: {error}")


def take(address: str) -> None:
    """Take the board's and the dashboard's picture. Raises `UserError` in one line."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        message = "no Chromium on the PATH: apt-get install chromium"
        raise UserError(message)
    expect.set_options(timeout=ANSWER_MILLISECONDS)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            page = browser.new_page(viewport=SCREEN, color_scheme="dark")
            _board(page, address)
            page = browser.new_page(viewport=SCREEN, color_scheme="light")
            _dashboard(page, address)
        except (Error, AssertionError) as error:
            first = str(error).strip().splitlines()[0]
            message = f"{address}: {first}; run `make demo` for five minutes, then try again"
            raise UserError(message) from error
        finally:
            browser.close()


def _board(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".live[data-tone=good]")).to_be_visible()
    page.get_by_text("Show as a table").click()
    expect(page.locator("#prices tbody tr").nth(WINDOWS - 1)).to_be_attached()
    page.get_by_text("Show as a table").click()
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / "board.png")


def _dashboard(page: Page, address: str) -> None:
    page.goto(f"{address}/dashboard")
    expect(page.locator(".widget .chart-canvas, .widget .plot-canvas").first).to_be_visible()
    page.screenshot(path=IMAGES / "dashboard.png", full_page=True)


if __name__ == "__main__":
    main()
