"""What the benchmarks measure with: known encodings, exact figures."""

from __future__ import annotations

import json

import pytest

from stack.reader import StreamRecord
from tools.bench.kinesis_stub import Instant, page, to_cbor
from tools.bench.latency import latency, percentile
from tools.bench.read_path import make_trades


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (1000, "1903e8"),
        (1_000_000_000_000, "1b000000e8d4a51000"),
        (True, "f5"),
        (False, "f4"),
        ("", "60"),
        ("ü", "62c3bc"),
        (b"\x01\x02\x03\x04", "4401020304"),
        ([1, [2, 3]], "8201820203"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
        (Instant(1_363_896_240), "c11a514b67b0"),
    ],
)
def test_cbor_is_written_as_the_standards_examples(value: object, written: str) -> None:
    """Appendix A of RFC 8949."""
    assert to_cbor(value).hex() == written


def test_a_page_names_the_next_one() -> None:
    """The last one says that nothing is behind it."""
    data = page(3, 7, [(b"x", 5)], last=True)
    assert b"page-3-8-end" in data
    assert data.endswith(b"MillisBehindLatest\x00")


def test_the_benchmarks_trades_are_the_jobs() -> None:
    """One in about a hundred has no price; the others are in order of time."""
    made = make_trades(5_000)
    bad = [record for record, _, ticker in made if not ticker]
    assert 20 < len(bad) < 100
    assert all("PRICE" not in json.loads(record) for record in bad)
    assert [at for _, at, _ in made] == sorted(at for _, at, _ in made)


def test_latency_begins_when_the_watermark_can_pass_the_windows_end() -> None:
    """The window ends at 09:30:30; with 5 s of delay the result is due at 09:30:35."""
    due = 1_769_851_835_000
    result = json.dumps({"window_end": "2026-01-31T09:30:30Z"}).encode()
    assert latency(StreamRecord("s", "1", 0, due + 250, result), 5.0) == 0.25


def test_a_percentile_is_one_of_the_values() -> None:
    """Of a hundred values, the second largest is p99."""
    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 50), percentile(values, 99)) == (50.0, 99.0)
    assert percentile([3.0], 99) == 3.0
