"""Unpack records that a producer packed with the Kinesis aggregation format.

The format, with its protobuf message:
https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md

It is independent of the simulator's packer and of the job's unpacker, so that it can check both.
`aws-kinesis-agg` is not used here, because it changes `sys.path` at import and prints its errors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

MAGIC: Final = b"\xf3\x89\x9a\xc2"
DIGEST_BYTES: Final = 16

_RECORDS: Final = 3
"""Number of the message's field for its records."""
_KEY_INDEX, _DATA = 1, 3
"""Numbers of the fields that a record must have: its partition key's index, and its data."""
_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
_MAX_VARINT_BITS: Final = 63


def unpack(data: bytes) -> list[bytes]:
    """Give the records inside a packed record in their order, or the record itself if not packed.

    Bytes with a wrong header, digest or message are a plain record, as they are for Amazon's own
    consumers. A pack without records is a plain record too. Otherwise it would be lost without a
    message. Keys are not checked.
    """
    if not data.startswith(MAGIC) or len(data) <= len(MAGIC) + DIGEST_BYTES:
        return [data]
    body, digest = data[len(MAGIC) : -DIGEST_BYTES], data[-DIGEST_BYTES:]
    if hashlib.md5(body, usedforsecurity=False).digest() != digest:
        return [data]
    try:
        packed = [
            value for field, kind, value in _fields(body) if (field, kind) == (_RECORDS, _BYTES)
        ]
        return [_data(record) for record in packed] or [data]
    except ValueError:
        return [data]


def _data(record: bytes) -> bytes:
    """Give the data of a record. If a field is repeated, protobuf uses the last one."""
    found = {(field, kind): value for field, kind, value in _fields(record)}
    if (_KEY_INDEX, _VARINT) not in found or (_DATA, _BYTES) not in found:
        raise ValueError(record)
    return found[_DATA, _BYTES]


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give number, kind and content of each field. The content is empty unless it is bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind, size = tag & 7, 0
        if tag >> 3 == 0:
            raise ValueError(tag)
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in {_DOUBLE, _FLOAT}:
            at += 8 if kind == _DOUBLE else 4
        else:
            raise ValueError(kind)
        if at + size > len(message):
            raise ValueError(size)
        yield tag >> 3, kind, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, lowest first. Give the number and where it ends."""
    number, shift = 0, 0
    while at < len(message) and shift <= _MAX_VARINT_BITS:
        number |= (message[at] & 0x7F) << shift
        if message[at] < 0x80:  # noqa: PLR2004 -- the bit that says "more follows" is off
            return number, at + 1
        at, shift = at + 1, shift + 7
    raise ValueError(number)
