"""Fixtures of the policy tests: every stack of the repository, recorded once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import packaged
from recorded import resources, stacks
from recorder import main_program, record, stack_config

from policies.model import Resource


@pytest.fixture(scope="session")
def packaged_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a directory with a packaged archive, which the stack uses as its `dist/`."""
    with packaged(tmp_path_factory.mktemp("archive") / "dist") as directory:
        yield directory


@pytest.fixture(scope="session", params=stacks())
def variant(request: pytest.FixtureRequest) -> str:
    """Give each stack in turn, and each of its variants."""
    return request.param


@pytest.fixture(scope="session")
def stack(variant: str) -> str:
    """Give the name of the stack."""
    return stacks()[variant][0]


@pytest.fixture(scope="session")
def stack_resources(variant: str, stack: str, packaged_once: Path) -> list[Resource]:
    """Give everything that the stack registers."""
    assert packaged_once
    config = stack_config(stack, **stacks()[variant][1])
    return resources(record(main_program, config, stack=stack), stack)
