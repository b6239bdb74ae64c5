"""Fixtures of the component tests: each stack of the repository, recorded once."""

import copy
from pathlib import Path

import pytest
from recorder import Recorder, main_program, package, record, stack_config

from components.streaming import archive


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a directory with a packaged archive, which the stack uses as its `dist/`."""
    directory = package(tmp_path / "dist")
    monkeypatch.setattr(archive, "DISTRIBUTION", directory)
    return directory


@pytest.fixture(scope="session")
def recorded_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    """Record the sandbox stack once. A test uses `sandbox`, which is a copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "DISTRIBUTION", package(tmp_path_factory.mktemp("sandbox")))
        return record(main_program, stack_config())


@pytest.fixture(scope="session")
def recorded_tooling() -> Recorder:
    """Record the tooling stack once. A test uses `tooling`, which is a copy."""
    return record(main_program, stack_config("tooling"), stack="tooling")


@pytest.fixture
def sandbox(recorded_sandbox: Recorder) -> Recorder:
    """Give everything that the sandbox stack registers, as a copy that a test may change."""
    return copy.deepcopy(recorded_sandbox)


@pytest.fixture
def tooling(recorded_tooling: Recorder) -> Recorder:
    """Give everything that the tooling stack registers, as a copy that a test may change."""
    return copy.deepcopy(recorded_tooling)
