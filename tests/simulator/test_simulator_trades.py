"""Trades are valid and evenly spread, and the same seed gives the same trades."""

import json
import math
from collections import Counter
from datetime import UTC, datetime
from itertools import chain, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_fakes import START_MS, shard_of

from oracle.verdict import REASONS, Rules, Trade, judge
from simulator.clock import backlog
from simulator.errors import OptionError
from simulator.faults import BAD, Faults
from simulator.trades import (
    Prices,
    Record,
    Trades,
    check_tickers,
    synthetic_tickers,
    to_milliseconds,
)


def make(count: int, rate: float = 1000, **options: object) -> list[Record]:
    """Make trades that begin at the fixed start."""
    trades = Trades(backlog(START_MS, rate, count=count), **options)  # pyright: ignore[reportArgumentType] -- each test gives options of Trades
    return list(chain.from_iterable(trades))


def test_the_first_record_is_the_documented_json() -> None:
    """It is one JSON object with three fields. The time is in UTC. No machine changes it."""
    record = make(1, seed=7)[0]
    assert record == Record(
        b'{"EVENT_TIME":"2026-01-31T09:30:00.000Z","TICKER":"ORCL","PRICE":111.72}',
        record.key,
        START_MS,
    )


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    """With a fixed start, the seed determines every byte and every partition key."""
    options = {"late_share": 0.1, "bad_share": 0.1, "jitter": 2}
    one, again, other = (make(5_000, seed=seed, faults=Faults(**options)) for seed in (1, 1, 2))
    assert one == again
    assert {record.key for record in one}.isdisjoint(record.key for record in other)
    assert [record.data for record in one] != [record.data for record in other]


def test_faults_do_not_change_the_other_trades() -> None:
    """Tickers, prices and keys use other random numbers than the faults."""
    clean = make(2_000, seed=3)
    faulty = make(2_000, seed=3, faults=Faults(bad_share=0.2, late_share=0.2))
    assert [record.key for record in clean] == [record.key for record in faulty]
    pairs = [(a.data, b.data) for a, b in zip(clean, faulty, strict=True) if b.reason is None]
    assert 1_000 < len(pairs) < 1_400
    assert all(a == b for a, b in pairs)


@given(seed=st.integers(), prices=st.sampled_from(["walk", "uniform"]))
def test_every_trade_is_valid_whatever_the_seed(seed: int, prices: Prices) -> None:
    """A second implementation of the job's rules accepts each trade, in whole cents above 0."""
    for record in make(200, seed=seed, prices=prices):
        trade = judge(record.data, START_MS + 10_000, Rules())
        assert isinstance(trade, Trade)
        assert trade.price == round(trade.price, 2) >= 0.01
        assert trade.time == record.time


def test_uniform_prices_are_from_0_01_to_100_00() -> None:
    """Both ends occur. 0.00 would be a dead letter and does not occur."""
    prices = [json.loads(record.data)["PRICE"] for record in make(200_000, prices="uniform")]
    assert (min(prices), max(prices)) == (0.01, 100.0)
    assert abs(math.fsum(prices) / len(prices) - 50) < 0.5


def test_a_walk_continues_from_the_tickers_last_price() -> None:
    """Each ticker has its own price, which changes by at most 0.25."""
    last: dict[str, float] = {}
    for record in make(20_000):
        trade = json.loads(record.data)
        step = abs(trade["PRICE"] - last.get(trade["TICKER"], trade["PRICE"]))
        assert step <= 0.25 + 1e-9
        last[trade["TICKER"]] = trade["PRICE"]
    assert len(set(last.values())) == len(last) == 5


def test_a_walk_never_goes_below_0_01() -> None:
    """In 200,000 steps this walk reaches 0.01, and never goes below."""
    prices = [json.loads(record.data)["PRICE"] for record in make(200_000, tickers=["A"], seed=4)]
    assert min(prices) == 0.01
    assert prices[-1] > 0.01


def test_trades_spread_over_all_shards_and_tickers() -> None:
    """Each of 4 shards and 5 tickers gets its share of 20,000 trades within a tenth."""
    records = make(20_000)
    shards = Counter(shard_of(record.key, 4) for record in records)
    tickers = Counter(json.loads(record.data)["TICKER"] for record in records)
    assert sorted(shards) == [0, 1, 2, 3]
    assert sorted(tickers) == ["AMZN", "AZRE", "BABA", "GOOG", "ORCL"]
    assert all(4_500 < count < 5_500 for count in shards.values())
    assert all(3_600 < count < 4_400 for count in tickers.values())


