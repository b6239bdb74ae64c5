"""The figures that the page shows of the streams, with exact values."""

from board_stack import highest
from hypothesis import given
from hypothesis import strategies as st

from board.model import KEPT, LETTERS, POINTS, RESULTS_KEPT, Meter, Model, View
from board.records import DeadLetter

T = 1_769_851_860_000
"""A window's end: 2026-01-31T09:31:00Z."""

SLIDE = 30_000


def _prices(view: View) -> dict[str, list[tuple[int, float]]]:
    return {
        ticker: [(each.window_end, each.max_price) for each in results]
        for ticker, results in view.series.items()
    }


def _letter(number: int, reason: str = "late") -> DeadLetter:
    return DeadLetter(f"k{number}", reason, "{}", "utf-8", 2, T, "shard", str(number))


def test_each_ticker_has_its_latest_result_and_the_change_since_the_previous_one() -> None:
    """Rows are in alphabetical order. A ticker's first result has no change."""
    model = Model()
    model.add_results([highest("B", T, 10.0), highest("A", T, 5.0)], T + 6000)
    model.add_results([highest("B", T + SLIDE, 12.5)], T + SLIDE + 6000)
    rows = model.view(T + SLIDE + 7000).rows
    assert [(row.result.ticker, row.result.max_price, row.change) for row in rows] == [
        ("A", 5.0, None),
        ("B", 12.5, 2.5),
    ]


def test_a_repeated_result_replaces_the_first() -> None:
    """After a restart a result can come twice. It has the same ticker and window end."""
    model = Model()
    for arrived in (T + 6000, T + 90_000):
        model.add_results([highest("A", T, 5.0)], arrived)
    view = model.view(T + 91_000)
    assert _prices(view) == {"A": [(T, 5.0)]}
    assert view.behind == 6000, "the window came in time, though it came again"


def test_of_windows_with_several_lengths_the_shortest_are_shown() -> None:
    """The order of their arrival does not matter. A format without the start has one length."""
    short = highest("A", T, 5.0)._replace(window_start=T - 60_000)
    long = [highest("A", end, 9.0)._replace(window_start=T - 300_000) for end in (T, T + SLIDE)]
    for results in ([short, *long], [*long, short]):
        model = Model()
        model.add_results(results, T + 6000)
        assert _prices(model.view(T + 7000)) == {"A": [(T, 5.0)]}


def test_windows_are_sorted_whatever_their_order_of_arrival() -> None:
    """Shards are read one after the other, so windows can arrive in any order."""
    model = Model()
    for end in (T + SLIDE, T, T + 2 * SLIDE):
        model.add_results([highest("A", end, end - T)], T + 100_000)
    assert _prices(model.view(T + 100_000)) == {
        "A": [(T, 0), (T + SLIDE, SLIDE), (T + 60_000, 60_000)]
    }


def test_until_the_next_result_is_due_the_delay_is_that_of_the_newest_result() -> None:
    """The figure does not change while results come in time."""
    model = Model()
    for end in (T, T + SLIDE):
        model.add_results([highest("A", end, 1.0)], end + 6500)
    for later in (6500, 20_000, 36_499):
        view = model.view(T + SLIDE + later)
        assert (view.behind, view.overdue, view.stalled) == (6500, False, False)


def test_the_delay_grows_from_the_moment_that_the_next_result_is_overdue() -> None:
    """It grows until a result comes. After a minute the results are reported as stalled."""
    model = Model()
    for end in (T, T + SLIDE):
        model.add_results([highest("A", end, 1.0)], end + 6500)
    overdue = model.view(T + 2 * SLIDE + 8000)
    assert (overdue.behind, overdue.overdue, overdue.stalled) == (8000, True, False)
    stalled = model.view(T + 2 * SLIDE + 61_000)
    assert (stalled.behind, stalled.overdue, stalled.stalled) == (61_000, True, True)


def test_the_delay_of_a_backlog_is_the_age_of_its_windows() -> None:
    """The windows ended an hour ago and are read now."""
    model = Model()
    model.add_results([highest("A", T, 1.0)], T + 3_600_000)
    assert model.view(T + 3_600_500).behind == 3_600_000


def test_before_the_first_result_there_is_no_delay() -> None:
    """The figure is unknown, not zero."""
    view = Model().view(T)
    assert (view.behind, view.newest, view.rows, view.stalled) == (None, None, [], False)


def test_a_rate_counts_only_whole_seconds() -> None:
    """More records can come in a second that isn't over."""
    meter = Meter()
    for second in range(100):
        meter.add(second * 1000 + 999, 7)
    assert meter.rate(98_000) == 7
    assert meter.rate(100_999) == 7
    assert meter.rate(101_000) == 7 * 9 / 10


