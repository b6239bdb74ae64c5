"""Fixtures of the component tests: each stack of the repository, recorded once."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import packaged
from recorder import Recorder, main_program, record, stack_config


@pytest.fixture(name="packaged")
def _packaged(tmp_path: Path) -> Iterator[Path]:
    """Give a directory with a packaged archive, which the stack uses as its `dist/`."""
    with packaged(tmp_path / "dist") as directory:
        yield directory


@pytest.fixture(scope="session")
def recorded_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    """Record the sandbox stack once. A test uses `sandbox`, which is a copy."""
    with packaged(tmp_path_factory.mktemp("sandbox")):
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
