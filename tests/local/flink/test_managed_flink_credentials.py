"""The role's credentials, requested as the job's AWS SDKs do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from local.clients import Credentials
from local.errors import LocalError
from local.flink import credentials_server
from local.flink.credentials_server import LIFETIME, CredentialsServer


class Role:
    """Gives another session at each call, or raises an error."""

    def __init__(self) -> None:
        self.sessions = 0
        self.error: LocalError | None = None

    def assume(self) -> Credentials:
        """Give a session. Its key contains the number of sessions so far."""
        if self.error:
            raise self.error
        self.sessions += 1
        return {
            "aws_access_key_id": f"ASIA{self.sessions}",
            "aws_secret_access_key": "secret",
            "aws_session_token": "token",
        }


@pytest.fixture
def role() -> Role:
    """Make a role that counts its sessions."""
    return Role()


@pytest.fixture
def server(role: Role) -> Iterator[CredentialsServer]:
    """Start a server for that role."""
    with CredentialsServer(role.assume) as running:
        yield running


def ask(server: CredentialsServer, token: str | None = None) -> tuple[int, dict[str, str]]:
    """Send a request as the SDKs do. Default token: that of the environment."""
    address = urlsplit(server.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    assert address.hostname == "127.0.0.1"
    connection = HTTPConnection("127.0.0.1", address.port or 0, timeout=5)
    given = server.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] if token is None else token
    connection.request("GET", address.path, headers={"Authorization": given})
    answer = connection.getresponse()
    body: dict[str, str] = json.loads(answer.read())
    connection.close()
    return answer.status, body


def test_the_response_has_the_roles_session_and_its_expiration(server: CredentialsServer) -> None:
    """The names are those of the container credentials protocol."""
    before = datetime.now(UTC).replace(microsecond=0)
    status, body = ask(server)
    assert status == 200
    assert (body["AccessKeyId"], body["SecretAccessKey"], body["Token"]) == (
        "ASIA1",
        "secret",
        "token",
    )
    ends = datetime.fromisoformat(body["Expiration"])
    assert before + LIFETIME <= ends <= datetime.now(UTC) + LIFETIME


def test_a_young_session_is_given_again(server: CredentialsServer, role: Role) -> None:
    """The SDKs may send many requests, but the role is assumed rarely."""
    assert ask(server) == ask(server)
    assert role.sessions == 1


def test_an_old_session_is_replaced(
    server: CredentialsServer, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is replaced before its end, so that no client gets a session that expires soon."""
    monkeypatch.setattr(credentials_server, "RENEWAL", timedelta(0))
    assert [ask(server)[1]["AccessKeyId"] for _ in range(2)] == ["ASIA1", "ASIA2"]
    assert role.sessions == 2


@pytest.mark.parametrize("token", ["", "another", "töken"])
def test_a_request_without_the_token_is_refused(
    server: CredentialsServer, role: Role, token: str
) -> None:
    """Other users of the machine can reach the port, but can't read the job's environment."""
    status, body = ask(server, token)
    assert (status, body) == (403, {"code": "AccessDenied", "message": "wrong token"})
    assert role.sessions == 0


def test_a_role_that_cannot_be_assumed_is_an_error(server: CredentialsServer, role: Role) -> None:
    """The SDK puts the message into its exception, so it is in the job's status."""
    role.error = LocalError("no such role")
    assert ask(server) == (500, {"code": "NoRole", "message": "no such role"})


def test_a_server_that_is_not_running_has_no_address() -> None:
    """The property raises an error instead of giving an address without a server."""
    with pytest.raises(LocalError):
        _ = CredentialsServer(Role().assume).environment
