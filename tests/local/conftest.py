"""Shared fixtures for tests of the local cloud: one emulator for all tests, accounts for each."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import Program

from local.clients import Clients
from local.deploy.plan import Action
from local.deploy.state import Resource
from local.emulator.child import Emulator
from local.stacks import deployment

_accounts = itertools.count(300_000_000_000)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Give a running emulator. Each test uses its own account on it."""
    with Emulator(run_directory=tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def clients(emulator: Emulator) -> Clients:
    """Give clients of the session's emulator."""
    return Clients(emulator.endpoint)


@pytest.fixture
def account() -> str:
    """Give the id of an account that no other test uses."""
    return str(next(_accounts))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the directory of a Pulumi project with one empty stack, `sandbox`."""
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (directory / "Pulumi.sandbox.yaml").write_text("config:\n  aws:region: us-east-1\n")
    return directory


@pytest.fixture
def program(
    request: pytest.FixtureRequest, clients: Clients, account: str, project: Path, tmp_path: Path
) -> Iterator[Program]:
    """Give a program in its own account. Its resources are deleted at the end.

    The fixture's parameter is the engine. Default: the project's own.
    """
    done: list[tuple[Action, str]] = []

    def report(action: Action, resource: Resource) -> None:
        done.append((action, resource.name))

    deployed = deployment(
        getattr(request, "param", "in-process"),
        stack="sandbox",
        account=account,
        clients=clients,
        state=tmp_path / "state",
        project=project,
        report=report,
    )
    yield Program(deployed, project, tmp_path / "state", done)
    deployed.destroy()
