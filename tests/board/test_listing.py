"""The rows of the table of latest results."""

from dataclasses import replace

from board_stack import highest

from board.choice import CHANGE, Choice
from board.latest import of_all
from board.listing import ROWS, Listing, listing
from board.model import Row

ROW = [
    Row(highest("AMZN", 0, 40.0, trades=7), 39.0),
    Row(highest("GOOG", 0, 260.0, trades=9), 258.0),
    Row(highest("ORCL", 0, 5.0), None),
]
MANY = [Row(highest(f"T{number:04}", 0, float(number)), None) for number in range(5_000)]


def _names(found: Listing) -> list[str]:
    return [row.result.ticker for row in found.rows]


def test_rows_are_sorted_by_each_column() -> None:
    """A row without a value is the last, in both directions."""
    for sort, descending, expected in (
        ("ticker", True, ["ORCL", "GOOG", "AMZN"]),
        ("max_price", False, ["ORCL", "AMZN", "GOOG"]),
        ("trades", True, ["GOOG", "AMZN", "ORCL"]),
        ("trades", False, ["AMZN", "GOOG", "ORCL"]),
        (CHANGE, True, ["GOOG", "AMZN", "ORCL"]),
    ):
        found = listing(ROW, Choice(sort=sort, descending=descending))
        assert _names(found) == expected, (sort, descending)


def test_in_percent_changes_are_sorted_in_percent() -> None:
    """One of 39 is more than two of 258."""
    found = listing(ROW, Choice(sort=CHANGE, descending=True, axis="percent"))
    assert _names(found) == ["AMZN", "GOOG", "ORCL"]


def test_a_search_finds_any_part_of_a_name_in_any_case() -> None:
    """Blanks around it don't matter."""
    assert _names(listing(ROW, Choice(search=" oo "))) == ["GOOG"]
    assert listing(MANY, Choice(search="t04")).found == 100


def test_pinned_tickers_are_on_top_of_every_page_and_of_every_search() -> None:
    """They are in the order of pinning. One without results takes no place."""
    choice = Choice(pinned=("T0007", "NONE", "T0003"), search="t1", page=2)
    found = listing(MANY, choice)
    assert [row.result.ticker for row in found.pinned] == ["T0007", "T0003"]
    assert len(found.rows) == ROWS
    assert "T0007" not in _names(listing(MANY, replace(choice, search="", page=0)))


def test_pages_have_every_row_once() -> None:
    """A page after the last one is the last one, as when tickers have gone."""
    seen = [name for page in range(500) for name in _names(listing(MANY, Choice(page=page)))]
    assert seen == [row.result.ticker for row in MANY]
    assert listing(MANY, Choice(page=999)).page == 499
    empty = listing([], Choice(page=3))
    assert (empty.rows, empty.page, empty.pages) == ([], 0, 1)


def test_no_row_is_left_out_without_a_word() -> None:
    """The text says which rows of how many are shown."""
    assert of_all(listing(ROW, Choice())) == ""
    assert of_all(listing(MANY, Choice(page=1))) == "11 to 20 of 5,000"
    assert of_all(listing(MANY, Choice(search="t049", pinned=("T0001",)))) == (
        "1 to 10 of 10 found, 5,000 in all, 1 pinned"
    )
    assert of_all(listing(ROW, Choice(search="x"))) == "None of 3 tickers is found."
    assert of_all(listing(ROW, Choice(search="x", pinned=("GOOG",)))) == (
        "No other of 3 tickers is found."
    )
