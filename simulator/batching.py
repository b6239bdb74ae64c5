"""Records into PutRecords requests, within the service's limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypedDict

from simulator.packing import aggregate, packed_size, payload_size
from simulator.trades import Record

WORKERS: Final = 4
"""Requests on the wire at once: at 30 ms each, some 65,000 unpacked trades a second."""

REQUEST_RECORDS: Final = 500
"""Records of a PutRecords request (Kinesis quota)."""

REQUEST_BYTES: Final = 5 * 1024 * 1024
"""Bytes of a request, partition keys included.

Kinesis takes 10 MiB since 2025, 5 MiB before; emulators still hold to 5. As a shard takes 1 MB a
second, a bigger request would buy nothing.
"""

RECORD_BYTES: Final = 1024 * 1024
"""Bytes of a record, partition key included, unless a stream allows more (Kinesis quota)."""

PACKED_BYTES: Final = 50 * 1024
"""Bytes at which a packed record is closed: the KPL's own default (`AggregationMaxSize`).

Some 550 trades. Filling the whole MiB instead would give one shard its second's worth at once.
"""

Packing = Literal["none", "spread", "keyed"]
"""`none`: a trade a record. `spread`: consecutive trades share a record, under the first one's
key. `keyed`: only trades of the same key share a record."""


def packing_for(*, pack: bool, keyed: bool) -> Packing:
    """Choose how trades are packed, by whether at all, and whether their keys matter."""
    if not pack:
        return "none"
    return "keyed" if keyed else "spread"


class Entry(TypedDict):
    """A record of a PutRecords request."""

    Data: bytes
    PartitionKey: str


@dataclass(slots=True)
class Request:
    """One PutRecords request: its entries, and how many trades each of them holds."""

    first_ms: int
    last_ms: int
    entries: list[Entry] = field(default_factory=list[Entry])
    trades: list[int] = field(default_factory=list[int])
    size: int = 0

    @property
    def too_large(self) -> bool:
        """Tell whether this is one entry that no stream with the default limit would take."""
        return len(self.entries) == 1 and self.size > RECORD_BYTES


Sized = tuple[Entry, int, int]  # the entry, its bytes, its trades


def plan(chunk: Sequence[Record], packing: Packing = "none") -> Iterator[Request]:
    """Split a chunk into requests; an entry over `RECORD_BYTES` gets one to itself.

    The service would refuse the whole request for it; the producer counts it as failed.
    """
    entries = {"none": _single, "spread": _spread, "keyed": _keyed}[packing](chunk)
    request = Request(chunk[0].time, chunk[-1].time) if chunk else Request(0, 0)
    for entry, size, trades in entries:
        lone = size > RECORD_BYTES
        full = len(request.entries) == REQUEST_RECORDS or request.size + size > REQUEST_BYTES
        if request.entries and (lone or full):
            yield request
            request = Request(request.first_ms, request.last_ms)
        request.entries.append(entry)
        request.trades.append(trades)
        request.size += size
        if lone:
            yield request
            request = Request(request.first_ms, request.last_ms)
    if request.entries:
        yield request


def _single(chunk: Sequence[Record]) -> Iterator[Sized]:
    for record in chunk:
        size = len(record.data) + len(record.key.encode())
        yield {"Data": record.data, "PartitionKey": record.key}, size, 1


def _keyed(chunk: Sequence[Record]) -> Iterator[Sized]:
    groups: dict[str, list[Record]] = {}
    for record in chunk:
        groups.setdefault(record.key, []).append(record)
    for group in groups.values():
        yield from _spread(group)


def _spread(chunk: Sequence[Record]) -> Iterator[Sized]:
    held: list[bytes] = []
    key, size = "", 0
    for record in chunk:
        data = record.data
        more = payload_size(len(data))
        if held and size + more > PACKED_BYTES:
            yield _pack(key, held)
            held = []
        if not held:
            key = record.key
            size = packed_size(len(key.encode()))
        held.append(data)
        size += more
    if held:
        yield _pack(key, held)


def _pack(key: str, payloads: list[bytes]) -> Sized:
    # One trade gains nothing from the wrapping; the KPL too sends it as it is.
    data = payloads[0] if len(payloads) == 1 else aggregate(key, payloads)
    return {"Data": data, "PartitionKey": key}, len(data) + len(key.encode()), len(payloads)
