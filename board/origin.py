"""Serve only the board's own page, and refuse pages of other origins.

A browser lets any page open a socket to any address. The header `Origin` names that page. The owner
of a page can also make a host name resolve to this machine. The header `Host` then has that name.
The board's socket sends everything that the board shows, so only the board's own page may use it.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from board.address import HOST

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

NAMES: Final = (HOST, "localhost")
POLICY_VIOLATION: Final = 1008
"""The WebSocket close code for a request that isn't allowed."""


class OwnPageOnly:
    """Serves the board's own page, and programs, which send no `Origin`."""

    def __init__(self, app: Application) -> None:
        """Stand in front of an ASGI application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse."""
        told = None if scope["type"] == "lifespan" else _refusal(Headers(scope=scope))
        if told is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()  # the wish to connect
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await PlainTextResponse(f"{told}\n", HTTPStatus.FORBIDDEN)(scope, receive, send)


def _refusal(headers: Headers) -> str | None:
    host, origin = headers.get("host", ""), headers.get("origin")
    if host.partition(":")[0] not in NAMES:
        return f"Host {host}: allowed: {', '.join(NAMES)}"
    if origin not in {None, f"http://{host}"}:
        return f"Origin {origin}: only the board's own page is served"
    return None
