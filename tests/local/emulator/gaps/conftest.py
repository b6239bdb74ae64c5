"""Fixtures for the tests of what the emulator lacks."""

from collections.abc import Iterator
from typing import Any

import pytest
from gap_world import PULSE, SILENT, Client, put_alarm

from local.clients import Clients
from local.emulator.child import Emulator


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Give an emulator without patches."""
    with Emulator(run_directory=tmp_path_factory.mktemp("plain"), plain=True) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def bare(plain: Emulator) -> Clients:
    """Give clients of the emulator without patches."""
    clients = Clients(plain.endpoint)
    put_alarm(lambda service: clients.client(service, SILENT), **PULSE)
    return clients


@pytest.fixture
def client(bare: Clients, account: str) -> Client:
    """Give clients of a separate account."""
    return lambda service: bare.client(service, account)


@pytest.fixture
def root(account: str) -> dict[str, Any]:
    """Give a statement that trusts the account's root user."""
    return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
