"""What a person chooses, and the address that holds it."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.choice import CHANGE, COLUMNS, SPANS, TICKER, Choice
from job.fields import MEASURES

TICKERS = st.lists(st.text("AB& =%+.é", min_size=1, max_size=32), unique=True).map(tuple)


@given(
    st.builds(
        Choice,
        drawn=st.none() | TICKERS,
        pinned=TICKERS,
        search=st.text("ab& #", max_size=5),
        sort=st.sampled_from(COLUMNS),
        descending=st.booleans(),
        measure=st.sampled_from(MEASURES),
        axis=st.sampled_from(["price", "percent"]),
        span=st.sampled_from(list(SPANS)),
        zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
    )
)
def test_a_reload_shows_the_same(choice: Choice) -> None:
    """The address holds the whole choice, with any ticker."""
    query = dict(parse_qsl(choice.query().removeprefix("?"), keep_blank_values=True))
    assert Choice.of_query(query) == choice


def test_without_a_choice_the_address_has_no_query() -> None:
    """It stays short."""
    assert Choice().query() == ""


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "size", "axis": "log", "span": "1 year", "measure": "sum"},
        *(
            {"zone": zone}
            for zone in ("Moon/Base", "", "../../etc/passwd", "/etc/passwd", "Europe")
        ),
    ],
)
def test_what_an_address_cant_mean_is_left_out(query: dict[str, str]) -> None:
    """Anybody can write an address."""
    assert Choice.of_query(query) == Choice()


def test_a_column_sorts_from_its_useful_end_and_a_second_time_the_other_way() -> None:
    """Names begin with A, and numbers with the highest. The first page is shown."""
    by_change = Choice(page=3).sorted_by(CHANGE)
    assert (by_change.sort, by_change.descending, by_change.page) == (CHANGE, True, 0)
    assert not by_change.sorted_by(CHANGE).descending
    by_name = by_change.sorted_by(TICKER)
    assert (by_name.sort, by_name.descending) == (TICKER, False)


def test_columns_are_those_of_the_declared_fields() -> None:
    """A new field of a result is a column without a change here."""
    assert [name for name in COLUMNS if name not in {TICKER, CHANGE}] == [
        field.name for field in MEASURES
    ]


def test_the_first_ticker_that_is_taken_away_leaves_the_others() -> None:
    """What the page chose becomes the person's choice."""
    now = ("A", "B", "C")
    assert Choice().with_line("B", now, most=3).drawn == ("A", "C")
    assert Choice().with_line("D", now, most=4).drawn == ("A", "B", "C", "D")
    assert Choice().with_line("D", now, most=3).drawn is None, "no more can be told apart"


def test_a_pin_is_set_and_taken_away() -> None:
    """The order is that of pinning."""
    pinned = Choice().with_pin("B").with_pin("A")
    assert pinned.pinned == ("B", "A")
    assert pinned.with_pin("B").pinned == ("A",)
