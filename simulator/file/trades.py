"""The trades of a file's rows: columns become the fields of a trade, by name."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from job.fields import REASONS, TRADE, Field, Kind
from oracle.verdict import Rules, judge
from simulator.errors import OptionError
from simulator.file.errors import BadRow, FileError, ValueProblem
from simulator.file.rows import Layout, Row, columns_of, rows_of
from simulator.file.times import BAD, TimeReader, write_time

WRONG_TYPE: Final = "wrong_type"
MISSING: Final = "missing_field"

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,19}")
_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+")
"""A number with a decimal comma. It could also be a thousand's comma, so it is not read."""
_ANY_TIME: Final = 1 << 62
"""An arrival, in milliseconds, that is later than any time."""

(_TIME,) = (field for field in TRADE if field.kind is Kind.TIME)
_OTHERS: Final = tuple(field for field in TRADE if field is not _TIME)


class FileTrade(NamedTuple):
    """A trade of a file."""

    line: int
    time: int
    """Milliseconds since the epoch."""
    ticker: str
    members: str
    """JSON of every field but the time, without braces."""

    def dated(self, time: int) -> bytes:
        """Give the record to send, with this time."""
        return _record(time, self.members)


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """Where each field of a trade comes from."""

    columns: Mapping[str, str]
    """Column by field."""
    values: Mapping[str, str]
    """The one value for all rows, by field."""


class TradeFile:
    """The trades of one file. It can be read several times, each time from its beginning."""

    def __init__(self, path: Path, how: Layout, mapped: Mapped, times: TimeReader) -> None:
        """Take the file, its layout, the places of its fields, and the reader of its times."""
        self.path = path
        self.times = times
        self._how = how
        self._mapped = mapped
        self._reader = TradeReader(mapped, times)

    def read(self, latest: int | None = None) -> Iterator[FileTrade | BadRow]:
        """Give each row as a trade, or as a bad row.

        A trade that is dated more than `MaxFutureSeconds` after `latest`, in milliseconds since the
        epoch, is bad. With None, a trade may have any date. Raises `FileError`.
        """
        arrival, rules = _ANY_TIME if latest is None else latest, Rules()
        try:
            for row in rows_of(self.path, self._how, self._mapped.columns.values()):
                yield row if isinstance(row, BadRow) else self._reader.read(row, arrival, rules)
        except OSError as error:
            raise FileError(self.path, error.strerror or str(error)) from error


class TradeReader:
    """Makes trades of rows that have the same columns."""

    def __init__(self, mapped: Mapped, times: TimeReader) -> None:
        """Take the places of the fields, and the reader of the times."""
        self._times = times
        self._mapped = mapped

    def read(self, row: Row, arrival: int, rules: Rules) -> FileTrade | BadRow:
        """Give a row as a trade, or as a bad row. `arrival` is in milliseconds since the epoch."""
        try:
            time = self._time(row)
            members = ",".join([f'"{field.name}":{self._json(field, row)}' for field in _OTHERS])
            data = _record(time, members)
        except ValueProblem as problem:
            return BadRow(row.line, problem.reason, str(problem))
        verdict = judge(data, arrival, rules)
        if isinstance(verdict, str):
            return BadRow(row.line, verdict, f"{REASONS[verdict]}: {data.decode()}")
        return FileTrade(row.line, time, verdict.ticker, members)

    def _time(self, row: Row) -> int:
        try:
            return self._times.read(self._value(_TIME, row))
        except ValueProblem as problem:
            if problem.reason != BAD:
                raise
            raise ValueProblem(BAD, f"{self._place(_TIME)}: {problem}") from problem

    def _json(self, field: Field, row: Row) -> str:
        value = self._value(field, row)
        written = _write(field.kind, value)
        if written is None:
            comma = field.kind is Kind.NUMBER and _COMMA.fullmatch(str(value).strip())
            more = ", with a decimal point instead of the comma" if comma else ""
            detail = f"{self._place(field)}: given {value!r}; expected a {field.kind.value}{more}"
            raise ValueProblem(WRONG_TYPE, detail)
        return written

    def _value(self, field: Field, row: Row) -> object:
        if field.name in self._mapped.values:
            return self._mapped.values[field.name]
        value = row.values.get(self._mapped.columns[field.name])
        if value is None or value == "":
            raise ValueProblem(MISSING, f"{self._place(field)}: no value")
        return value

    def _place(self, field: Field) -> str:
        column = self._mapped.columns.get(field.name, field.name)
        return field.name if column == field.name else f"{field.name} (column {column})"


