"""The oracle's verdict on one record by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.verdict import Reason, Rules, Trade, judge, parse_time

ARRIVAL = 1_769_850_000_000
"""2026-01-31T09:00:00Z."""


def as_json(**fields: object) -> bytes:
    """Write a valid trade with some fields replaced."""
    trade: dict[str, object] = {"EVENT_TIME": "2026-01-31T09:00:00Z", "TICKER": "AMZN", "PRICE": 1}
    return json.dumps(trade | fields).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_json"),
        (b"[]", "not_json"),
        (b"null", "not_json"),
        (b'"{}"', "not_json"),
        (as_json() + b"x", "not_json"),
        (b"\xef\xbb\xbf" + as_json(), "not_json"),
        (b'{"TICKER":"\xff"}', "not_json"),
        (b'{"TICKER":"a\nb"}', "not_json"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
        (b"{}", "missing_field"),
        (b'{"EVENT_TIME":1,"TICKER":1}', "missing_field"),
        (b'{"event_time":"","ticker":"","price":1}', "missing_field"),
        (as_json(EVENT_TIME=5), "wrong_type"),
        (as_json(TICKER=None), "wrong_type"),
        (as_json(PRICE="1"), "wrong_type"),
        (as_json(PRICE=True), "wrong_type"),
        (as_json(PRICE=None, EVENT_TIME="never"), "wrong_type"),
        (as_json(EVENT_TIME="never", TICKER="", PRICE=-1), "bad_event_time"),
        (as_json(TICKER=""), "bad_ticker"),
        (as_json(TICKER="x" * 33), "bad_ticker"),
        (as_json(TICKER="\ud800"), "bad_ticker"),
        (as_json(TICKER="", PRICE=-1), "bad_ticker"),
        (as_json(PRICE=0), "bad_price"),
        (as_json(PRICE=-0.01), "bad_price"),
        (as_json(PRICE=float("nan")), "bad_price"),
        (as_json(PRICE=float("inf")), "bad_price"),
        (as_json().replace(b": 1}", b": 1e400}"), "bad_price"),
        (as_json().replace(b": 1}", b": " + b"9" * 400 + b"}"), "bad_price"),
        (as_json(EVENT_TIME="2026-01-31T09:01:00.001Z"), "future"),
        (as_json(EVENT_TIME="2099-01-01T00:00:00Z", PRICE=0), "bad_price"),
    ],
)
def test_the_first_broken_rule_gives_the_reason(data: bytes, reason: Reason) -> None:
    """Each record breaks one or more rules."""
    assert judge(data, ARRIVAL, Rules()) == reason


@pytest.mark.parametrize(
    ("data", "trade"),
    [
        (as_json(), Trade("AMZN", ARRIVAL, 1.0)),
        (b" " + as_json(PRICE=2.5) + b" \t\r\n", Trade("AMZN", ARRIVAL, 2.5)),
        (as_json(TICKER="\U0001f4c8" * 32), Trade("\U0001f4c8" * 32, ARRIVAL, 1.0)),
        (as_json(OTHER={"PRICE": -1}), Trade("AMZN", ARRIVAL, 1.0)),
        (as_json()[:-1] + b', "PRICE": 3}', Trade("AMZN", ARRIVAL, 3.0)),
        (as_json(EVENT_TIME="2026-01-31T09:01:00Z"), Trade("AMZN", ARRIVAL + 60_000, 1.0)),
    ],
)
def test_a_record_that_breaks_no_rule_is_a_trade(data: bytes, trade: Trade) -> None:
    """White space, unknown fields, repeated keys and the last allowed time are valid."""
    assert judge(data, ARRIVAL, Rules()) == trade


@pytest.mark.parametrize(
    ("written", "offset"),
    [
        ("2026-01-31T09:00:00", 0),
        ("2026-01-31T09:00:00.1", 100),
        ("2026-01-31T09:00:00.123999Z", 123),
        ("2026-01-31T10:30:00+01:30", 0),
        ("2026-01-31T10:30:00+0130", 0),
        ("2026-01-31T08:00:00-01", 0),
        ("2026-01-31 09:00z", 0),
        ("1969-12-31T23:59:59.999999999Z", -1 - ARRIVAL),
        ("0000-03-01T00:00:00Z", -719_468 * 86_400_000 - ARRIVAL),
    ],
)
def test_each_format_of_a_time_is_read(written: str, offset: int) -> None:
    """A time without a zone is UTC. Parts of a millisecond are rounded down."""
    assert parse_time(written) == ARRIVAL + offset


@pytest.mark.parametrize(
    "written",
    [
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T23:59:60Z",
        "2026-01-31T09:60:00Z",
        "2026-01-31T09:00:00.Z",
        "2026-01-31T09:00:00,5Z",
        "2026-01-31T09:00:00+24:00",
        "2026-01-31T09:00:00+01:60",
        "2026-01-31T09:00:00+1",
        "2026-01-31T09:00:00+01:",
        "2026-01-31T09:00:00 ",
        "2026-01-31T09:00:00Z\n",
        "２０２６-01-31T09:00:00Z",  # noqa: RUF001 -- digits that are not ASCII
        "",
    ],
)
def test_text_that_is_not_a_time_is_refused(written: str) -> None:
    """It has another format, or a date or a time of day that doesn't exist."""
    assert parse_time(written) is None


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 -- the zone is added below
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_a_time_that_python_writes_is_read_as_python_reads_it(moment: datetime, ahead: int) -> None:
    """It is from `datetime.isoformat()` with any offset in whole minutes, and is rounded down."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=ahead)))
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_time(aware.isoformat()) == since // timedelta(milliseconds=1)


@given(st.binary(max_size=60))
def test_the_check_of_any_bytes_raises_no_error(data: bytes) -> None:
    """Any bytes give a trade or a reason."""
    assert judge(data, ARRIVAL, Rules()) in {"not_json", "missing_field", "wrong_type"}
