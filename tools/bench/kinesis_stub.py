"""A Kinesis that gives ready answers fast: what a benchmark of reading reads from.

It speaks CBOR to the source, as AWS does, and JSON to the sinks. Answers are made beforehand, so
that serving them costs little. It listens on 127.0.0.1.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast

CBOR: Final = "application/x-amz-cbor-1.1"
JSON: Final = "application/x-amz-json-1.1"
_ITERATOR: Final = re.compile(rb"page-(\d+)-(\d+)-end")
_SHARD: Final = re.compile(rb"shardId-(\d{12})")


class Instant(int):
    """Milliseconds since the epoch, which CBOR marks as a time."""


def to_cbor(  # noqa: PLR0911 -- one return a kind of value
    value: object,
) -> bytes:
    """Write a value as CBOR (RFC 8949)."""
    if isinstance(value, Instant):
        return b"\xc1" + _head(0, int(value))
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        items = cast("list[object]", value)
        return _head(4, len(items)) + b"".join(map(to_cbor, items))
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        written = b"".join(to_cbor(key) + to_cbor(each) for key, each in pairs.items())
        return _head(5, len(pairs)) + written
    message = f"no CBOR for {type(value).__name__}"
    raise TypeError(message)


def _head(kind: int, number: int) -> bytes:
    if number < 24:  # noqa: PLR2004 -- CBOR keeps small numbers in the first byte
        return bytes([kind << 5 | number])
    for bits, form in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if number < 1 << 8 * struct.calcsize(form):
            return bytes([kind << 5 | bits]) + struct.pack(form, number)
    message = f"{number} has more than 64 bits"
    raise ValueError(message)


class _Server(ThreadingHTTPServer):
    """A server that does not tell of a client that has ended."""

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- the base's
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class KinesisStub:
    """Shards of ready pages, and what was put."""

    pages: Sequence[Sequence[bytes]]
    """Each shard's answers to GetRecords, as CBOR, made by `page`."""
    released: threading.Event = field(default_factory=threading.Event)
    """Until this is set, each shard seems empty."""
    asked: set[int] = field(default_factory=set[int])
    """Shards that were asked for records."""
    read: set[int] = field(default_factory=set[int])
    """Shards that were asked for more behind their last page: all of it went into the job."""
    put: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """Stream and data of each record that was put."""

    def __post_init__(self) -> None:
        """Begin to serve."""
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind, answer = stub._answer(self.headers["X-Amz-Target"].split(".")[-1], body)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("x-amzn-RequestId", "stub")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's
                del format, args

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Address of the stub."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, action: str, body: bytes) -> tuple[str, bytes]:
        if action == "GetRecords":
            return CBOR, self._records(body)
        if action == "PutRecords":
            return JSON, self._put(json.loads(body))
        if action == "GetShardIterator":
            (shard,) = _SHARD.findall(body)
            return CBOR, to_cbor({"ShardIterator": f"page-{int(shard)}-0-end"})
        if action == "DescribeStream":
            return CBOR, to_cbor(
                {
                    "StreamDescription": {
                        "StreamName": "ingest",
                        "StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/ingest",
                        "StreamStatus": "ACTIVE",
                        "Shards": self._shards(),
                        "HasMoreShards": False,
                        "RetentionPeriodHours": 24,
                        "EnhancedMonitoring": [],
                    }
                }
            )
        if action == "ListShards":
            return CBOR, to_cbor({"Shards": self._shards()})
        message = f"the job asks for {action}, which the stub does not know"
        raise NotImplementedError(message)

    def _records(self, body: bytes) -> bytes:
        ((shard, number),) = ((int(s), int(n)) for s, n in _ITERATOR.findall(body))
        self.asked.add(shard)
        if self.released.is_set():
            if number < len(self.pages[shard]):
                return self.pages[shard][number]
            self.read.add(shard)
        return page(shard, number - 1, [], last=False)

    def _put(self, request: Mapping[str, Any]) -> bytes:
        for record in request["Records"]:
            self.put.append((request["StreamName"], base64.b64decode(record["Data"])))
        taken = [{"SequenceNumber": "1", "ShardId": "0"}] * len(request["Records"])
        return json.dumps({"FailedRecordCount": 0, "Records": taken}).encode()

    def _shards(self) -> list[dict[str, object]]:
        width = (1 << 128) // len(self.pages)
        return [
            {
                "ShardId": f"shardId-{shard:012d}",
                "HashKeyRange": {
                    "StartingHashKey": str(width * shard),
                    "EndingHashKey": str(width * (shard + 1) - 1),
                },
                "SequenceNumberRange": {"StartingSequenceNumber": "1"},
            }
            for shard in range(len(self.pages))
        ]


def page(shard: int, number: int, records: Sequence[tuple[bytes, int]], *, last: bool) -> bytes:
    """Make an answer to GetRecords of records and their arrival times in milliseconds."""
    return to_cbor(
        {
            "Records": [
                {
                    "SequenceNumber": str((number << 32) + place + 2),
                    "ApproximateArrivalTimestamp": Instant(arrival),
                    "Data": data,
                    "PartitionKey": str(place % 64),
                }
                for place, (data, arrival) in enumerate(records)
            ],
            "NextShardIterator": f"page-{shard}-{number + 1}-end",
            "MillisBehindLatest": 0 if last or not records else 60_000,
        }
    )
