"""The board reads every field of the job's records, and recognizes other records."""

import json

import pytest
from board_stack import highest, letter, result
from hypothesis import given
from hypothesis import strategies as st

from board.records import DeadLetter, Result, parse_letters, parse_results

END = 1_769_851_860_000
"""2026-01-31T09:31:00Z."""

MEASURES = {"max_price": 71.5, "min_price": 69.36, "avg_price": 70.4275, "trades": 600}


def test_all_fields_of_a_result_are_read() -> None:
    """Times become milliseconds."""
    assert list(parse_results(result("AMZN", END, 71.5, trades=600))) == [
        Result("AMZN", END, MEASURES, END - 60_000)
    ]


def test_a_line_gives_ticker_window_end_and_price() -> None:
    """A result with `OutputFormat` = `line` has only these.

    Other measures are unknown, not zero.
    """
    line = b"2026-01-31T09:31:00Z ==> AMZN : Stock Value: 71.5\n"
    assert list(parse_results(line)) == [highest("AMZN", END, 71.5)]


def test_a_ticker_may_look_like_the_format_around_it() -> None:
    """A ticker is any 1 to 32 characters.

    So the first arrow and the last label separate the parts.
    """
    line = "2026-01-31T09:31:00Z ==> a ==> b : Stock Value: 1 : Stock Value: 2.5\n"
    assert list(parse_results(line.encode())) == [highest("a ==> b : Stock Value: 1", END, 2.5)]


def test_a_record_of_several_lines_is_several_results() -> None:
    """One record may contain several results."""
    together = result("AMZN", END, 1) + result("GOOG", END, 2)
    assert [found and found.ticker for found in parse_results(together)] == ["AMZN", "GOOG"]


@pytest.mark.parametrize(
    "data", [b"\xff\n", b"{}\n", b"[]\n", b"3\n", b'{"ticker":"A"}\n', b"x ==> y\n", b"null"]
)
def test_a_line_that_is_no_result_is_returned_as_none(data: bytes) -> None:
    """The page counts these lines and shows their number."""
    assert list(parse_results(data)) == [None]


@given(st.binary())
def test_parsing_never_raises_whatever_the_bytes(data: bytes) -> None:
    """A stream may carry any bytes."""
    lines = [line for line in data.splitlines() if line.strip()]
    assert len(list(parse_results(data))) == len(lines)
    assert len(list(parse_letters(data, "shard/1"))) == len(lines)


def test_all_fields_of_a_dead_letter_are_read() -> None:
    """Without the field of the size the payload is complete, and its size is counted."""
    (found,) = parse_letters(letter("late", "é", END + 123), "shard/7")
    assert found == DeadLetter(
        key="shard/7/0",
        reason="late",
        payload="é",
        encoding="utf-8",
        size=2,
        arrived=END + 123,
        shard="shardId-000000000002",
        sequence_number="49590338271490256608559692538361571095921575989136588898",
    )


def test_a_letter_for_several_records_has_their_number_and_the_last_one() -> None:
    """A letter for one record has neither."""
    (one,) = parse_letters(letter("late", "x", END), "k")
    (many,) = parse_letters(letter("late", "x", END, records=70, last_sequence_number="9"), "k")
    assert one is not None
    assert many is not None
    assert (one.records, one.last_sequence_number) == (1, None)
    assert (many.records, many.last_sequence_number) == (70, "9")


def test_a_payload_that_was_cut_keeps_its_full_size() -> None:
    """The letter contains the size of the whole record."""
    (cut,) = parse_letters(letter("not_json", "abc", END, payload_size=900_000), "k")
    assert cut is not None
    assert cut.size == 900_000


def test_the_size_of_a_base64_payload_is_that_of_the_bytes() -> None:
    """The base64 text is longer than the bytes."""
    (binary,) = parse_letters(letter("not_json", "/wD/", END, encoding="base64"), "k")
    assert binary is not None
    assert binary.size == 3


def test_a_surrogate_in_a_payload_has_a_size_too() -> None:
    """JSON can contain a lone surrogate, which UTF-8 can't encode."""
    line = json.dumps(json.loads(letter("bad_ticker", "\ud800", END))).encode()
    (found,) = parse_letters(line, "k")
    assert found is not None
    assert found.size == 3
