"""Requests stay within the service's limits, and packed records can be unpacked unchanged."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_fakes import HASHES, START_MS, chunk, deaggregate, shard_of

from simulator.batching import (
    PACKED_BYTES,
    RECORD_BYTES,
    REQUEST_BYTES,
    REQUEST_RECORDS,
    Entry,
    Packing,
    plan,
)
from simulator.packing import aggregate
from simulator.trades import Record

PACKINGS: tuple[Packing, ...] = ("none", "spread", "keyed")

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
RECORDS = st.lists(
    st.builds(Record, st.binary(max_size=300), KEYS, st.just(START_MS)), min_size=1, max_size=60
)


def size_of(entry: Entry) -> int:
    """Give the size that the service counts: data and partition key."""
    return len(entry["Data"]) + len(entry["PartitionKey"].encode())


@given(key=KEYS, payloads=st.lists(st.binary(max_size=40_000), min_size=1, max_size=40))
def test_packed_payloads_are_unpacked_unchanged(key: str, payloads: list[bytes]) -> None:
    """Protobuf's own decoder gives each payload in order, whatever its size."""
    entry: Entry = {"Data": aggregate(key, payloads), "PartitionKey": key}
    assert deaggregate(entry) == payloads


@pytest.mark.parametrize("edge", [127, 128, 255, 256, 16_383, 16_384, 32_767, 1_048_000])
def test_lengths_around_each_byte_boundary_are_encoded_correctly(edge: int) -> None:
    """A byte holds seven bits of a length. Payloads and keys near each boundary are unchanged."""
    payloads = [bytes([size % 251]) * size for size in range(edge - 8, edge + 8)]
    key = "k" * min(edge, 256)
    assert deaggregate({"Data": aggregate(key, payloads), "PartitionKey": key}) == payloads


@given(records=RECORDS, packing=st.sampled_from(PACKINGS))
def test_every_record_is_in_exactly_one_request(records: list[Record], packing: Packing) -> None:
    """With any packing, no record is lost or doubled, and each entry's count is right."""
    requests = list(plan(records, packing))
    assert sum(sum(request.trades) for request in requests) == len(records)
    taken = [
        (deaggregate(entry), trades)
        for request in requests
        for entry, trades in zip(request.entries, request.trades, strict=True)
    ]
    assert all(len(payloads) == trades for payloads, trades in taken)
    payloads = [data for payloads, _ in taken for data in payloads]
    assert Counter(payloads) == Counter(record.data for record in records)
    if packing != "keyed":
        assert payloads == [record.data for record in records]


@given(records=RECORDS)
def test_keyed_packing_keeps_each_records_key_and_the_order_within_a_key(
    records: list[Record],
) -> None:
    """A packed record holds only trades with the same key, and each key's trades stay in order."""
    by_key: dict[str, list[bytes]] = {}
    for request in plan(records, "keyed"):
        for entry in request.entries:
            by_key.setdefault(entry["PartitionKey"], []).extend(deaggregate(entry))
    expected: dict[str, list[bytes]] = {}
    for record in records:
        expected.setdefault(record.key, []).append(record.data)
    assert by_key == expected


@pytest.mark.parametrize("packing", ["spread", "keyed"])
@pytest.mark.parametrize("shards", [1, 3, 4, 64])
def test_no_consumer_drops_a_packed_record_whatever_the_shards_are(
    packing: Packing, shards: int
) -> None:
    """A consumer drops a record if a sub-record hashes outside its shard. No sub-record does."""
    records = chunk(5_000, keys=23)
    got: list[bytes] = []
    for request in plan(records, packing):
        for entry in request.entries:
            shard = shard_of(entry["PartitionKey"], shards)
            first, last = HASHES * shard // shards, HASHES * (shard + 1) // shards - 1
            got += deaggregate(entry, first, last)
    assert Counter(got) == Counter(record.data for record in records)


def test_a_request_is_full_at_500_records() -> None:
    """1,001 trades make three requests."""
    sizes = [len(request.entries) for request in plan(chunk(1_001))]
    assert sizes == [REQUEST_RECORDS, REQUEST_RECORDS, 1]


def test_a_request_is_full_at_five_mebibytes() -> None:
    """Six records of 1 MiB with their keys make a request of five and a request of one."""
    records = [Record(bytes(RECORD_BYTES - 1), "k", START_MS) for _ in range(6)]
    requests = list(plan(records))
    assert [len(request.entries) for request in requests] == [5, 1]
    assert requests[0].size == REQUEST_BYTES
    assert not any(request.too_large for request in requests)


def test_a_record_over_the_limit_gets_its_own_request() -> None:
    """It is one byte over 1 MiB with its key. Its neighbours must not be refused with it."""
    records = chunk(3)
    records[1] = Record(bytes(RECORD_BYTES), "k", START_MS)
    requests = list(plan(records))
    assert [(len(request.entries), request.too_large) for request in requests] == [
        (1, False),
        (1, True),
        (1, False),
    ]


@given(
    sizes=st.lists(st.integers(0, 3 * PACKED_BYTES), min_size=1, max_size=40),
    packing=st.sampled_from(PACKINGS),
)
def test_sizes_stay_within_the_limits(sizes: list[int], packing: Packing) -> None:
    """Requests and packed records have their stated size, which is never above the limit."""
    records = [Record(bytes(size), f"key-{size % 3}", START_MS) for size in sizes]
    for request in plan(records, packing):
        assert request.size == sum(map(size_of, request.entries)) <= REQUEST_BYTES
        assert len(request.entries) <= REQUEST_RECORDS
        for entry, trades in zip(request.entries, request.trades, strict=True):
            assert trades == 1 or len(entry["Data"]) <= PACKED_BYTES


def test_a_packed_record_holds_hundreds_of_trades_and_a_single_trade_is_not_packed() -> None:
    """50 KiB hold about 550 trades. Packing a single trade would not help."""
    requests = list(plan(chunk(1_200, size=88), "spread"))
    assert [request.trades for request in requests] == [[544, 544, 112]]
    lone = chunk(1)
    assert next(plan(lone, "spread")).entries[0]["Data"] == lone[0].data


def test_an_empty_chunk_makes_no_request() -> None:
    """No trade was due in a tick. No request is sent."""
    assert list(plan([])) == []
