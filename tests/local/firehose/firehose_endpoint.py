"""An HTTP endpoint on 127.0.0.1 for Firehose's deliveries."""

import base64
import gzip
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Request:
    """One received request."""

    headers: Mapping[str, str]
    records: list[bytes]


@dataclass
class Endpoint:
    """Accepts posted records. It refuses the first `refuse` requests."""

    refuse: int = 0
    taken: list[Request] = field(default_factory=list[Request])
    refused: int = 0
    identity: str | None = None
    """If set, responses contain this id instead of the request's id."""

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The address to post to."""
        return f"http://127.0.0.1:{self._server.server_port}/results"

    @property
    def records(self) -> list[bytes]:
        """All records that were accepted so far."""
        return [record for request in self.taken for record in request.records]

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Accept or refuse a request."""
        if self.refuse:
            self.refuse -= 1
            self.refused += 1
            return 503, b"{}"
        text = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        given = json.loads(text)
        records = [base64.b64decode(each["data"]) for each in given["records"]]
        self.taken.append(Request(headers, records))
        identity = self.identity or given["requestId"]
        told = {"requestId": identity, "timestamp": given["timestamp"]}
        return 200, json.dumps(told).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = endpoint.answer(dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
                pass

        return Handler
