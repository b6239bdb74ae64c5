"""The rows of the table of latest results: searched, sorted, pinned, and by the page. Pure.

The server does this, because a browser need not get the results of 5,000 tickers twice a minute.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from board.choice import CHANGE, TICKER, Choice
from board.model import Row

ROWS: Final = 10
"""Rows of one page. Pinned tickers come in addition."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One page of the table."""

    pinned: Sequence[Row]
    rows: Sequence[Row]
    first: int
    """The number of rows before this page."""
    found: int
    """The number of tickers that the search finds, without the pinned ones."""
    total: int
    page: int
    pages: int


def listing(rows: Sequence[Row], choice: Choice) -> Listing:
    """Give the page that is chosen, or the last one if there are fewer."""
    by_name = {row.result.ticker: row for row in rows}
    pinned = [by_name[ticker] for ticker in choice.pinned if ticker in by_name]
    wanted = choice.search.strip().casefold()
    others = [
        row
        for row in rows
        if row.result.ticker not in choice.pinned and wanted in row.result.ticker.casefold()
    ]
    pages = max(1, -(-len(others) // ROWS))
    page = min(max(choice.page, 0), pages - 1)
    first = page * ROWS
    return Listing(
        pinned=pinned,
        rows=_sorted(others, choice)[first : first + ROWS],
        first=first,
        found=len(others),
        total=len(rows),
        page=page,
        pages=pages,
    )


def _sorted(rows: Sequence[Row], choice: Choice) -> list[Row]:
    """Sort by the chosen column, then by name. Rows without a value are always the last."""
    if choice.sort == TICKER:
        return sorted(rows, key=lambda row: row.result.ticker, reverse=choice.descending)
    value = _value(choice)
    known = [(found, row) for row in rows if (found := value(row)) is not None]
    sign = -1 if choice.descending else 1
    known.sort(key=lambda pair: (sign * pair[0], pair[1].result.ticker))
    return [row for _, row in known] + [row for row in rows if value(row) is None]


def _value(choice: Choice) -> Callable[[Row], float | None]:
    if choice.sort != CHANGE:
        return lambda row: row.result.measures.get(choice.sort)
    if not choice.percent:
        return lambda row: row.change
    return lambda row: None if row.change is None or not row.before else row.change / row.before
