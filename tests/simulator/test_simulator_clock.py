"""A backlog's event times are exact. A live run's are current, and follow the rate."""

import threading
from collections.abc import Callable, Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_fakes import START_MS, Wall

from simulator.clock import SPAN_MS, backlog, live


def test_a_backlog_of_ten_minutes_has_exact_event_times_without_waiting() -> None:
    """600 s at 1,000 trades a second give 600,000 times, each a millisecond after the last."""
    times = list(chain.from_iterable(backlog(START_MS, 1_000, duration=600)))
    assert times == list(range(START_MS, START_MS + 600_000))


@given(
    rate=st.floats(0.001, 1e6),
    count=st.none() | st.integers(1, 3_000),
    duration=st.none() | st.floats(0.001, 1e6),
)
def test_a_backlogs_times_never_decrease_and_its_chunks_are_short(
    rate: float, count: int | None, duration: float | None
) -> None:
    """At any rate, a chunk spans at most a quarter of the span that may be in flight."""
    last, taken = START_MS, 0
    for chunk in backlog(START_MS, rate, count=count, duration=duration):
        assert chunk
        assert chunk[-1] - chunk[0] <= SPAN_MS / 4
        assert [last, *chunk] == sorted([last, *chunk])
        last, taken = chunk[-1], taken + len(chunk)
        if taken > 3_000:
            break
    assert count is None or taken <= max(count, 3_000)
    assert duration is None or last <= START_MS + duration * 1000


@pytest.mark.parametrize(("rate", "duration"), [(50, 7), (3, 2.5), (12_345, 3), (0.5, 10)])
def test_a_live_run_makes_the_trades_that_are_due_with_the_current_time(
    rate: float, duration: float
) -> None:
    """The first is due immediately. Each time is at most one tick before its chunk is given."""
    wall = Wall()
    made = 0
    for chunk in live(rate, duration=duration, stop=wall.stop, now_ms=wall):
        assert all(wall() - 101 <= time <= wall() for time in chunk)
        made += len(chunk)
    assert made == -(-rate * duration // 1)
    assert wall.now - START_MS <= duration * 1000 + 101


def test_a_live_run_that_was_blocked_catches_up_at_most_one_second() -> None:
    """Older trades are not made later, because their event time would not be current."""
    wall = Wall()
    chunks = live(100, count=1_000, stop=wall.stop, now_ms=wall)
    assert len(next(chunks)) == 1
    wall.now += 60_000
    held_back = next(chunks)
    assert len(held_back) == 100
    assert min(held_back) >= wall() - 1_100
    assert 1 <= len(next(chunks)) <= 11


def test_event_times_do_not_decrease_when_the_wall_clock_is_set_back() -> None:
    """The run also gives all of its trades."""
    wall = Wall()
    times: list[int] = []
    for chunk in live(100, count=200, stop=wall.stop, now_ms=wall):
        times += chunk
        if len(times) == 101:
            wall.now -= 500
    assert times == sorted(times)
    assert len(times) == 200


def test_a_rate_of_zero_does_not_wait() -> None:
    """It gives as many trades as are taken, each with the current time."""
    wall = Wall()
    assert sum(map(len, live(0, count=25_000, stop=wall.stop, now_ms=wall))) == 25_000
    assert wall.now == START_MS


ENDLESS: tuple[Callable[[threading.Event], Iterator[list[int]]], ...] = (
    lambda stop: live(10, stop=stop),
    lambda stop: live(0, stop=stop),
    lambda stop: backlog(START_MS, 10, stop=stop),
)


@pytest.mark.parametrize("clock", ENDLESS)
def test_a_run_ends_when_the_stop_event_is_set(
    clock: Callable[[threading.Event], Iterator[list[int]]],
) -> None:
    """The event ends an unlimited run, also during a wait."""
    stop = threading.Event()
    chunks = clock(stop)
    next(chunks)
    stop.set()
    assert list(chunks) == []
