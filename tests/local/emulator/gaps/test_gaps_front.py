"""What the emulator's HTTP server lacks, tested on an emulator without patches."""

from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from gap_world import Client, as_root, create_role, gap, refuses

from local.accounts import REGION
from local.clients import Clients


@pytest.mark.emulator
def test_root_needs_no_secret(bare: Clients, client: Client, account: str) -> None:
    """The emulator doesn't check the root user's secret."""
    del client
    sdk: Any = boto3
    wrong = sdk.client(
        "kinesis",
        endpoint_url=bare.endpoint,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key="wrong",  # noqa: S106 -- the test sends a wrong secret
    )
    gap("front", there=not refuses(wrong.list_streams))


@pytest.mark.emulator
def test_any_host_is_served(bare: Clients) -> None:
    """The owner of a web page can make a domain name resolve to this machine."""
    gap("front", there=_status(bare, Host="evil.example") == HTTPStatus.OK)


@pytest.mark.emulator
def test_any_page_may_read(bare: Clients) -> None:
    """The headers of a response allow a browser to give the response to any page."""
    address = urlsplit(bare.endpoint)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request("OPTIONS", "/", headers={"Origin": "https://evil.example"})
    allowed = connection.getresponse().headers.get("Access-Control-Allow-Origin")
    connection.close()
    gap("front", there=allowed == "*")


def _status(clients: Clients, **headers: str) -> int:
    address = urlsplit(clients.endpoint)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request("GET", "/_ministack/health", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.emulator
def test_calls_are_not_over_tls(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for requests over TLS doesn't work on the loopback interface."""
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    grant = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
    reader = as_root(bare, account, create_role(client, "reader", root, grant))
    gap("front", there=refuses(reader("kms").list_keys))
