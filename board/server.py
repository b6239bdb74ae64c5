"""Serve the page on 127.0.0.1. One process serves only one board."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import uvicorn
from fastapi import FastAPI, Request
from nicegui import Client, ui
from nicegui import app as pages

from board import head, page
from board.dashboard import page as dashboard_page
from board.monitor import Snapshot, StackMonitor
from board.origin import OwnPageOnly

STATIC: Final = Path(__file__).parent / "static"
DASHBOARD_TITLE: Final = f"Dashboard, {head.TITLE}"


class Shared:
    """One snapshot for all pages. It is made at most once in half a second."""

    def __init__(self, make: Callable[[], Snapshot]) -> None:
        self._make = make
        self._made: tuple[float, Snapshot] | None = None

    def __call__(self) -> Snapshot:
        """Give the current snapshot."""
        now = time.monotonic()
        if self._made is None or now > self._made[0] + page.REFRESH_SECONDS / 2:
            self._made = (now, self._make())
        return self._made[1]


def serve(monitor: StackMonitor, listener: socket.socket) -> None:
    """Serve the page until a signal comes."""
    api = FastAPI(openapi_url=None)
    api.add_middleware(OwnPageOnly)
    shared = Shared(monitor.snapshot)
    style = (STATIC / "board.css").stat().st_mtime_ns

    def dress() -> None:
        ui.add_head_html(f'<link rel="stylesheet" href="/board/board.css?{style}">')
        ui.add_body_html('<script src="/board/board.js"></script>')

    @ui.page("/", title=head.TITLE, favicon=STATIC / "icon.svg", dark=None)
    def board(request: Request) -> None:  # pyright: ignore[reportUnusedFunction] -- the decorator registers it
        dress()
        page.build(monitor.stack, shared, request.query_params)

    @ui.page("/dashboard", title=DASHBOARD_TITLE, favicon=STATIC / "icon.svg", dark=None)
    def dashboard(client: Client, request: Request) -> None:  # pyright: ignore[reportUnusedFunction] -- as above
        dress()
        monitor.dashboard.open()
        client.on_delete(monitor.dashboard.close)  # pyright: ignore[reportUnknownMemberType]
        dashboard_page.build(monitor.stack, monitor.dashboard.view, request.query_params)

    pages.add_static_files("/board", STATIC)
    start = cast("Callable[..., None]", ui.run_with)  # its types are partly unknown
    start(api, tailwind=False, show_welcome_message=False, language="en-GB")
    config = uvicorn.Config(api, log_level="warning", timeout_graceful_shutdown=1)
    monitor.start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        monitor.stop()
