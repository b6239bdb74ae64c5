"""Which tickers the chart draws, and the colour of each. Pure.

A ticker keeps its colour as long as it is drawn, whatever other tickers come and go.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from board.choice import Choice
from board.model import View

COLOURS: Final = 6
"""The number of colours. Further lines are dashed and use the same colours."""

CHOSEN: Final = 6
"""The number of tickers that the page chooses to draw."""

LINES: Final = 2 * COLOURS
"""The largest number of tickers that a person can draw."""

Lines = Mapping[str, int]
"""The tickers that are drawn, with the number of each one's colour and stroke, from 0."""


def lines(before: Lines, view: View, choice: Choice) -> Lines:
    """Give the drawn tickers. `before` are those that were drawn until now.

    The page chooses the tickers with the most trades, and keeps them as long as they have results.
    """
    if choice.drawn is None:
        wanted = [ticker for ticker in before if ticker in view.series][:CHOSEN]
        if len(wanted) < CHOSEN:
            wanted += [each for each in _busiest(view) if each not in wanted][
                : CHOSEN - len(wanted)
            ]
    else:
        wanted = [ticker for ticker in choice.drawn if ticker in view.series][:LINES]
    return _coloured(before, sorted(wanted))


def _busiest(view: View) -> list[str]:
    results = [row.result for row in view.rows]
    ranked = sorted(results, key=lambda each: (-each.measures.get("trades", 0), each.ticker))
    return [each.ticker for each in ranked[: 2 * CHOSEN]]


def _coloured(before: Lines, wanted: Iterable[str]) -> Lines:
    """Let each ticker keep its number. Another one gets the lowest free number."""
    given = {ticker: before[ticker] for ticker in wanted if ticker in before}
    free = (number for number in range(LINES) if number not in set(given.values()))
    return {ticker: given[ticker] if ticker in given else next(free) for ticker in wanted}
