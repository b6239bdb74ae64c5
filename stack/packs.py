"""Unpack records that a producer packed with the Kinesis Producer Library's aggregation format.

The format: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md

Protobuf reads the message. Only the needed fields are declared here. Amazon's package for Python,
`aws-kinesis-agg`, isn't used here: it gives only a part of a pack whose key table is too short,
prints its errors, and changes `sys.path` at import. Tests compare this module with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final, Protocol

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

MAGIC: Final = b"\xf3\x89\x9a\xc2"
DIGEST_BYTES: Final = 16


class _Packed(Protocol):
    data: bytes


class _Pack(Protocol):
    records: Sequence[_Packed]

    def IsInitialized(self) -> bool: ...  # noqa: N802 -- protobuf's name


class _Message(Protocol):
    def FromString(self, body: bytes) -> _Pack: ...  # noqa: N802 -- protobuf's name


def _aggregated_record() -> _Message:
    """Declare the format's message `AggregatedRecord`."""
    kind: Any = descriptor_pb2.FieldDescriptorProto  # the package has no types
    file: Any = descriptor_pb2.FileDescriptorProto(name="packs.proto", syntax="proto2")
    record = file.message_type.add(name="Record")
    for name, number, type_ in (
        ("partition_key_index", 1, kind.TYPE_UINT64),
        ("data", 3, kind.TYPE_BYTES),
    ):
        record.field.add(name=name, number=number, type=type_, label=kind.LABEL_REQUIRED)
    pack = file.message_type.add(name="AggregatedRecord")
    pack.field.add(
        name="records",
        number=3,
        type=kind.TYPE_MESSAGE,
        type_name="Record",
        label=kind.LABEL_REPEATED,
    )
    pool: Any = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory: Any = message_factory
    return factory.GetMessageClass(pool.FindMessageTypeByName("AggregatedRecord"))


_AGGREGATED_RECORD: Final = _aggregated_record()


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
        pack = _AGGREGATED_RECORD.FromString(body)
    except DecodeError:
        return [data]
    whole = pack.IsInitialized()  # every record has its required fields
    return [record.data for record in pack.records if whole] or [data]
