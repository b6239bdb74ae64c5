"""Trades of a file are sent when they are due, with the dates that they should have."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_fakes import START_MS, Wall

from oracle.verdict import parse_time
from simulator.clock import CHUNK_MAX, LAG_MAX_MS, SPAN_MS, TICK_MS
from simulator.errors import OptionError
from simulator.file.pace import Pace, paced
from simulator.file.trades import FileTrade
from simulator.trades import Record

DAY_MS = 86_400_000
OLD_MS = START_MS - 100 * DAY_MS
"""The first trade of the files, long before the wall clock."""


def trades(*offsets: int) -> list[FileTrade]:
    """Give a trade at each offset, in milliseconds after the first one."""
    return [
        FileTrade(number, OLD_MS + offset, f"T{number % 3}", f'"n":{number}')
        for number, offset in enumerate(offsets)
    ]


def sent(
    given: Sequence[FileTrade], pace: Pace, wall: Wall | None = None
) -> list[tuple[int, int, Record]]:
    """Run to the end. Give when each trade was sent after the begin, its date, and its record."""
    wall = wall or Wall()
    found: list[tuple[int, int, Record]] = []
    for chunk in paced(given, pace, partition="ticker", stop=wall.stop, now_ms=wall):
        for record in chunk:
            date = parse_time(json.loads(record.data)["EVENT_TIME"])
            assert date is not None
            found.append((wall() - START_MS, date, record))
    return found


def test_the_files_own_pace_keeps_times_and_gaps() -> None:
    """A trade is sent at most a tick after its time. Its date is the file's."""
    offsets = (0, 10, 500, 60_000, 60_000, 3_600_000)
    found = sent(trades(*offsets), Pace())
    assert [date - OLD_MS for _, date, _ in found] == list(offsets)
    for (at, _, _), offset in zip(found, offsets, strict=True):
        assert offset <= at <= offset + TICK_MS


def test_a_faster_pace_divides_the_gaps_and_keeps_the_dates() -> None:
    """60 times faster, an hour takes a minute."""
    found = sent(trades(0, 1_800_000, 3_600_000), Pace(speed=60))
    assert [date - OLD_MS for _, date, _ in found] == [0, 1_800_000, 3_600_000]
    assert [at // TICK_MS * TICK_MS for at, _, _ in found] == [0, 30_000, 60_000]


@pytest.mark.parametrize("speed", [0.5, 1, 60])
def test_shifted_trades_are_dated_when_they_are_due(speed: float) -> None:
    """Gaps are divided by the speed, so no trade is dated after it is sent."""
    found = sent(trades(0, 6_000, 600_000), Pace(speed=speed, shift=True))
    assert [date - START_MS for _, date, _ in found] == [0, 6_000 // speed, 600_000 // speed]
    assert all(0 <= at - (date - START_MS) <= TICK_MS for at, date, _ in found)


def test_a_rate_spaces_trades_evenly_whatever_their_times_are() -> None:
    """100 trades of one moment at 10 a second take 10 seconds."""
    found = sent(trades(*[0] * 100), Pace(rate=10))
    assert {date for _, date, _ in found} == {OLD_MS}
    assert 9_900 <= found[-1][0] <= 9_900 + TICK_MS
    shifted = sent(trades(*[0] * 100), Pace(rate=10, shift=True))
    assert [date - START_MS for _, date, _ in shifted] == [100 * number for number in range(100)]


def test_a_rate_of_0_never_waits() -> None:
    """A day of trades is sent in no time, in chunks that span little event time."""
    found = sent(trades(*range(0, DAY_MS, 60_000)), Pace(rate=0))
    assert {at for at, _, _ in found} == {0}
    assert len(found) == 1_440


def test_a_trade_out_of_order_keeps_its_distance_and_its_place() -> None:
    """Shifted or not, it is as far behind as in the file. The time for the producer never falls."""
    offsets = (0, 9_000, 1_000, 10_000)
    for pace, first in ((Pace(), OLD_MS), (Pace(shift=True), START_MS)):
        found = sent(trades(*offsets), pace)
        assert [date - first for _, date, _ in found] == list(offsets)
        assert [record.time - first for _, _, record in found] == [0, 9_000, 9_000, 10_000]


def test_a_run_that_was_held_up_goes_on_at_its_pace() -> None:
    """The rest comes that much later, and shifted dates stay current."""
    wall, at = Wall(), list[int]()
    given = trades(0, 1_000, 2_000, 3_000)
    for chunk in paced(given, Pace(shift=True), partition="spread", stop=wall.stop, now_ms=wall):
        for record in chunk:
            at.append(wall() - START_MS)
            assert 0 <= wall() - record.time <= LAG_MAX_MS
        if len(at) == 1:
            wall.now += 60_000  # the producer has no room for a minute
    assert at[1] == 60_000
    assert [now // TICK_MS * TICK_MS for now in at[2:]] == [61_000, 62_000]


def test_a_set_stop_ends_the_run_during_a_wait() -> None:
    """The trades that are due are given, and no others."""
    wall = Wall()
    given = trades(0, 1, DAY_MS)
    found: list[Record] = []
    for chunk in paced(given, Pace(), partition="spread", stop=wall.stop, now_ms=wall):
        found += chunk
        if len(found) == 2:
            wall.stop.set()
    assert len(found) == 2
    assert wall() < START_MS + 1_000


def test_a_trades_key_is_its_ticker_or_its_line() -> None:
    """So a file that is sent again has the same keys."""
    wall, given = Wall(), trades(*range(100))
    for partition, keys in (("ticker", 3), ("spread", 100)):
        chunks = paced(given, Pace(rate=0), partition=partition, stop=wall.stop, now_ms=wall)  # pyright: ignore[reportArgumentType] -- one of the two literals
        assert len({record.key for chunk in chunks for record in chunk}) == keys


@given(
    offsets=st.lists(st.integers(-100_000, 1_000_000), max_size=60),
    pace=st.builds(
        Pace,
        speed=st.floats(0.01, 1e6),
        rate=st.none() | st.sampled_from([0.0, 3.7, 1e5]),
        shift=st.booleans(),
    ),
)
def test_at_any_pace_every_trade_is_sent_once_in_short_chunks(
    offsets: list[int], pace: Pace
) -> None:
    """Their order is the file's. Shifted trades are never dated after they are sent."""
    wall, numbers = Wall(), list[int]()
    for chunk in paced(trades(*offsets), pace, partition="spread", stop=wall.stop, now_ms=wall):
        assert chunk
        assert len(chunk) <= CHUNK_MAX
        assert 0 <= chunk[-1].time - chunk[0].time <= SPAN_MS / 4
        assert not pace.shift or all(record.time <= wall() for record in chunk)
        numbers += [json.loads(record.data)["n"] for record in chunk]
    assert numbers == list(range(len(offsets)))


@pytest.mark.parametrize("wrong", [{"speed": 0.0}, {"speed": float("inf")}, {"rate": -1.0}])
def test_a_pace_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    """The message says what is allowed."""
    with pytest.raises(OptionError, match="allowed: "):
        Pace(**wrong)  # pyright: ignore[reportArgumentType] -- none of the cases is shift
