"""What the component tests share: each stack that ships, recorded once."""

import copy
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


@pytest.fixture(scope="session")
def recorded_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    """Give what the sandbox stack registers; a test takes `sandbox`, which is its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "DISTRIBUTION", package(tmp_path_factory.mktemp("sandbox")))
        return record(main_program, stack_config())


@pytest.fixture(scope="session")
def recorded_tooling() -> Recorder:
    """Give what the tooling stack registers; a test takes `tooling`, which is its own."""
    return record(main_program, stack_config("tooling"), stack="tooling")


@pytest.fixture
def sandbox(recorded_sandbox: Recorder) -> Recorder:
    """Give all that the sandbox stack registers, in a copy that a test may change."""
    return copy.deepcopy(recorded_sandbox)


@pytest.fixture
def tooling(recorded_tooling: Recorder) -> Recorder:
    """Give all that the tooling stack registers, in a copy that a test may change."""
    return copy.deepcopy(recorded_tooling)
