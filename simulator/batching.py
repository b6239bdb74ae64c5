"""Batches of records as PutRecords requests, within the service's limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypedDict

from simulator.packing import aggregate, packed_size, payload_size
from simulator.trades import Record

WORKERS: Final = 4
"""Simultaneous requests. At 30 ms each, they send about 65,000 unpacked trades a second."""

REQUEST_RECORDS: Final = 500
"""Maximum number of records in a PutRecords request (Kinesis quota)."""

REQUEST_BYTES: Final = 5 * 1024 * 1024
"""Maximum number of bytes in a request, including partition keys.

Kinesis accepts 10 MiB since 2025, and accepted 5 MiB before. Emulators still accept only 5 MiB. A
shard accepts 1 MB a second, so a larger request would not be faster.
"""

RECORD_BYTES: Final = 1024 * 1024
"""Maximum number of bytes in a record, including its partition key.

This is the default Kinesis quota. A stream can allow more.
"""

PACKED_BYTES: Final = 50 * 1024
"""Maximum number of bytes in a packed record: the KPL's default (`AggregationMaxSize`).

It holds about 550 trades. A packed record of 1 MiB would use a shard's limit for a whole second.
"""

Packing = Literal["none", "spread", "keyed"]
"""`none`: each trade is a record. `spread`: consecutive trades share a record, which has the first
trade's key. `keyed`: only trades with the same key share a record."""


def packing_for(*, pack: bool, keyed: bool) -> Packing:
    """Choose how trades are packed."""
    if not pack:
        return "none"
    return "keyed" if keyed else "spread"


class Entry(TypedDict):
    """One record in a PutRecords request."""

    Data: bytes
    PartitionKey: str


@dataclass(slots=True)
class Request:
    """One PutRecords request: its entries, and the number of trades in each entry."""

    first_ms: int
    last_ms: int
    entries: list[Entry] = field(default_factory=list[Entry])
    trades: list[int] = field(default_factory=list[int])
    size: int = 0

    @property
    def too_large(self) -> bool:
        """Tell whether this is a single entry above a stream's default limit."""
        return len(self.entries) == 1 and self.size > RECORD_BYTES


Sized = tuple[Entry, int, int]  # the entry, its bytes, its trades


def plan(chunk: Sequence[Record], packing: Packing = "none") -> Iterator[Request]:
    """Split a chunk into requests. An entry over `RECORD_BYTES` gets a request of its own.

    The service would refuse a whole request with such an entry. The producer counts it as failed.
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
    # Packing does not help a single trade. The KPL also sends it unpacked.
    data = payloads[0] if len(payloads) == 1 else aggregate(key, payloads)
    return {"Data": data, "PartitionKey": key}, len(data) + len(key.encode()), len(payloads)
