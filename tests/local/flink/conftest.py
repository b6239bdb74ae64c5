"""The fixture of an application whose job is hosted."""

import pytest
from hosted_application import NAME, Application

from local.clients import Clients


@pytest.fixture
def application(clients: Clients, account: str) -> Application:
    """Give an application whose job is hosted."""
    made = Application(clients, account)
    assert made.host.host([NAME])
    return made
