"""Requests keep to the service's limits, and packed records come apart as they went in."""

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
    """Give what the service counts: data and partition key."""
    return len(entry["Data"]) + len(entry["PartitionKey"].encode())


@given(key=KEYS, payloads=st.lists(st.binary(max_size=40_000), min_size=1, max_size=40))
def test_what_is_packed_comes_apart_the_same(key: str, payloads: list[bytes]) -> None:
    """Protobuf's own decoder gives each payload back, in order, of any size, empty ones too."""
    entry: Entry = {"Data": aggregate(key, payloads), "PartitionKey": key}
    assert deaggregate(entry) == payloads


@pytest.mark.parametrize("edge", [127, 128, 255, 256, 16_383, 16_384, 32_767, 1_048_000])
def test_lengths_are_right_on_both_sides_of_each_byte(edge: int) -> None:
    """A length is written seven bits a byte; around each edge payloads and keys come back."""
    payloads = [bytes([size % 251]) * size for size in range(edge - 8, edge + 8)]
    key = "k" * min(edge, 256)
    assert deaggregate({"Data": aggregate(key, payloads), "PartitionKey": key}) == payloads


@given(records=RECORDS, packing=st.sampled_from(PACKINGS))
def test_every_record_is_in_one_request_once(records: list[Record], packing: Packing) -> None:
    """However it is packed, nothing is lost, doubled or weighed wrongly."""
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
def test_keyed_records_keep_their_key_and_their_order_under_it(records: list[Record]) -> None:
    """A packed record holds trades of one key only, and each key's trades stay in order."""
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
    """A consumer drops a record with one sub-record that hashes outside its shard: none does."""
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
    """Six records of a whole MiB, keys included, make requests of five and one."""
    records = [Record(bytes(RECORD_BYTES - 1), "k", START_MS) for _ in range(6)]
    requests = list(plan(records))
    assert [len(request.entries) for request in requests] == [5, 1]
    assert requests[0].size == REQUEST_BYTES
    assert not any(request.too_large for request in requests)


def test_a_record_over_the_limit_stands_alone() -> None:
    """One byte over a MiB, key included, must not get its neighbours refused with it."""
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
    """Requests and packed records are as large as they say, and never larger than allowed."""
    records = [Record(bytes(size), f"key-{size % 3}", START_MS) for size in sizes]
    for request in plan(records, packing):
        assert request.size == sum(map(size_of, request.entries)) <= REQUEST_BYTES
        assert len(request.entries) <= REQUEST_RECORDS
        for entry, trades in zip(request.entries, request.trades, strict=True):
            assert trades == 1 or len(entry["Data"]) <= PACKED_BYTES


def test_a_packed_record_holds_hundreds_of_trades_and_a_lone_trade_stays_plain() -> None:
    """50 KiB is some 550 trades; wrapping one would gain nothing."""
    requests = list(plan(chunk(1_200, size=88), "spread"))
    assert [request.trades for request in requests] == [[544, 544, 112]]
    lone = chunk(1)
    assert next(plan(lone, "spread")).entries[0]["Data"] == lone[0].data


def test_an_empty_chunk_makes_no_request() -> None:
    """A tick in which nothing fell due costs nothing."""
    assert list(plan([])) == []
