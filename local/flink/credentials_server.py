"""A role's credentials for Flink's processes, over the container credentials protocol.

The Kinesis connector contains the AWS SDKs for Java 1 and 2. Both request credentials from the
address in `AWS_CONTAINER_CREDENTIALS_FULL_URI`, and request new ones before those expire. So a job
can run longer than one session of its role, as on the service. The server listens only on the
loopback interface and answers only requests with the token. Protocol:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self, TypeAlias

from local.clients import SESSION_SECONDS, Credentials
from local.errors import LocalError
from local.flink.config import LOOPBACK

LIFETIME: Final = timedelta(seconds=SESSION_SECONDS)
RENEWAL: Final = LIFETIME / 2
"""Age at which a session is replaced. The SDKs request a new one 15 minutes before the end."""

Source: TypeAlias = Callable[[], Credentials]
"""Gives credentials that are valid for `LIFETIME`, or raises `LocalError`."""


class CredentialsServer:
    """Serves the credentials of one role from `__enter__` to `__exit__`."""

    def __init__(self, source: Source | None = None) -> None:
        """Serve the credentials from `source`. It is called again once they are `RENEWAL` old."""
        self._source = source
        self._lock = threading.Lock()
        self._session: tuple[Credentials, datetime] | None = None
        self._token = secrets.token_urlsafe(32)
        self._server: ThreadingHTTPServer | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables to find the credentials. An error before `__enter__`."""
        if self._server is None:
            message = "the credentials server isn't running"
            raise LocalError(message)
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{LOOPBACK}:{self._server.server_port}/",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self._token,
        }

    def serve(self, source: Source) -> None:
        """Serve the credentials from another source from now on."""
        with self._lock:
            self._source, self._session = source, None

    def __enter__(self) -> Self:
        """Listen on a free port of the loopback interface."""
        self._server = ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = answer(self.headers.get("Authorization", ""))
                payload = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's
                """Write no log line. There is a request every minute."""

        return Handler

    def _answer(self, token: str) -> tuple[HTTPStatus, Mapping[str, str]]:
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return HTTPStatus.FORBIDDEN, {"code": "AccessDenied", "message": "wrong token"}
        try:
            session, issued = self._current(datetime.now(UTC))
        except LocalError as error:
            return HTTPStatus.INTERNAL_SERVER_ERROR, {"code": "NoRole", "message": str(error)}
        return HTTPStatus.OK, {
            "AccessKeyId": session["aws_access_key_id"],
            "SecretAccessKey": session["aws_secret_access_key"],
            "Token": session["aws_session_token"],
            "Expiration": (issued + LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _current(self, now: datetime) -> tuple[Credentials, datetime]:
        with self._lock:
            if self._source is None:
                message = "no application runs on this cluster yet"
                raise LocalError(message)
            if self._session is None or now - self._session[1] >= RENEWAL:
                self._session = (self._source(), now)
            return self._session
