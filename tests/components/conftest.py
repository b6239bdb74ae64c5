"""What the component tests share."""

from pathlib import Path

import pytest
from recorder import Recorder, main_program, package, record, stack_config

from components.streaming import archive


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a directory that holds a packaged archive, and is the one that the stack looks in."""
    directory = package(tmp_path / "dist")
    monkeypatch.setattr(archive, "DISTRIBUTION", directory)
    return directory


@pytest.fixture
def sandbox(packaged: Path) -> Recorder:  # noqa: ARG001 -- the stack deploys what is packaged
    """Give all that the sandbox stack registers."""
    return record(main_program, stack_config())


@pytest.fixture
def tooling() -> Recorder:
    """Give all that the tooling stack registers."""
    return record(main_program, stack_config("tooling"), stack="tooling")
