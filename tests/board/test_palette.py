"""Which tickers are drawn, and in which colours."""

from board_stack import highest
from hypothesis import given
from hypothesis import strategies as st

from board.choice import Choice
from board.model import Model, View
from board.palette import CHOSEN, LINES, lines

T = 1_769_851_860_000

NAMES = st.lists(st.sampled_from([f"T{number}" for number in range(20)]), unique=True)


def _view(**trades: int) -> View:
    model = Model()
    results = [highest(ticker, T, 1.0, trades=count) for ticker, count in trades.items()]
    model.add_results(results, T)
    return model.view(T)


def test_the_page_chooses_the_tickers_with_the_most_trades() -> None:
    """They get their colours in alphabetical order."""
    view = _view(**{f"T{n}": n for n in range(9)})
    assert lines({}, view, Choice()) == {f"T{n + 3}": n for n in range(CHOSEN)}


def test_the_page_keeps_its_choice_while_numbers_of_trades_change() -> None:
    """Else lines and colours would jump at each window."""
    first = lines({}, _view(**{f"T{n}": n for n in range(9)}), Choice())
    again = lines(first, _view(**{f"T{n}": 9 - n for n in range(9)}), Choice())
    assert again == first


def test_a_ticker_without_results_makes_place_for_another() -> None:
    """The others keep their colours, and the new one gets the free one."""
    first = lines({}, _view(A=9, B=8, C=7, D=6, E=5, F=4, G=3), Choice())
    assert lines(first, _view(A=9, C=7, D=6, E=5, F=4, G=3), Choice()) == {
        "A": 0, "C": 2, "D": 3, "E": 4, "F": 5, "G": 1,
    }  # fmt: skip


def test_a_person_draws_up_to_twice_as_many_as_there_are_colours() -> None:
    """Unknown tickers take no line."""
    view = _view(**{f"T{n}": 1 for n in range(20)})
    given = ("NONE", *(f"T{n}" for n in range(20)))
    assert set(lines({}, view, Choice(drawn=given))) == {f"T{n}" for n in range(LINES)}
    assert lines({}, view, Choice(drawn=())) == {}


@given(st.lists(NAMES, max_size=6))
def test_a_drawn_ticker_keeps_its_colour_and_no_two_have_the_same(steps: list[list[str]]) -> None:
    """This holds whatever a person draws one after the other."""
    view = _view(**{f"T{n}": n for n in range(20)})
    before: dict[str, int] = {}
    for wanted in steps:
        now = lines(before, view, Choice(drawn=tuple(wanted)))
        assert all(now[ticker] == before[ticker] for ticker in set(now) & set(before))
        assert len(set(now.values())) == len(now) == min(len(wanted), LINES)
        before = dict(now)
