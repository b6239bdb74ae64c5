"""The formats of times: each is read exactly, and what isn't clear is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_fakes import START_MS

from oracle.verdict import parse_time
from simulator.errors import OptionError
from simulator.file.errors import ValueProblem
from simulator.file.times import TimeReader, write_time

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("2026-01-31T09:30:00Z", "iso"),
        ("2026-01-31 09:30", "iso"),
        ("2026-01-31T04:30:00-05:00", "iso"),
        ("1769851800", "seconds"),
        (1_769_851_800, "seconds"),
        (" 1769851800.000 ", "seconds"),
        ("1769851800000", "millis"),
        (1_769_851_800_000_000, "micros"),
        ("1769851800000000000", "nanos"),
        (Decimal(1_769_851_800_000), "millis"),
    ],
)
def test_a_format_is_detected(value: object, form: str) -> None:
    """All of these are the same moment."""
    reader = TimeReader()
    assert reader.read(value) == START_MS
    assert reader.form == form


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ("1769851800.2509", START_MS + 250),
        (1_769_851_800.25, START_MS + 250),
        (1_769_851_800_250_999_999, START_MS + 250),
        ("2026-01-31T09:30:00.250999Z", START_MS + 250),
    ],
)
def test_digits_below_the_millisecond_are_cut_off(value: object, milliseconds: int) -> None:
    """The job does the same. No digit is lost to floating point."""
    assert TimeReader().read(value) == milliseconds


@pytest.mark.parametrize("value", ["20260131", "20260131093000", 5, 10**30, "1e9", True, None, [1]])
def test_a_value_whose_format_isnt_clear_is_refused(value: object) -> None:
    """A date as one number isn't taken for seconds in 1970."""
    with pytest.raises(ValueProblem) as caught:
        TimeReader().read(value)
    assert caught.value.reason == "bad_event_time"


def test_a_detected_format_holds_for_all_rows() -> None:
    """A row of another format is refused, not read as another time."""
    reader = TimeReader()
    reader.read("1769851800000")
    for other in ("1769851800", "2026-01-31T09:30:00Z"):
        with pytest.raises(ValueProblem, match="expected millis, as in the rows before"):
            reader.read(other)
    assert reader.read("1769851800001") == START_MS + 1


def test_a_bad_first_row_doesnt_decide_the_format() -> None:
    """The format is that of the first time that can be read."""
    reader = TimeReader()
    with pytest.raises(ValueProblem):
        reader.read("yesterday")
    assert reader.read("1769851800") == START_MS


def test_a_named_format_is_used_for_any_number() -> None:
    """Then 86,400 seconds are the second day of 1970."""
    assert TimeReader("seconds").read("86400") == 86_400_000
    assert TimeReader("nanos").read(-1) == -1
    with pytest.raises(ValueProblem, match="expected seconds since 1970"):
        TimeReader("seconds").read("2026-01-31T09:30:00Z")
    with pytest.raises(ValueProblem, match="expected such as 2026-01-31T09:30:00Z"):
        TimeReader("iso").read("1769851800")


def test_a_pattern_reads_other_texts() -> None:
    """The zone is the pattern's, or that of the option."""
    assert TimeReader("%d/%m/%Y %H:%M:%S.%f").read("31/01/2026 09:30:00.25") == START_MS + 250
    assert TimeReader("%Y%m%d%H%M%S").read("20260131093000") == START_MS
    assert TimeReader("%d.%m.%y %H:%M %z", NEW_YORK).read("31.01.26 10:30 +0100") == START_MS
    assert TimeReader("%d.%m.%y %H:%M", NEW_YORK).read("31.01.26 04:30") == START_MS
    with pytest.raises(ValueProblem, match=r"given '2026'; expected %d/%m/%Y"):
        TimeReader("%d/%m/%Y").read("2026")


def test_a_zone_holds_for_times_that_name_none() -> None:
    """A time with an offset or Z, and a number, already say which moment they are."""
    reader = TimeReader("iso", NEW_YORK)
    assert reader.read("2026-01-31T04:30:00") == START_MS
    assert reader.read("2026-01-31 04:30") == START_MS
    assert reader.read("2026-01-31T09:30:00Z") == START_MS
    assert reader.read("2026-01-31T10:30+01") == START_MS
    assert reader.read("2026-07-31T04:30:00") == parse_time("2026-07-31T08:30:00Z")
    assert TimeReader("seconds", NEW_YORK).read(1_769_851_800) == START_MS


@pytest.mark.parametrize(
    ("text", "what"),
    [("2026-03-08T02:30:00", "doesn't exist"), ("2026-11-01T01:30:00", "comes twice")],
)
def test_a_local_time_around_a_change_of_the_clocks_is_refused(text: str, what: str) -> None:
    """Nothing in the file says which moment it is."""
    with pytest.raises(ValueProblem, match=f"which {what} in America/New_York"):
        TimeReader(None, NEW_YORK).read(text)


def test_times_of_parquet_are_read_with_and_without_a_zone() -> None:
    """A time without a zone has that of the option."""
    moment = datetime(2026, 1, 31, 4, 30, 0, 250_999)  # noqa: DTZ001 -- a time without a zone
    assert TimeReader(None, NEW_YORK).read(moment) == START_MS + 250
    aware = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    assert TimeReader(None, NEW_YORK).read(aware) == START_MS


@pytest.mark.parametrize("form", ["epoch", "ISO"])
def test_an_unknown_format_is_refused(form: str) -> None:
    """The message has the names, and a pattern as an example."""
    with pytest.raises(OptionError, match="allowed: iso, seconds, millis, micros, nanos, or a"):
        TimeReader(form)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 -- as strategies need
def test_a_written_time_is_read_as_the_same_time(moment: datetime) -> None:
    """This holds for every year that a text can have."""
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001
    milliseconds = (moment - epoch) // timedelta(milliseconds=1)
    assert parse_time(write_time(milliseconds)) == milliseconds