def test_a_late_read_does_not_lower_a_rate() -> None:
    """A busy machine reads late. The rate is of the time that was read."""
    model = Model()
    for second in range(20):
        model.add_trades(100, T + second * 1000)
    model.trades_read = T + 20_000
    assert model.view(T + 24_500).trade_rate == 100
    model.trades_read = T + 25_000
    assert model.view(T + 25_100).trade_rate == 50


def test_a_history_begins_with_the_first_event() -> None:
    """The time before is not drawn as zero, because the board did not read then."""
    meter = Meter()
    meter.add(50_000, 10)
    meter.add(56_000, 5)
    assert meter.history(65_000) == [2.0, 1.0, 0.0]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9)), max_size=50))
def test_a_history_counts_every_event(events: list[tuple[int, int]]) -> None:
    """The sum of all buckets is the number of events in five minutes."""
    meter = Meter()
    for second, count in events:
        meter.add(second * 1000, count)
    shown = sum(meter.history(400_000)) * 5
    assert round(shown) == sum(count for second, count in events if 100 <= second < 400)


def test_trades_are_counted_by_their_arrival_time() -> None:
    """The rate is over ten seconds, and the history over five minutes."""
    model = Model()
    for second in range(20):
        model.add_trades(3, T + second * 1000)
        model.add_trades(97, T + second * 1000 + 500)
    view = model.view(T + 20_000)
    assert view.trade_rate == 100
    assert view.trade_history == [100.0] * 4


def test_dead_letters_are_counted_by_reason_with_the_most_frequent_first() -> None:
    """The last letters are kept, with the newest first."""
    model = Model()
    for number in range(30):
        model.add_letters([_letter(number, "late" if number % 3 else "bad_price")], T + number)
    view = model.view(T + 1000)
    assert view.reasons == [("late", 20), ("bad_price", 10)]
    assert view.letter_count == 30
    assert [letter.key for letter in view.letters] == [f"k{n}" for n in range(29, 29 - LETTERS, -1)]


def test_a_letter_for_several_records_counts_them_all() -> None:
    """The page counts records, not letters."""
    model = Model()
    model.add_letters([_letter(1), _letter(2)._replace(records=500, last_sequence_number="9")], T)
    view = model.view(T + 1000)
    assert (view.letter_count, view.reasons) == (501, [("late", 501)])


def test_letters_older_than_15_minutes_are_not_counted() -> None:
    """The page shows the counts of the last 15 minutes."""
    model = Model()
    model.add_letters([_letter(1)], T)
    model.add_letters([_letter(2)], T + KEPT)
    assert model.view(T + KEPT + 1000).reasons == [("late", 1)]


def test_windows_older_than_the_limit_are_dropped() -> None:
    """The age is measured in event time. So it is right for a backlog too."""
    model = Model()
    model.add_results([highest("A", T, 1.0)], T)
    model.add_results([highest("A", T + RESULTS_KEPT - 1, 2.0)], T)
    assert len(model.view(T).series["A"]) == 2
    model.add_results([highest("A", T + RESULTS_KEPT, 3.0)], T)
    assert _prices(model.view(T)) == {"A": [(T + RESULTS_KEPT - 1, 2.0), (T + RESULTS_KEPT, 3.0)]}


def test_with_many_tickers_fewer_windows_are_kept() -> None:
    """Memory stays limited. The newest window is complete."""
    model = Model()
    for window in range(4):
        results = [highest(f"T{n}", T + window * SLIDE, 1.0) for n in range(POINTS // 2)]
        model.add_results(results, T + window * SLIDE)
    series = model.view(T).series
    assert sum(map(len, series.values())) <= POINTS
    assert all(points[-1].window_end == T + 3 * SLIDE for points in series.values())


def test_rows_are_not_computed_again_until_a_result_comes() -> None:
    """With 5,000 tickers that would take a tenth of each second."""
    model = Model()
    model.add_results([highest("A", T, 1.0)], T)
    one, two = model.view(T), model.view(T + 1000)
    assert two.rows is one.rows
    assert two.series is one.series
    model.add_results([highest("A", T, 1.5)], T)
    assert model.view(T).rows[0].result.max_price == 1.5


def test_unreadable_records_are_counted() -> None:
    """No record is ignored in silence."""
    model = Model()
    model.add_results([None, highest("A", T, 1.0)], T)
    model.add_letters([None], T)
    assert model.view(T).unreadable == 2
