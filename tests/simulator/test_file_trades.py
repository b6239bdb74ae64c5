"""Columns become the fields of a trade, and every trade that is sent is one that the job counts."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_fakes import START_MS

from oracle.verdict import Rules, Trade, judge
from simulator.errors import OptionError
from simulator.file.errors import BadRow, FileError
from simulator.file.rows import find_layout
from simulator.file.times import TimeReader
from simulator.file.trades import FileTrade, TradeFile, map_columns

TIME = "2026-01-31T09:30:00Z"
NAMED = ("TICKER=symbol", "EVENT_TIME=time")


def opened(
    path: Path, data: str, columns: tuple[str, ...] = (), values: tuple[str, ...] = ()
) -> TradeFile:
    """Write a file, and map its columns."""
    path.write_text(data, "utf-8")
    how = find_layout(path, None, None, None)
    return TradeFile(path, how, map_columns(path, how, columns, values), TimeReader())


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    """A column is named by an option, or has the field's name in any case. Others are ignored."""
    data = f"size,Price,symbol,time\n3,214.50,AMZN,{TIME}\n"
    (trade,) = opened(tmp_path / "t.csv", data, NAMED).read()
    assert isinstance(trade, FileTrade)
    assert (trade.line, trade.time, trade.ticker) == (2, START_MS, "AMZN")
    assert json.loads(trade.dated(START_MS + 1)) == {
        "EVENT_TIME": "2026-01-31T09:30:00.001Z",
        "TICKER": "AMZN",
        "PRICE": 214.5,
    }


def test_columns_of_json_lines_are_those_of_the_first_row(tmp_path: Path) -> None:
    """A field in small letters is found there. A field that isn't there has to be named."""
    row = f'{{"event_time":"{TIME}","ticker":"A","price":1}}\n'
    (trade,) = opened(tmp_path / "t.jsonl", row).read()
    assert isinstance(trade, FileTrade)
    with pytest.raises(FileError, match="no column for PRICE; the columns are 'event_time'"):
        opened(tmp_path / "t.jsonl", row.replace("price", "p"))
    later = row.replace(',"price":1', "") + row
    bad, good = opened(tmp_path / "t.jsonl", later, ("PRICE=price",)).read()
    assert isinstance(bad, BadRow)
    assert isinstance(good, FileTrade)


def test_a_value_for_all_rows_needs_no_column(tmp_path: Path) -> None:
    """A file with the trades of one stock often doesn't name it."""
    data = f"time,price\n{TIME},1\n{TIME},2\n"
    trades = opened(tmp_path / "t.csv", data, ("EVENT_TIME=time",), ("TICKER=AMZN",)).read()
    assert [isinstance(trade, FileTrade) and trade.ticker for trade in trades] == ["AMZN"] * 2


@pytest.mark.parametrize(
    ("data", "columns", "message"),
    [
        (
            "time,symbol,price\n",
            ("EVENT_TIME=time",),
            (
                "no column for TICKER; the columns are 'time', 'symbol', 'price'; name it with "
                "--column TICKER=COLUMN, or give one value with --value TICKER=VALUE; if line 1 is "
                "a trade, name the columns with --columns"
            ),
        ),
        ("time,symbol,price\n", (*NAMED, "PRICE=cost"), "no column cost for PRICE; the columns"),
        ("time,symbol,price,price\n", NAMED, "no column for PRICE; the columns are"),
        ("time,symbol,p,p\n", (*NAMED, "PRICE=p"), "2 columns have the name p; the columns are"),
        ("time;symbol;price\n", NAMED, "no column symbol for TICKER; the columns are "),
    ],
)
def test_a_missing_column_gives_a_line_with_the_columns_of_the_file(
    tmp_path: Path, data: str, columns: tuple[str, ...], message: str
) -> None:
    """The line has the option that names the column."""
    with pytest.raises(FileError) as caught:
        opened(tmp_path / "t.csv", data, columns)
    assert str(caught.value).startswith(f"{tmp_path / 't.csv'}: {message}")
    assert ("--delimiter" in str(caught.value)) is (";" in data)


