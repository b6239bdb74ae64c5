"""Checks of the list of fields against the code that is not made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from job import statements
from job.fields import (
    DEAD_LETTER,
    MEASURES,
    MORE_NUMBERS,
    REASONS,
    RESULT,
    RESULT_KEY,
    TRADE,
    Kind,
)
from oracle import verdict, windows
from simulator.trades import Trades

JAVA = Path(__file__).parents[2] / "job/src/main/java/stocktrading/job"


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ("TradeRow", statements.RECORD_COLUMNS),
        ("Letter", statements.LETTER_COLUMNS),
        ("Slice", statements.SLICE_COLUMNS),
    ],
)
def test_the_javas_rows_have_the_columns_that_the_sql_reads(
    row: str, columns: Mapping[str, str]
) -> None:
    """The row's class has them in the same order, with the same types. Others can follow."""
    java = (JAVA / f"{row}.java").read_text("utf-8")
    found = re.findall(r'FIELD\("(\w+)", DataTypes\.(\w+\(\d*\)(?:\.notNull\(\))?)', java)
    given = [
        (name, kind.replace(".notNull()", " NOT NULL").replace("()", "")) for name, kind in found
    ]
    others = [*statements.MORE_PARTS, *statements.NUMBERS[1:]]
    assert given == [(name, kind) for name, kind in columns.items() if name not in others]


def test_the_java_decoder_reads_the_fields_of_a_trade() -> None:
    """The names in the decoder are those of the list. It is told the names of further numbers."""
    decoder = (JAVA / "TradeDecoder.java").read_text("utf-8")
    assert set(re.findall(r'case "([A-Z_]+)":', decoder)) == {
        field.name for field in TRADE if field not in MORE_NUMBERS
    }


def test_a_further_field_of_a_trade_is_a_number() -> None:
    """The decoder reads no other type."""
    assert [field.name for field in MORE_NUMBERS if field.kind is not Kind.NUMBER] == []


def test_java_and_the_oracle_have_the_same_reasons_in_the_same_order() -> None:
    """It is the order of the checks."""
    java = (JAVA / "Reason.java").read_text("utf-8")
    names = re.findall(r"^    ([A-Z_]+)[,;]", java, re.MULTILINE)
    assert [name.lower() for name in names] == list(REASONS)
    assert tuple(REASONS) == verdict.REASONS


def test_each_measure_has_its_sql() -> None:
    """A measure is an aggregate, or is computed from aggregates."""
    for field in MEASURES:
        assert field.name in {*statements.AGGREGATES, *statements.MEASURE_SQL}, field


def test_the_oracle_recounts_each_measure() -> None:
    """A new measure needs a rule in `oracle.windows.RECOUNTS`."""
    assert windows.RECOUNTS.keys() == {field.name for field in MEASURES}


def test_a_simulated_trade_has_the_fields_of_a_trade() -> None:
    """It has all of them, and no others."""
    ((record,),) = Trades([[0]])
    assert json.loads(record.data).keys() == {field.name for field in TRADE}


def test_names_are_unique_and_the_key_is_part_of_a_result() -> None:
    """A record is one JSON object, and each name is one column in SQL."""
    for fields in (TRADE, RESULT, DEAD_LETTER):
        assert len({field.name.lower() for field in fields}) == len(fields)
    assert {field.name for field in RESULT} >= set(RESULT_KEY)
    assert all(field.title for field in MEASURES)
