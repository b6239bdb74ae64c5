"""The transformation answers every record, and drops none."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.handler import enrich, handle

RESULT = {
    "window_start": "2026-01-31T09:30:00Z",
    "window_end": "2026-01-31T09:31:00Z",
    "ticker": "AMZN",
    "max_price": 90.5,
    "min_price": 10.25,
    "avg_price": 50.0,
    "trades": 7,
}


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_result_gains_its_range_and_its_windows_length() -> None:
    """All that was there stays, and the line ends with a newline."""
    enriched = enrich(json.dumps(RESULT).encode() + b"\n")
    assert enriched.endswith(b"}\n")
    assert json.loads(enriched) == RESULT | {"price_range": 80.25, "window_seconds": 60}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"no json",
        b"\xff",
        json.dumps(RESULT | {"max_price": None}).encode(),
        json.dumps(RESULT | {"window_end": "soon"}).encode(),
        b"2026-01-31T09:31:00Z ==> AMZN : Stock Value: 90.5\n",
    ],
)
def test_what_is_no_result_comes_back_as_it_was_marked_as_failed(line: bytes) -> None:
    """Firehose then stores it under its error prefix."""
    record: Any = {"recordId": "1", "data": _encoded(line)}
    answer = handle({"records": [record]}, None)
    failed = {"recordId": "1", "result": "ProcessingFailed", "data": record["data"]}
    assert answer == {"records": [failed]}


@given(st.lists(st.binary(max_size=200)))
def test_every_record_is_answered_once_and_in_order(lines: list[bytes]) -> None:
    """Whatever it holds: Firehose takes a missing answer for a failure of the whole batch."""
    records: Any = [{"recordId": str(at), "data": _encoded(line)} for at, line in enumerate(lines)]
    answers = handle({"records": records}, None)["records"]
    assert [answer["recordId"] for answer in answers] == [str(at) for at in range(len(lines))]
