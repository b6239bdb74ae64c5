"""A read-only proxy of Flink's web UI for browsers.

A cluster's own REST API requires the cluster's certificate (`keys.py`), which no browser has. This
proxy passes the API on at an address with a random token. It allows only reads, and refuses pages
of another origin. The address stays the same for as long as the application is watched.
"""

import hmac
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

from local.accounts import HOST
from local.errors import LocalError
from local.flink.rest import Fetched, RestError

ORDERS: Final = "/yarn-"
"""Part of the paths that change a job although their method is GET (`/yarn-cancel`)."""

Fetch: TypeAlias = Callable[[str], Fetched]


class Refused(NamedTuple):
    """The reason why a request isn't passed on."""

    status: HTTPStatus
    message: str


class WebUi:
    """Serves a cluster's web UI from `__enter__` to `__exit__`."""

    def __init__(self, fetch: Callable[[], Fetch | None]) -> None:
        """Set the source. `fetch` gives a function that reads the present cluster, or None."""
        self._fetch = fetch
        self._token = secrets.token_urlsafe(24)
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The address to open. Raises `LocalError` before `__enter__`."""
        return f"http://{HOST}:{self._port}/{self._token}"

    @property
    def _port(self) -> int:
        if self._server is None:
            message = "the web UI isn't served"
            raise LocalError(message)
        return self._server.server_port

    def __enter__(self) -> Self:
        """Listen on a free port of the loopback interface."""
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host, origin = self.headers.get("Host", ""), self.headers.get("Origin", "")
                found = answer(self.path, host, origin)
                self.send_response(found.status)
                self.send_header("Content-Type", found.kind)
                self.send_header("Content-Length", str(len(found.body)))
                self.send_header("Referrer-Policy", "no-referrer")  # the address is a secret
                self.send_header("Content-Security-Policy", "frame-ancestors 'none'")
                self.end_headers()
                self.wfile.write(found.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's
                """Write no log line. An open page sends a request every few seconds."""

        return Handler

    def _answer(self, path: str, host: str, origin: str) -> Fetched:
        refused = self._refusal(path, host, origin)
        if refused:
            return Fetched(refused.status, "text/plain", f"{refused.message}\n".encode())
        fetch = self._fetch()
        try:
            if fetch is not None:
                return fetch(path.removeprefix(f"/{self._token}") or "/")
            message = "no cluster runs"
        except RestError as error:
            message = str(error)
        return Fetched(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{message}\n".encode())

    def _refusal(self, path: str, host: str, origin: str) -> Refused | None:
        own = {f"{name}:{self._port}" for name in (HOST, "localhost")}
        if host not in own or origin not in {"", *(f"http://{each}" for each in own)}:
            return Refused(HTTPStatus.FORBIDDEN, "wrong host, or a page of another origin")
        token = path.split("/")[1].partition("?")[0]
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return Refused(HTTPStatus.FORBIDDEN, "the token in the address is wrong")
        if ORDERS in path:
            return Refused(HTTPStatus.FORBIDDEN, "this address is read-only")
        return None
