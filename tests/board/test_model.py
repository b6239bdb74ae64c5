"""What the page shows of the streams, exactly."""

from board_stack import highest
from hypothesis import given
from hypothesis import strategies as st

from board.model import KEPT, LETTERS, POINTS, Meter, Model
from board.records import DeadLetter

T = 1_769_851_860_000
"""A window's end: 2026-01-31T09:31:00Z."""

SLIDE = 30_000


def _letter(number: int, reason: str = "late") -> DeadLetter:
    return DeadLetter(f"k{number}", reason, "{}", "utf-8", 2, T, "shard", str(number))


def test_each_ticker_has_its_latest_result_and_the_change_to_the_one_before() -> None:
    """Rows are in alphabetical order; a first result has no change."""
    model = Model()
    model.add_results([highest("B", T, 10.0), highest("A", T, 5.0)], T + 6000)
    model.add_results([highest("B", T + SLIDE, 12.5)], T + SLIDE + 6000)
    rows = model.view(T + SLIDE + 7000).rows
    assert [(row.result.ticker, row.result.max_price, row.change) for row in rows] == [
        ("A", 5.0, None),
        ("B", 12.5, 2.5),
    ]


def test_a_result_that_comes_again_takes_the_place_of_the_first() -> None:
    """After a restart results can come twice: ticker and window end tell."""
    model = Model()
    for arrived in (T + 6000, T + 90_000):
        model.add_results([highest("A", T, 5.0)], arrived)
    view = model.view(T + 91_000)
    assert view.series == {"A": [(T, 5.0)]}
    assert view.behind == 6000, "the window came in time, though it came again"


def test_windows_are_in_order_however_they_come() -> None:
    """Shards are read one after the other."""
    model = Model()
    for end in (T + SLIDE, T, T + 2 * SLIDE):
        model.add_results([highest("A", end, end - T)], T + 100_000)
    assert model.view(T + 100_000).series == {
        "A": [(T, 0), (T + SLIDE, SLIDE), (T + 60_000, 60_000)]
    }


def test_results_are_behind_by_what_the_newest_took_while_the_next_is_not_due() -> None:
    """The figure is steady while all is well."""
    model = Model()
    for end in (T, T + SLIDE):
        model.add_results([highest("A", end, 1.0)], end + 6500)
    for later in (6500, 20_000, 36_499):
        view = model.view(T + SLIDE + later)
        assert (view.behind, view.overdue, view.stalled) == (6500, False, False)


def test_results_fall_behind_from_the_moment_that_the_next_is_overdue() -> None:
    """It grows with time while results stay away, and is called stalled after a minute."""
    model = Model()
    for end in (T, T + SLIDE):
        model.add_results([highest("A", end, 1.0)], end + 6500)
    overdue = model.view(T + 2 * SLIDE + 8000)
    assert (overdue.behind, overdue.overdue, overdue.stalled) == (8000, True, False)
    stalled = model.view(T + 2 * SLIDE + 61_000)
    assert (stalled.behind, stalled.overdue, stalled.stalled) == (61_000, True, True)


def test_a_backlog_is_behind_by_the_age_of_its_windows() -> None:
    """Event time of an hour ago, read now."""
    model = Model()
    model.add_results([highest("A", T, 1.0)], T + 3_600_000)
    assert model.view(T + 3_600_500).behind == 3_600_000


def test_nothing_is_behind_before_the_first_result() -> None:
    """No figure is made up."""
    view = Model().view(T)
    assert (view.behind, view.newest, view.rows, view.stalled) == (None, None, [], False)


def test_a_rate_is_over_whole_seconds() -> None:
    """Of a second that isn't over, records are still to come."""
    meter = Meter()
    for second in range(100):
        meter.add(second * 1000 + 999, 7)
    assert meter.rate(98_000) == 7
    assert meter.rate(100_999) == 7
    assert meter.rate(101_000) == 7 * 9 / 10


def test_a_rate_is_of_what_was_read_however_long_that_takes() -> None:
    """A busy machine reads late: that makes no trade fewer."""
    model = Model()
    for second in range(20):
        model.add_trades(100, T + second * 1000)
    model.trades_read = T + 20_000
    assert model.view(T + 24_500).trade_rate == 100
    model.trades_read = T + 25_000
    assert model.view(T + 25_100).trade_rate == 50


def test_a_history_begins_with_the_first_event() -> None:
    """What was before isn't drawn as nothing: nobody looked."""
    meter = Meter()
    meter.add(50_000, 10)
    meter.add(56_000, 5)
    assert meter.history(65_000) == [2.0, 1.0, 0.0]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9)), max_size=50))
def test_a_history_loses_no_event(events: list[tuple[int, int]]) -> None:
    """All buckets together are all events of their five minutes."""
    meter = Meter()
    for second, count in events:
        meter.add(second * 1000, count)
    shown = sum(meter.history(400_000)) * 5
    assert round(shown) == sum(count for second, count in events if 100 <= second < 400)


def test_trades_are_counted_by_their_arrival() -> None:
    """A rate over ten seconds, and the last five minutes."""
    model = Model()
    for second in range(20):
        model.add_trades(3, T + second * 1000)
        model.add_trades(97, T + second * 1000 + 500)
    view = model.view(T + 20_000)
    assert view.trade_rate == 100
    assert view.trade_history == [100.0] * 4


def test_dead_letters_are_counted_by_reason_most_first() -> None:
    """And the last ones are there to be read, newest first."""
    model = Model()
    for number in range(30):
        model.add_letters([_letter(number, "late" if number % 3 else "bad_price")], T + number)
    view = model.view(T + 1000)
    assert view.reasons == [("late", 20), ("bad_price", 10)]
    assert view.letter_count == 30
    assert [letter.key for letter in view.letters] == [f"k{n}" for n in range(29, 29 - LETTERS, -1)]


def test_a_letter_for_many_counts_as_many() -> None:
    """The page counts records, however few letters they came in."""
    model = Model()
    model.add_letters([_letter(1), _letter(2)._replace(records=500, last_sequence_number="9")], T)
    view = model.view(T + 1000)
    assert (view.letter_count, view.reasons) == (501, [("late", 501)])


def test_counts_forget_what_is_older_than_is_kept() -> None:
    """The page says: in the last 15 minutes."""
    model = Model()
    model.add_letters([_letter(1)], T)
    model.add_letters([_letter(2)], T + KEPT)
    assert model.view(T + KEPT + 1000).reasons == [("late", 1)]


def test_windows_older_than_is_kept_are_dropped() -> None:
    """By event time: a backlog's windows go as its event time does."""
    model = Model()
    model.add_results([highest("A", T, 1.0)], T)
    model.add_results([highest("A", T + KEPT + 1, 2.0)], T)
    assert model.view(T).series == {"A": [(T + KEPT + 1, 2.0)]}


def test_many_tickers_shorten_the_past_that_is_kept() -> None:
    """Memory stays within bounds, and the newest window is there whole."""
    model = Model()
    for window in range(4):
        results = [highest(f"T{n}", T + window * SLIDE, 1.0) for n in range(POINTS // 2)]
        model.add_results(results, T + window * SLIDE)
    series = model.view(T).series
    assert sum(map(len, series.values())) <= POINTS
    assert all(points[-1][0] == T + 3 * SLIDE for points in series.values())


def test_what_cannot_be_read_is_counted() -> None:
    """Nothing that lies on a stream is passed over in silence."""
    model = Model()
    model.add_results([None, highest("A", T, 1.0)], T)
    model.add_letters([None], T)
    assert model.view(T).unreadable == 2
