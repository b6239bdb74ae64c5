"""The board reads a stream once for all pages, and accepts connections only from this machine."""

import asyncio
import os
import re
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import socketio  # pyright: ignore[reportMissingTypeStubs] -- the package ships none
from board_program import serving
from board_stack import BoardStack

from board.process import Board

pytestmark = pytest.mark.emulator

PAGES = 50
SECONDS = 6
HEARD = 3
"""Updates that each page must receive. On an idle machine one comes each second."""

DEADLINE = 60
SHARDS = 4 + 1 + 1
"""The shards of the ingest, the results and the dead-letter stream."""


async def _open(url: str) -> tuple[Any, list[object]]:
    """Open a page as a browser does: fetch it, then keep its socket open.

    Return what it receives.
    """
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=60).read())  # noqa: S310
    found = re.search(rb"client_id\W+([0-9a-f-]{36})", page)
    assert found, "the page carries its client's id"
    name = found.group(1).decode()
    client: Any = socketio.AsyncClient()
    updates = list[object]()
    client.on("update", updates.append)
    same = "&".join(f"{key}={name}" for key in ("client_id", "document_id", "tab_id"))
    query = f"{same}&next_message_id=0&implicit_handshake=true"
    await client.connect(
        f"{url}?{query}", socketio_path="/_nicegui_ws/socket.io", transports=["websocket"]
    )
    return client, updates


async def _stay_open(url: str) -> list[list[object]]:
    opened = [await _open(url) for _ in range(PAGES)]
    for _, updates in opened:
        updates.clear()
    await asyncio.sleep(SECONDS)
    deadline = time.monotonic() + DEADLINE
    while min(len(updates) for _, updates in opened) < HEARD and time.monotonic() < deadline:  # noqa: ASYNC110 -- a lambda of the library's counts
        await asyncio.sleep(1)
    for client, _ in opened:
        await client.disconnect()
    return [updates for _, updates in opened]


def test_fifty_open_pages_cause_no_more_reads_than_none(stack: BoardStack, tmp_path: Path) -> None:
    """In both cases each shard is read about once a second. Every page stays up to date."""
    counts = tmp_path / "counts"
    with serving("counting_board.py", stack.outputs, counts) as url:
        time.sleep(SECONDS)
        begun = time.time()
        with ThreadPoolExecutor() as thread:  # the browser's driver holds this thread's event loop
            updates = thread.submit(lambda: asyncio.run(_stay_open(url))).result()
        ended = time.time()
    calls = [float(line) for line in counts.read_text("utf-8").splitlines()]
    before = sum(call < begun for call in calls)
    during = sum(begun <= call <= ended for call in calls)
    assert before > SHARDS
    assert during <= (ended - begun + 1) * SHARDS
    assert min(map(len, updates)) >= HEARD, "each page gets several updates"


def test_the_board_listens_only_on_the_loopback_interface(board: Board) -> None:
    """Other machines on the network can't connect to it."""
    tree = psutil.Process(os.getpid()).children(recursive=True)
    listening = [
        each.laddr
        for process in tree
        if "board" in process.cmdline()
        for each in process.net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    ]
    assert [(each.ip, each.port) for each in listening] == [("127.0.0.1", board.port)]


def test_a_request_with_another_host_name_is_refused(board: Board) -> None:
    """A foreign page can't reach the board through a name that resolves to this machine."""
    request = urllib.request.Request(board.url, headers={"Host": "evil.example"})  # noqa: S310 -- http
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=10)  # noqa: S310 -- http, our own


def test_the_board_ends_when_its_parent_ends(stack: BoardStack) -> None:
    """It ends even if the parent is killed, because the pipe between them closes."""
    with Board(outputs=stack.outputs, port=0) as held:
        child = held._child  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 -- what is tested
        assert child is not None
        assert child.process.stdin is not None
        child.process.stdin.close()
        assert child.process.wait(20) is not None