@pytest.mark.parametrize(
    ("columns", "values", "message"),
    [
        (
            ("SYMBOL=a",),
            (),
            "--column: given 'SYMBOL=a'; allowed: FIELD=..., once for each field; ",
        ),
        (("TICKER",), (), "--column: given 'TICKER'; allowed: "),
        (("TICKER=a", "TICKER=b"), (), "--column: given 'TICKER=b'; allowed: "),
        ((), ("PRICE=",), "--value: given 'PRICE='; allowed: "),
        (("TICKER=a",), ("TICKER=b",), "--value: given TICKER, which also has a --column; "),
    ],
)
def test_a_wrong_mapping_is_refused(
    tmp_path: Path, columns: tuple[str, ...], values: tuple[str, ...], message: str
) -> None:
    """The message lists the fields that there are."""
    with pytest.raises(OptionError) as caught:
        opened(tmp_path / "t.csv", "a,b\n", columns, values)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        ('"time":"yesterday","symbol":"A","PRICE":1', "bad_event_time", "EVENT_TIME (column time)"),
        (f'"time":"{TIME}","symbol":"A"', "missing_field", "PRICE: no value"),
        (f'"time":"{TIME}","symbol":null,"PRICE":1', "missing_field", "TICKER (column symbol)"),
        (f'"time":"{TIME}","symbol":"A","PRICE":true', "wrong_type", "PRICE: given True; expected"),
        (
            f'"time":"{TIME}","symbol":"A","PRICE":"1,5"',
            "wrong_type",
            "PRICE: given '1,5'; expected a number, with a decimal point instead of the comma",
        ),
        (f'"time":"{TIME}","symbol":["A"],"PRICE":1', "wrong_type", "TICKER (column symbol): "),
        (f'"time":"{TIME}","symbol":"A","PRICE":0', "bad_price", "not a valid price: "),
        (f'"time":"{TIME}","symbol":"A","PRICE":1e999', "bad_price", "not a valid price: "),
        (f'"time":"{TIME}","symbol":"A","PRICE":NaN', "bad_price", "not a valid price: "),
        (f'"time":"{TIME}","symbol":" A","PRICE":1', "bad_ticker", "not a valid ticker: "),
        (f'"time":"{TIME}","symbol":"\\ud800","PRICE":1', "bad_ticker", "not a valid ticker: "),
        (f'"time":"{TIME}","symbol":"{"A" * 33}","PRICE":1', "bad_ticker", "not a valid ticker"),
        ('"time":"2026-01-31T09:31:01Z","symbol":"A","PRICE":1', "future", "dated after its"),
    ],
)
def test_a_row_that_the_job_would_reject_is_bad_for_the_jobs_reason(
    tmp_path: Path, row: str, reason: str, detail: str
) -> None:
    """The detail has the field and what was given."""
    file = opened(tmp_path / "t.jsonl", f"\n{{{row}}}\n", (*NAMED, "PRICE=PRICE"))
    (bad,) = file.read(START_MS)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.reason) == (2, reason)
    assert bad.detail.startswith(detail)


def test_a_trade_of_any_date_is_good_if_it_will_be_dated_when_it_is_sent(tmp_path: Path) -> None:
    """Then its own time doesn't matter."""
    data = '{"EVENT_TIME":"2099-01-01T00:00:00Z","TICKER":"A","PRICE":1}\n'
    (trade,) = opened(tmp_path / "t.jsonl", data).read()
    assert isinstance(trade, FileTrade)


@pytest.mark.parametrize(
    ("written", "price"), [("+5", 5), (".5", 0.5), (" 1e3 ", 1000), ("7.", 7), ("214.10", 214.1)]
)
def test_prices_of_text_may_have_any_usual_form(tmp_path: Path, written: str, price: float) -> None:
    """What is sent is JSON."""
    data = f"EVENT_TIME,TICKER,PRICE\n{TIME},A,{written}\n"
    (trade,) = opened(tmp_path / "t.csv", data).read()
    assert isinstance(trade, FileTrade)
    assert json.loads(trade.dated(0))["PRICE"] == price


def test_a_number_may_be_a_ticker(tmp_path: Path) -> None:
    """The symbols of some exchanges are numbers, and JSON has them without quotes."""
    data = f'{{"EVENT_TIME":"{TIME}","TICKER":600519,"PRICE":"1"}}\n'
    (trade,) = opened(tmp_path / "t.jsonl", data).read()
    assert isinstance(trade, FileTrade)
    assert trade.ticker == "600519"


@given(
    ticker=st.text(max_size=34) | st.integers() | st.none(),
    price=st.floats() | st.decimals().map(str) | st.integers() | st.booleans(),
    time=st.integers(-10, 253_402_300_800) | st.text(),
)
def test_each_row_is_bad_or_a_trade_that_the_job_counts(
    tmp_path_factory: pytest.TempPathFactory, ticker: object, price: object, time: object
) -> None:
    """The trade has the file's own price and ticker. No row is dropped."""
    path = tmp_path_factory.getbasetemp() / "random.jsonl"
    path.write_text(json.dumps({"EVENT_TIME": time, "TICKER": ticker, "PRICE": price}), "utf-8")
    how = find_layout(path, None, None, None)
    file = TradeFile(path, how, map_columns(path, how, (), ()), TimeReader("seconds"))
    (row,) = file.read()
    if isinstance(row, FileTrade):
        verdict = judge(row.dated(row.time), row.time, Rules())
        assert verdict == Trade(str(ticker), int(str(time)) * 1000, float(Decimal(str(price))))
