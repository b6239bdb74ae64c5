"""The chart's options: what is drawn, and its text alternative."""

from typing import Any

from board_stack import highest

from board.chart import LEAST_SPAN, describe, options, percent, spark
from board.choice import Choice
from board.model import Model, View
from board.palette import lines
from board.records import Result
from job.fields import MEASURES

T = 1_769_851_860_000
"""2026-01-31T09:31:00Z."""

SLIDE = 30_000


def _view(*results: Result) -> View:
    model = Model()
    model.add_results(results, T)
    return model.view(T)


def _options(view: View, choice: Choice | None = None) -> dict[str, Any]:
    choice = choice or Choice()
    return options(view, lines({}, view, choice), choice)


def _drawn(options: dict[str, Any]) -> dict[str, list[list[float]]]:
    return {line["name"]: line["data"] for line in options["series"]}


def test_the_chart_draws_the_highest_price_at_each_windows_end() -> None:
    """Each ticker has a line."""
    drawn = _options(
        _view(highest("GOOG", T, 80.0), highest("AMZN", T, 70.0), highest("AMZN", T + SLIDE, 71.0))
    )
    assert _drawn(drawn) == {"AMZN": [[T, 70.0], [T + SLIDE, 71.0]], "GOOG": [[T, 80.0]]}
    assert drawn["xAxis"]["max"] == T + SLIDE


def test_each_measure_of_a_result_can_be_drawn() -> None:
    """They come from the declared list of fields. A result may lack one."""
    given = {field.name: 10.0 + number for number, field in enumerate(MEASURES)}
    view = _view(Result("A", T, given), highest("A", T + SLIDE, 5.0))
    for field in MEASURES[1:]:
        assert _drawn(_options(view, Choice(measure=field))) == {"A": [[T, given[field.name]]]}


def test_a_percent_axis_shows_each_change_since_the_first_drawn_window() -> None:
    """So a price of 40 and one of 260 can be read in one chart."""
    view = _view(
        *(highest("LOW", T + n * SLIDE, 40.0 + 0.4 * n) for n in range(3)),
        *(highest("HIGH", T + n * SLIDE, 260.0 - 2.6 * n) for n in range(3)),
    )
    drawn = _drawn(_options(view, Choice(axis="percent")))
    assert [value for _, value in drawn["LOW"]] == [0.0, 1.0, 2.0]
    assert [value for _, value in drawn["HIGH"]] == [0.0, -1.0, -2.0]
    assert percent([(T, 0.0), (T + 1, 5.0)]) == [], "no value is a percentage of zero"


def test_the_time_range_leaves_out_older_windows() -> None:
    """The percent axis begins at the first window of the range."""
    view = _view(*(highest("A", T + n * SLIDE, 100.0 + n) for n in range(41)))
    end = T + 40 * SLIDE
    five = _options(view, Choice(span="5 min", axis="percent"))
    assert five["xAxis"]["min"] == end - 5 * 60_000
    assert _drawn(five)["A"][0] == [end - 5 * 60_000, 0.0]
    assert len(_drawn(five)["A"]) == 11
    assert _options(view, Choice(span="1 h"))["xAxis"]["min"] == T
    young = _options(_view(highest("A", T, 1.0)))
    assert young["xAxis"]["min"] == T - LEAST_SPAN


def test_a_long_name_leaves_room_for_the_lines() -> None:
    """A name of 32 characters is cut beside its line."""
    drawn = _options(_view(highest("W" * 32, T, 1.0)))
    assert drawn["grid"]["right"] < 120
    assert drawn["series"][0]["endLabel"]["overflow"] == "truncate"


def test_the_text_alternative_says_what_the_chart_shows() -> None:
    """The text is for a person who can't see the chart."""
    view = _view(highest("AMZN", T, 70.0), highest("AMZN", T + SLIDE, 69.5))
    choice = Choice(zone="Europe/Berlin")
    assert describe(view, lines({}, view, choice), choice) == (
        "Highest by ticker, windows ending from 10:31:00 to 10:31:30 CET: "
        "AMZN 69.50, from 69.50 to 70.00."
    )
    assert describe(_view(), {}, Choice()) == "Highest by ticker: no result yet."


def test_a_small_line_with_few_points_ends_at_the_right_edge() -> None:
    """The right edge is the current time."""
    line, area = spark([0.0, 4.0], most=5, width=100, height=22)
    assert line == "M75.0,21.0 L100.0,1.0"
    assert area == "M75.0,22 L75.0,21.0 L100.0,1.0 L100,22 Z"
    assert spark([1.0], most=5, width=100, height=22) == ("", "")