def map_columns(path: Path, how: Layout, columns: Sequence[str], values: Sequence[str]) -> Mapped:
    """Find the column of each field. Raises `OptionError`, or `FileError` for a missing column.

    Args:
        path: The file.
        how: Its layout.
        columns: `FIELD=COLUMN` each. The other fields have the column with their own name, in
            capital or small letters.
        values: `FIELD=VALUE` each.
    """
    named, fixed = parse_mapping(columns, values)
    present = columns_of(path, how)
    found: dict[str, str] = {}
    for name in (field.name for field in TRADE if field.name not in fixed):
        column = named.get(name) or _own_column(name, present)
        may_come = name in named and how.format == "jsonl"  # in a row after the first
        if present is not None and not may_come and present.count(column or "") != 1:
            raise FileError(path, _no_column(name, column, present, how))
        found[name] = column or name
    return Mapped(columns=found, values=fixed)


def parse_mapping(
    columns: Sequence[str], values: Sequence[str]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Read `FIELD=COLUMN` and `FIELD=VALUE`. Give the columns and the values by field.

    Raises `OptionError`.
    """
    named, fixed = _pairs("--column", columns), _pairs("--value", values)
    if twice := sorted(named.keys() & fixed.keys()):
        given = f"{', '.join(twice)}, which also has a --column"
        raise OptionError(option="--value", given=given, allowed="one of them")
    return named, fixed


def map_row(named: Mapping[str, str], fixed: Mapping[str, str], row: Row) -> Mapped:
    """Find the column of each field in one row. A missing column makes the row a bad one."""
    names = [field.name for field in TRADE if field.name not in fixed]
    present = list(row.values)
    columns = {name: named.get(name) or _own_column(name, present) or name for name in names}
    return Mapped(columns=columns, values=fixed)


def _own_column(name: str, present: Sequence[str] | None) -> str | None:
    alike = [column for column in present or () if column.casefold() == name.casefold()]
    return name if name in alike else alike[0] if len(alike) == 1 else None


def _no_column(name: str, column: str | None, present: Sequence[str], how: Layout) -> str:
    number = present.count(column) if column else 0
    what = (
        f"{number} columns have the name {column}"
        if number
        else (f"no column for {name}" if column is None else f"no column {column} for {name}")
    )
    listed = ", ".join(map(repr, present[:20]))
    remedy = f"name it with --column {name}=COLUMN, or give one value with --value {name}=VALUE"
    if how.format != "csv":
        return f"{what}; the columns are {listed}; {remedy}"
    if len(present) == 1:
        remedy = "name what separates the values with --delimiter, such as --delimiter tab"
    elif not how.columns:
        remedy += "; if line 1 is a trade, name the columns with --columns"
    return f"{what}; the columns are {listed}; {remedy}"


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    names = [field.name for field in TRADE]
    found: dict[str, str] = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in names or not value or name in found:
            allowed = f"FIELD=..., once for each field; the fields are {', '.join(names)}"
            raise OptionError(option, repr(text), allowed)
        found[name] = value
    return found


def _record(time: int, members: str) -> bytes:
    try:
        written = write_time(time)
    except OverflowError as error:
        raise ValueProblem(BAD, f"{_TIME.name}: after the year 9999, or before 1") from error
    return f'{{"{_TIME.name}":"{written}",{members}}}'.encode()


def _write(kind: Kind, value: object) -> str | None:
    """Write a value as JSON. None if it has another type."""
    if isinstance(value, bool):
        return None
    match kind:
        case Kind.NUMBER:
            return _number(value)
        case Kind.COUNT:
            return str(int(str(value))) if _WHOLE.fullmatch(str(value)) else None
        case _:
            # The symbols of some exchanges are numbers.
            return _text(str(value)) if isinstance(value, str | int) else None


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    lone = any("\ud800" <= each <= "\udfff" for each in text)  # half a character isn't UTF-8
    return json.dumps(text, ensure_ascii=lone)


def _number(value: object) -> str | None:
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    if not isinstance(value, str | int | float | Decimal):
        return None
    try:
        return json.dumps(float(value))
    except OverflowError:  # a whole number above any double
        return None
