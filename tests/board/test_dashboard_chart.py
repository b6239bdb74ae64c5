"""The lines, limits, gaps and text alternative of a widget."""

import pytest

from board.dashboard.body import Dashboard, Graph
from board.dashboard.chart import (
    COLOURS,
    colour,
    describe,
    figure,
    is_dashed,
    newest,
    options,
    reachable,
    since,
    span,
    with_gaps,
)
from board.dashboard.markdown import Block, Piece, blocks, linked
from board.dashboard.reader import Data, Picture, Shown

T = 1_769_851_860_000
"""2026-01-31T09:31:00Z."""

MINUTE = 60_000
GRAPH = Graph(title="A title", lines=[], limits=[("too much", 100.0)])


def _shown(*values: float, label: str = "x", right: bool = False, until: int = T) -> Shown:
    first = until - MINUTE * (len(values) - 1)
    points = [(first + MINUTE * number, value) for number, value in enumerate(values)]
    return Shown(label=label, points=points, period=60, right=right)


def _picture(*lines: Shown) -> Picture:
    return Picture(
        dashboard=Dashboard(widgets=[], look_back=10_800), data=[Data(lines=lines)], at=T
    )


def test_all_graphs_show_the_same_time() -> None:
    """The range begins at the oldest value.

    It is at least ten minutes, and at most the dashboard's range.
    """
    assert span(_picture()) == (T - 10 * MINUTE, T)
    assert span(_picture(_shown(*[1.0] * 31))) == (T - 31 * MINUTE, T)
    assert span(_picture(_shown(1, until=T - 900 * MINUTE))) == (T - 180 * MINUTE, T)


def test_each_line_has_its_axis_and_its_colour() -> None:
    """If there are more lines than colours, the others are dashed."""
    lines = [_shown(1, 2), _shown(3, label="y", right=True)]
    drawn = options(GRAPH, lines, T - MINUTE, T)["series"]
    assert [(each["name"], each["yAxisIndex"]) for each in drawn] == [("x", 0), ("y", 1)]
    assert drawn[0]["data"] == [[T - MINUTE, 1.0], [T, 2.0]]
    assert (colour(0), is_dashed(0)) == ("var(--series-1)", False)
    assert (colour(COLOURS), is_dashed(COLOURS)) == ("var(--series-1)", True)


def test_a_limit_is_drawn_only_if_it_is_near_the_values() -> None:
    """A limit far above all values would flatten the lines.

    Otherwise the axis includes the limit.
    """
    assert reachable(GRAPH, [_shown(10)]) == []
    assert reachable(GRAPH, [_shown(60, right=True)]) == []
    near = options(GRAPH, [_shown(60)], T - MINUTE, T)
    assert near["yAxis"][0]["max"] == 100
    assert near["series"][-1]["data"] == [[T - MINUTE, 100.0], [T, 100.0]]
    assert "max" not in options(GRAPH, [_shown(160)], T - MINUTE, T)["yAxis"][0]


def test_a_period_without_a_value_breaks_the_line() -> None:
    """Nothing was measured in that period."""
    points = [(T, 1.0), (T + MINUTE, 2.0), (T + 4 * MINUTE, 3.0)]
    assert with_gaps(points, 60) == [
        [T, 1.0],
        [T + MINUTE, 2.0],
        [T + 2 * MINUTE, None],
        [T + 4 * MINUTE, 3.0],
    ]
    assert with_gaps([], 60) == []


def test_an_old_value_is_not_shown_as_the_present_value() -> None:
    """At most three periods may be missing, because CloudWatch is a minute or two behind."""
    assert newest(_shown(1, 2), T + 4 * MINUTE) == 2
    assert newest(_shown(1, 2), T + 4 * MINUTE + 1) is None
    assert newest(Shown(label="x", points=[], period=60), T) is None
    assert since([_shown(1)], T) == ""
    assert since([_shown(1), _shown(2, until=T - 9 * MINUTE)], T) == ""
    assert since([_shown(1)], T + 9 * MINUTE) == "nothing since 09:31:00 UTC"
    assert since([Shown(label="x", points=[], period=60)], T) == "no data yet"


def test_the_text_alternative_says_what_a_graph_shows() -> None:
    """The text is for a person who can't see the graph."""
    lines = [_shown(1, 2.5), _shown(1, label="y", until=T - 9 * MINUTE)]
    assert describe("Lag", lines, T) == "Lag: x 2.50; y no present value."
    assert describe("Lag", [], T) == "Lag: no data."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "\N{EN DASH}"),
        (0, "0"),
        (1, "1"),
        (0.0123, "0.012"),
        (3.14159, "3.14"),
        (42.25, "42.2"),
        (123.4, "123"),
        (12_345, "12,345"),
        (123_456, "123 k"),
        (1_234_567, "1.2 M"),
        (5e9, "5.0 G"),
        (-250.0, "-250"),
    ],
)
def test_a_number_is_written_with_few_digits(value: float | None, expected: str) -> None:
    """It has about three digits, and a letter such as k if it is large."""
    assert figure(value) == expected


def test_an_address_in_a_plain_text_is_a_link() -> None:
    """An example is the address of an alarm's section in the runbook."""
    assert linked("See it. Runbook: https://a.b/c.md#job-down") == [
        Piece(text="See it. Runbook: "),
        Piece(text="https://a.b/c.md#job-down", url="https://a.b/c.md#job-down"),
    ]
    assert linked("docs/runbook.md#x") == [Piece(text="docs/runbook.md#x")]


def test_headings_and_https_links_are_recognized_and_markup_is_text() -> None:
    """Only links to https become links. Everything else stays text."""
    text = "# A [b](https://x/y?z=1)\n\nsee [one](https://a) · [two](javascript:x) <b>"
    assert blocks(text) == [
        Block(heading=True, pieces=(Piece(text="A "), Piece(text="b", url="https://x/y?z=1"))),
        Block(
            heading=False,
            pieces=(
                Piece(text="see "),
                Piece(text="one", url="https://a"),
                Piece(text=" · [two](javascript:x) <b>"),
            ),
        ),
    ]
