"""The chart, its labels and its text alternative."""

from itertools import pairwise

import pytest
from board_stack import highest
from hypothesis import given
from hypothesis import strategies as st

from board.chart import HEIGHT, LABEL, LINES, bounds, choose, describe, options, spark, spread
from board.model import Model, View
from board.records import Result

T = 1_769_851_860_000
"""2026-01-31T09:31:00Z."""


def _view(*results: Result) -> View:
    model = Model()
    model.add_results(results, T)
    return model.view(T)


def test_the_chart_draws_the_highest_price_at_each_windows_end() -> None:
    """Each ticker has a series.

    They are in alphabetical order, so that a ticker keeps its colour.
    """
    view = _view(
        highest("GOOG", T, 80.0), highest("AMZN", T, 70.0), highest("AMZN", T + 30_000, 71.0)
    )
    drawn = options(view)
    assert [(line["name"], line["data"]) for line in drawn["series"]] == [
        ("AMZN", [[T, 70.0], [T + 30_000, 71.0]]),
        ("GOOG", [[T, 80.0]]),
    ]
    assert drawn["xAxis"]["max"] == T + 30_000


def test_the_chart_draws_no_more_tickers_than_it_has_colours() -> None:
    """The tickers with the most trades are drawn."""
    view = _view(*(highest(f"T{n}", T, 1.0, trades=n) for n in range(9)))
    assert list(choose(view)) == [f"T{n}" for n in range(9 - LINES, 9)]


def test_the_text_alternative_says_what_the_chart_shows() -> None:
    """The text is for a person who can't see the chart."""
    view = _view(highest("AMZN", T, 70.0), highest("AMZN", T + 30_000, 69.5))
    assert describe(view) == (
        "Highest price by ticker, windows ending from 09:31:00 to 09:31:30 UTC: "
        "AMZN 69.50, from 69.50 to 70.00."
    )
    assert describe(_view()) == "Highest price by ticker: no result yet."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (0.0, 100.0, 20)),
        ([31.4, 87.0], (30.0, 90.0, 10.0)),
        ([50.0], (50.0, 50.1, 0.1)),
        ([99.95, 100.0], (99.8, 100.0, 0.2)),
        ([0.01], (0.01, 0.02, 0.01)),
        ([12_345.0, 98_765.0], (0.0, 100_000.0, 20_000.0)),
    ],
)
def test_the_axis_has_round_bounds(
    values: list[float], expected: tuple[float, float, float]
) -> None:
    """The bounds include all values, and the step is a round number."""
    assert bounds(values) == expected


@given(st.lists(st.floats(0.01, 1e6), min_size=1))
def test_the_bounds_include_all_values_in_few_steps(values: list[float]) -> None:
    """This holds for all prices."""
    low, high, step = bounds(values)
    assert low <= min(values)
    assert max(values) <= high
    assert 1 <= round((high - low) / step) <= 9


@given(st.lists(st.floats(0, HEIGHT), max_size=LINES))
def test_no_label_covers_another_or_leaves_the_chart(places: list[float]) -> None:
    """The labels of two tickers with one price can both be read."""
    shifted = sorted(p + s for p, s in zip(places, spread(places), strict=True))
    assert all(b - a > LABEL - 0.3 for a, b in pairwise(shifted))
    assert all(-0.3 <= place <= HEIGHT + 0.3 for place in shifted)


def test_labels_far_apart_stay_where_their_lines_end() -> None:
    """Labels are shifted only if they would overlap."""
    assert spread([10.0, 100.0, 50.0]) == [0.0, 0.0, 0.0]


def test_a_small_line_with_few_points_ends_at_the_right_edge() -> None:
    """The right edge is the current time."""
    line, area = spark([0.0, 4.0], most=5, width=100, height=22)
    assert line == "M75.0,21.0 L100.0,1.0"
    assert area == "M75.0,22 L75.0,21.0 L100.0,1.0 L100,22 Z"
    assert spark([1.0], most=5, width=100, height=22) == ("", "")
