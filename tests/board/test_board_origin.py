"""Only the board's own page is served: no page of another origin, by whatever way."""

import base64
import os
import socket
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from board.process import Board

pytestmark = [pytest.mark.browser, pytest.mark.emulator]

SOCKET: Final = "/_nicegui_ws/socket.io/?EIO=4&transport="

TRY: Final = """
async ([polling, socket]) => {
  const read = await fetch(polling).then(answer => answer.text(), () => "refused");
  const opened = await new Promise(done => {
    const web = new WebSocket(socket);
    web.onopen = () => done("opened");
    web.onerror = () => done("refused");
  });
  return [read, opened];
}
"""


def _ask(board: Board, path: str, **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", urlsplit(board.url).port, timeout=30)
    connection.request("GET", path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def _open_socket(board: Board, **headers: str) -> str:
    """Give the first line of the answer to who would open a WebSocket."""
    port = urlsplit(board.url).port
    asked = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **headers,
    }
    lines = [f"GET {SOCKET}websocket HTTP/1.1", *(f"{name}: {asked[name]}" for name in asked)]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection.recv(1000).decode("latin-1").partition("\r\n")[0]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_origin_gets_neither_page_nor_socket(board: Board, origin: str) -> None:
    """Also one that shares the host and not the port."""
    assert _ask(board, "/", Origin=origin) == 403
    assert _ask(board, f"{SOCKET}polling", Origin=origin) == 403
    assert " 403 " in f"{_open_socket(board, Origin=origin)} "


def test_another_host_gets_neither_page_nor_socket(board: Board) -> None:
    """A name that a page's owner lets resolve to this machine."""
    host = f"evil.example:{urlsplit(board.url).port}"
    assert _ask(board, "/", Host=host) == 403
    assert " 101 " not in _open_socket(board, Host=host, Origin=f"http://{host}")


def test_its_own_page_gets_both(board: Board) -> None:
    """As do programs, which name no origin."""
    own = board.url.rstrip("/")
    assert _ask(board, "/") == _ask(board, "/", Origin=own) == 200
    assert " 101 " in _open_socket(board, Origin=own)
    assert " 101 " in _open_socket(board)


def test_a_page_elsewhere_reads_nothing_in_a_real_browser(board: Board, browser: Browser) -> None:
    """Neither by the socket nor by polling, which NiceGUI itself would allow to any page."""
    address = urlsplit(board.url)
    places = [f"{board.url.rstrip('/')}{SOCKET}polling", f"ws://{address.netloc}{SOCKET}websocket"]
    page = browser.new_page()
    page.goto("data:text/html,<title>elsewhere</title>")
    assert page.evaluate(TRY, places) == ["refused", "refused"]
    page.close()