def test_partition_by_ticker_makes_the_ticker_the_key() -> None:
    """All trades of a ticker go to one shard."""
    records = make(500, partition="ticker", tickers=["É", "B"])
    assert {(json.loads(record.data)["TICKER"], record.key) for record in records} == {
        ("É", "É"),
        ("B", "B"),
    }


def test_bad_records_have_every_reason_and_each_is_rejected_for_its_reason() -> None:
    """Seven bad records have all reasons that do not depend on other records."""
    records = make(len(BAD), faults=Faults(bad_share=1))
    assert {record.reason for record in records[:7]} == set(REASONS) - {"late"}
    # The largest MaxFutureSeconds that the job accepts, and an arrival many years later.
    rules = Rules(max_future_seconds=86_400)
    arrival = to_milliseconds(datetime(2060, 1, 1, tzinfo=UTC))
    assert [judge(record.data, arrival, rules) for record in records] == [
        record.reason for record in records
    ]


def test_late_trades_are_dated_back_and_counted() -> None:
    """A late trade has the reason `late`, is valid by itself, and its record stays in order."""
    trades = Trades(backlog(START_MS, 100, count=1_000), faults=Faults(late_share=0.1, late_by=30))
    records = list(chain.from_iterable(trades))
    late = [record for record in records if record.reason]
    assert trades.faults == {"late": len(late)}
    assert 60 < len(late) < 140
    for record in records:
        trade = judge(record.data, START_MS, Rules())
        assert isinstance(trade, Trade)
        assert record.time - trade.time == (30_000 if record.reason else 0)
    assert [record.time for record in records] == sorted(record.time for record in records)


def test_jitter_dates_trades_back_by_at_most_its_value() -> None:
    """Trades are up to 2 s out of order, and never in the future."""
    back: list[int] = []
    for record in make(5_000, faults=Faults(jitter=2)):
        trade = judge(record.data, START_MS + 10_000, Rules())
        assert isinstance(trade, Trade)
        back.append(record.time - trade.time)
    assert min(back) == 0
    assert 1_950 < max(back) <= 2_000


@pytest.mark.parametrize(
    ("tickers", "message"),
    [
        ([], "ticker: given none; allowed: one or more"),
        ([""], "ticker: given ''; allowed: 1 to 32 characters"),
        (["A" * 33], f"ticker: given '{'A' * 33}'; allowed: 1 to 32 characters"),
        (["\udcff"], "ticker: given '\\udcff'; allowed: 1 to 32 characters"),
        (["A", "B", "A"], "ticker: given A more than once; allowed: each once"),
    ],
)
def test_a_ticker_that_the_job_would_reject_is_refused(tickers: list[str], message: str) -> None:
    """The simulator sends valid trades unless asked for faults, so tickers must be valid."""
    with pytest.raises(OptionError) as caught:
        check_tickers(tickers)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bad_share": 1.5}, "bad_share: given 1.5; allowed: 0 to 1"),
        ({"late_share": math.nan}, "late_share: given nan; allowed: 0 to 1"),
        (
            {"bad_share": 0.75, "late_share": 0.5},
            "bad_share + late_share: given 1.25; allowed: 0 to 1 together",
        ),
        ({"jitter": -1}, "jitter: given -1; allowed: 0 seconds or more"),
    ],
)
def test_faults_out_of_range_are_refused(options: dict[str, float], message: str) -> None:
    """Shares are from 0 to 1, and times are not negative."""
    with pytest.raises(OptionError) as caught:
        Faults(**options)
    assert str(caught.value) == message


def test_synthetic_tickers_are_distinct_and_valid() -> None:
    """The number of tickers is the given count. 0 is refused."""
    names = synthetic_tickers(1_000)
    assert (names[0], names[-1], len(check_tickers(names))) == ("T0000001", "T0001000", 1_000)
    with pytest.raises(OptionError, match="tickers: given 0; allowed: 1 to 1000000"):
        synthetic_tickers(0)


def test_an_unlimited_run_gives_trades_as_long_as_they_are_taken() -> None:
    """Without count and duration there is no end. Records are made only when they are taken."""
    endless = chain.from_iterable(Trades(backlog(START_MS, 10)))
    assert [record.time for record in islice(endless, 100_000)][-1] == START_MS + 9_999_900
