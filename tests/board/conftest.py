"""One emulator and one browser for all tests of the page: to start them takes longest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from board_stack import BoardStack
from playwright.sync_api import Browser, sync_playwright

from board.process import Board
from local.emulator import Emulator

FLAGS = (
    "--no-sandbox",  # tests may run as root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium with a profile of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on the PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardStack]:
    """Give an emulator with a stack's streams."""
    directory = tmp_path_factory.mktemp("board")
    with Emulator(run_directory=directory / "emulator") as emulator:
        yield BoardStack(emulator, directory)


@pytest.fixture(scope="module")
def board(stack: BoardStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """Give a board over it."""
    log: Path = tmp_path_factory.mktemp("log") / "board.log"
    stack.say("RUNNING", version=1, code="releases/v1/stocktrading-job.zip")
    with Board(outputs=stack.outputs, job_status=stack.job_status, port=0, log=log) as board:
        yield board
    assert log.read_text("utf-8") == "", "the board has nothing to complain of"
