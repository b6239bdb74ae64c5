"""One emulator for all tests of the page, because its start takes long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from board_stack import BoardStack

from board.process import Board
from local.emulator.child import Emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardStack]:
    """Give an emulator with a stack's streams."""
    directory = tmp_path_factory.mktemp("board")
    with Emulator(run_directory=directory / "emulator") as emulator:
        yield BoardStack(emulator, directory)


@pytest.fixture(scope="module")
def board(stack: BoardStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """Give a board that shows this stack."""
    log: Path = tmp_path_factory.mktemp("log") / "board.log"
    stack.say("RUNNING", version=1, code="releases/v1/stocktrading-job.zip")
    with Board(outputs=stack.outputs, job_status=stack.job_status, port=0, log=log) as board:
        yield board
    assert log.read_text("utf-8") == "", "the board prints no warning or error"
