"""ASGI applications around the emulator's own application: who is served, and transport.

Who is served. AWS serves only requests that are signed with an account's secret, and no foreign web
page. The emulator checks the signatures of users and sessions. But:

- A request with an account's number as access key counts as the account's root user, whatever its
  secret (`test_root_needs_no_secret`).
- The emulator answers for any `Host`. So a web page can reach it under its own domain name
  (`test_any_host_is_served`).
- The responses allow each web page to read them (`test_any_page_may_read`).

The emulator runs Lambda functions as the user who started it. So any web page and any other user of
the machine could run code as this user. Here a request must name the emulator's own address, must
not come from a web page, and must have a valid signature.

Transport. On AWS a bucket policy can refuse requests without TLS. The emulator serves the loopback
interface without TLS, and treats requests as not over TLS: `test_calls_are_not_over_tls`. Here each
request counts as one over TLS, as behind a proxy that ends TLS.
"""

import importlib
import logging
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import parse_qs, quote

from local.accounts import HOST
from local.emulator.asgi import Application, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

HEALTH: Final = "/_ministack/health"
"""The only path that is served without a signature. It reports that the emulator is up."""

NOT_FOR_PAGES: Final = (b"access-control-", b"vary")
"""Prefixes of the names of headers that only browsers read."""


Signature: TypeAlias = Any
"""The parts of a signature, as an object of the emulator's own class. The class has no types."""

Query: TypeAlias = dict[str, list[str]]


class Refusal(NamedTuple):
    """Why a request is refused: error code and message, as AWS words them."""

    code: str
    message: str


def over_tls(application: Application) -> Application:
    """Mark each request as one that came over TLS, like a proxy that ends TLS."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [*scope["headers"], (b"x-forwarded-proto", b"https")]
            scope = {**scope, "headers": headers}
        await application(scope, receive, send)

    return serve


def for_those_who_sign(application: Application, port: int) -> Application:
    """Serve only signed requests to the emulator's own address that no web page sent."""
    hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
    check = Signatures()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = _joined(scope["headers"])
        refusal = _from_elsewhere(headers, hosts)
        body = b""
        if refusal:
            await _answer(send, HTTPStatus.FORBIDDEN, {}, f"{refusal.message}\n".encode())
        elif (scope["method"], scope["path"]) != ("GET", HEALTH):
            body = await _read(receive)
            refusal = check.refusal(scope, headers, body)
            if refusal:
                await _answer(send, *check.answer(scope, headers, refusal))
        if refusal:
            logger.warning("%s %s: %s", scope["method"], scope["path"], refusal.message)
        else:
            await application(scope, _replay(body, receive), _without_cors(send))

    return serve


class Signatures:
    """Checks a request's signature (SigV4) with the secret of the key that it names."""

    def __init__(self) -> None:
        """Load the emulator's modules that give secrets and compute signatures."""
        self._sigv4: Any = importlib.import_module("ministack.core.sigv4")
        self._evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
        self._context: Any = importlib.import_module("ministack.core.responses")
        self._router: Any = importlib.import_module("ministack.core.router")
        self._actions: Any = importlib.import_module("ministack.core.iam_actions")

    def refusal(self, scope: Scope, headers: Mapping[str, str], body: bytes) -> Refusal | None:
        """Give the reason to refuse a request. None means that its signature is valid."""
        query = _query(scope)
        presigned = "authorization" not in headers
        if presigned and "X-Amz-Signature" not in query:
            return Refusal("MissingAuthenticationToken", "The request isn't signed.")
        signature = (
            self._sigv4.parse_query_signature(query)
            if presigned
            else self._sigv4.parse_header_signature(headers)
        )
        if isinstance(signature, tuple):
            return Refusal(*signature)
        try:
            late = self._late(signature, query) if presigned else self._skewed(signature)
        except ValueError:
            late = Refusal("AuthorizationQueryParametersError", "X-Amz-Date or X-Amz-Expires")
        return late or self._mismatch(signature, scope, query, headers, body)

    def answer(
        self, scope: Scope, headers: Mapping[str, str], refusal: Refusal
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Give the response to a refused request, in the service's own protocol."""
        place = (scope["method"], scope["path"], headers, _query(scope))
        service = self._router.detect_service(*place)
        more = {"error_code": refusal.code, "message": refusal.message, "headers": headers}
        return self._actions.access_denied_response(service, "", "", str(uuid.uuid4()), **more)

    def _skewed(self, signature: Signature) -> Refusal | None:
        skewed = self._sigv4.request_time_failure(signature)
        return Refusal(*skewed) if skewed else None

    def _late(self, signature: Signature, query: Query) -> Refusal | None:
        seconds = query.get("X-Amz-Expires", [""])[0]
        if self._sigv4.presigned_request_is_expired(signature.amz_date, seconds):
            return Refusal("AccessDenied", "Request has expired")
        return None

    def _mismatch(
        self,
        signature: Signature,
        scope: Scope,
        query: Query,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Refusal | None:
        presigned = "authorization" not in headers
        key: str = signature.access_key_id
        token = query.get("X-Amz-Security-Token", [""])[0]
        token = token if presigned else headers.get("x-amz-security-token", "")
        owner = self._evaluator.find_iam_access_key_account(key) or key
        self._context.set_request_account_id(owner)
        credential = self._evaluator.resolve_credential(key, session_token=token)
        if isinstance(credential, self._evaluator.CredentialResolutionError):
            return Refusal(credential.code, credential.message)
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        failed = self._sigv4.header_signature_failure(
            signature,
            credential.secret_access_key,
            scope["method"],
            path.decode("latin-1"),
            query,
            headers,
            body,
            presigned=presigned,
        )
        return Refusal(*failed) if failed else None


def _from_elsewhere(headers: Mapping[str, str], hosts: Iterable[str]) -> Refusal | None:
    host = headers.get("host", "")
    if host not in hosts:
        return Refusal("AccessDenied", f"Host {host}: allowed: {', '.join(sorted(hosts))}")
    if "origin" in headers:
        return Refusal("AccessDenied", f"Origin {headers['origin']}: web pages aren't served")
    return None


def _query(scope: Scope) -> Query:
    return parse_qs(scope["query_string"].decode(), keep_blank_values=True)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Give headers by name. A repeated header is signed as its values joined by commas."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), _text(value)
        found[key] = f"{found[key]},{text}" if key in found else text
    return found


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read already, then the messages after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _without_cors(send: Send) -> Send:
    async def bare(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                (name, value)
                for name, value in message.get("headers", ())
                if not name.lower().startswith(NOT_FOR_PAGES)
            ]
            message = {**message, "headers": headers}
        await send(message)

    return bare


async def _answer(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    told = {**headers, "Content-Length": str(len(body))}
    pairs = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
