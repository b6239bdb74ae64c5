"""The client for the stream that a stack's outputs name."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import SimulatorError
from simulator.target import Target

OUTPUTS = {
    "region": "eu-central-1",
    "account_id": "222222222222",
    "ingest_stream": "stocktrading-ingest-stream",
    "results_stream": "stocktrading-results-stream",
    "dead_letter_stream": "stocktrading-dead-letter-stream",
    "application_name": "stocktrading-analytics",
}


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty directory, without the credentials and profiles of this machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def read(**changes: object) -> Target:
    """Read outputs with changes. None removes an output."""
    given = {name: value for name, value in (OUTPUTS | changes).items() if value is not None}
    return Target.parse(json.dumps(given), "stack sandbox")


def signed_with(client: Any) -> str | None:  # noqa: ANN401 -- boto3's clients have no types
    """Give the access key that a client signs with."""
    found = client._request_signer._credentials  # noqa: SLF001 -- there is no public attribute for it
    return found.access_key if found else None


def test_the_account_id_is_the_access_key_for_an_emulator() -> None:
    """This needs an endpoint, and no credentials in the environment."""
    client: Any = read(endpoint="http://127.0.0.1:4566").client(1)
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert signed_with(client) == "222222222222"


def test_credentials_of_the_environment_take_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    """This is also so for an endpoint other than AWS's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert signed_with(read(endpoint="http://127.0.0.1:4566").client(1)) == "mine"


def test_the_account_id_is_not_the_access_key_for_aws() -> None:
    """Without an endpoint, the account's id is never used as a key."""
    assert signed_with(read().client(1)) is None


def test_an_endpoint_that_is_not_an_address_is_refused() -> None:
    """The message has one line, not botocore's traceback."""
    with pytest.raises(SimulatorError, match=r"^stream stocktrading-ingest-stream: .*127\.0\.0\.1"):
        read(endpoint="127.0.0.1").client(1)


def test_the_client_does_not_retry_by_itself() -> None:
    """A retry in the client would put accepted entries again, and would not be counted."""
    client: Any = read(endpoint="http://127.0.0.1:4566").client(3)
    config = client.meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.max_pool_connections == 3
