"""Serve the board's own page and nobody else's.

A browser lets any page open a socket to any address, and says in the header `Origin` which page it
is. A page's owner can also let a name of theirs resolve to this machine, which the header `Host`
then shows. The board's socket tells all that the board shows, so it is for the board's own page
alone.
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
"""WebSocket's code for what isn't allowed."""


class OwnPageOnly:
    """Serves requests and sockets of the board's own page, and of programs, which name no page."""

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
