"""Packed records are taken apart as their producer put them together."""

from __future__ import annotations

import hashlib
from typing import Protocol, cast

import pytest
from aws_kinesis_agg import (  # pyright: ignore[reportMissingTypeStubs] -- the package ships none
    aggregator,
)
from hypothesis import given
from hypothesis import strategies as st

from oracle.packing import MAGIC, unpack


class Aggregator(Protocol):
    """What is used of the untyped package."""

    def add_user_record(self, partition_key: str, data: bytes) -> object:
        """Add a record to the pack."""
        ...

    def clear_and_get(self) -> Packed:
        """End the pack."""
        ...


class Packed(Protocol):
    """A pack that is ready."""

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
    """Put header and digest around a body."""
    return MAGIC + body + hashlib.md5(body, usedforsecurity=False).digest()


@given(st.lists(st.tuples(st.text(min_size=1, max_size=9), st.binary(max_size=300)), min_size=1))
def test_what_was_packed_comes_out_in_its_order(records: list[tuple[str, bytes]]) -> None:
    """Whatever the keys and bytes, empty ones too."""
    assert unpack(pack(records)) == [data for _, data in records]


@given(st.binary(max_size=100))
def test_any_other_record_comes_out_as_it_is(data: bytes) -> None:
    """Whether or not it begins like a packed one."""
    assert unpack(data) == [data]
    assert unpack(MAGIC + data) == [MAGIC + data]


@given(st.binary(min_size=1, max_size=60))
def test_a_sealed_body_that_is_no_message_breaks_nothing(body: bytes) -> None:
    """The digest is right and the body is anything: a plain record, or what could be read."""
    assert unpack(seal(body)) is not None


@pytest.mark.parametrize("body", [b"\x1a\x05abc", b"\x1f", b"\xff" * 12, b"\x1a\x03\x1a\x09x"])
def test_a_sealed_body_that_is_no_message_is_a_plain_record(body: bytes) -> None:
    """Cut short, of an unknown kind, or a number without end."""
    assert unpack(seal(body)) == [seal(body)]


def test_a_flipped_bit_makes_it_a_plain_record() -> None:
    """The digest no longer fits, so nothing inside is believed."""
    packed = pack([("key", b"data")])
    broken = packed[:-1] + bytes([packed[-1] ^ 1])
    assert unpack(broken) == [broken]


def test_a_pack_of_nothing_is_a_plain_record() -> None:
    """A table of keys and no record: as no record at all it would be lost in silence."""
    assert unpack(seal(b"\x0a\x01k")) == [seal(b"\x0a\x01k")]
