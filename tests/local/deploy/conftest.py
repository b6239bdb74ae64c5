"""The sandbox stack on a local cloud, for the tests of one file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import packaged

from local.cloud import LocalCloud


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the directory with the archive for the program. It contains version v1."""
    with packaged(tmp_path_factory.mktemp("dist")) as directory:
        yield directory


@pytest.fixture(scope="module")
def cloud(
    distribution: Path,  # noqa: ARG001 -- the stack deploys the packaged archive
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalCloud]:
    """Give a local cloud with the sandbox stack. Its tests change nothing."""
    with LocalCloud(directory=tmp_path_factory.mktemp("local"), stacks=["sandbox"]) as up:
        yield up
