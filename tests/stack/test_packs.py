"""Records that a producer packed are unpacked."""

from __future__ import annotations

import hashlib
from typing import Protocol, cast

import pytest
from aws_kinesis_agg import (  # pyright: ignore[reportMissingTypeStubs] -- the package has none
    aggregator,
)
from hypothesis import given
from hypothesis import strategies as st

from stack.packs import MAGIC, unpack


class Aggregator(Protocol):
    """The part of the untyped package that is used."""

    def add_user_record(self, partition_key: str, data: bytes) -> object:
        """Add a record to the pack."""
        ...

    def clear_and_get(self) -> Packed:
        """Finish the pack."""
        ...


class Packed(Protocol):
    """A finished pack."""

    def get_contents(self) -> tuple[str, str, bytes]:
        """Give partition key, explicit hash key and bytes."""
        ...


def pack(records: list[tuple[str, bytes]]) -> bytes:
    """Pack records (partition key, data) with the package that producers in Python use."""
    packer = cast("Aggregator", aggregator.RecordAggregator())
    for key, data in records:
        packer.add_user_record(key, data)
    return packer.clear_and_get().get_contents()[2]


def seal(body: bytes) -> bytes:
    """Add header and digest to a body."""
    return MAGIC + body + hashlib.md5(body, usedforsecurity=False).digest()


@given(st.lists(st.tuples(st.text(min_size=1, max_size=9), st.binary(max_size=300)), min_size=1))
def test_packed_records_are_unpacked_in_their_order(records: list[tuple[str, bytes]]) -> None:
    """This holds for any keys and any bytes, also empty ones."""
    assert unpack(pack(records)) == [data for _, data in records]


@given(st.binary(max_size=100))
def test_a_record_that_is_not_packed_is_given_unchanged(data: bytes) -> None:
    """This holds also if it begins like a packed one."""
    assert unpack(data) == [data]
    assert unpack(MAGIC + data) == [MAGIC + data]


@given(st.binary(min_size=1, max_size=60))
def test_a_body_of_any_bytes_with_a_right_digest_raises_no_error(body: bytes) -> None:
    """The outcome is the plain record, or the records that could be read."""
    assert unpack(seal(body)) is not None


@pytest.mark.parametrize("body", [b"\x1a\x05abc", b"\x1f", b"\xff" * 12, b"\x1a\x03\x1a\x09x"])
def test_a_body_that_is_not_a_message_makes_a_plain_record(body: bytes) -> None:
    """It is cut, has an unknown kind of field, or has a number without an end."""
    assert unpack(seal(body)) == [seal(body)]


def test_a_changed_bit_makes_a_plain_record() -> None:
    """The digest does not fit, so the content is not unpacked."""
    packed = pack([("key", b"data")])
    broken = packed[:-1] + bytes([packed[-1] ^ 1])
    assert unpack(broken) == [broken]


def test_a_pack_without_records_is_a_plain_record() -> None:
    """It has only a table of keys. Otherwise it would be lost without a message."""
    assert unpack(seal(b"\x0a\x01k")) == [seal(b"\x0a\x01k")]
