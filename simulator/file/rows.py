"""The rows of a CSV, JSON lines or Parquet file, each with its line and its values by column."""

import csv
import json
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TextIO, cast

from simulator.errors import OptionError
from simulator.file.errors import BadRow, FileError

if TYPE_CHECKING:
    import _csv as _csv_types

    import duckdb

Format = Literal["csv", "jsonl", "parquet"]

SUFFIXES: Final[Mapping[str, Format]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}

UNREADABLE: Final = "unreadable"
PARQUET_ROWS: Final = 10_000
"""Rows that are held at once."""

NEEDED: Final = (
    "Parquet needs the package duckdb, which isn't installed: run `make setup`, or "
    "`uv sync --group parquet`"
)


class Row(NamedTuple):
    """A row as it is in the file."""

    line: int
    values: Mapping[str, object]
    """By column. A CSV file has only texts. A column that the row doesn't have is absent."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a file is laid out."""

    format: Format
    delimiter: str = ","
    """Between the values of a CSV file."""
    columns: Sequence[str] = ()
    """Columns of a CSV file without a header line."""


def find_layout(
    path: Path, form: Format | None, delimiter: str | None, columns: str | None
) -> Layout:
    """Give the layout that the options name. Raises `OptionError`, or `FileError` for no file."""
    if not path.is_file():
        problem = (
            "not a file; it is read twice, so it can't be a pipe"
            if path.exists()
            else ("there is no such file")
        )
        raise FileError(path, problem)
    found = form or SUFFIXES.get(path.suffix.lower())
    if found is None:
        allowed = f"one of {', '.join(SUFFIXES)}, or --format csv, jsonl or parquet"
        raise OptionError(option="FILE", given=path.name, allowed=allowed)
    if found != "csv" and (delimiter or columns):
        option = "--delimiter" if delimiter else "--columns"
        raise OptionError(option, f"with a {found} file", "with a CSV file")
    given = delimiter or ("tab" if path.suffix.lower() == ".tsv" else ",")
    return Layout(format=found, delimiter=_character(given), columns=_names(columns))


def line_layout(delimiter: str | None, columns: str | None) -> Layout:
    """Give the layout of texts that are one row each: CSV if columns are named, else JSON.

    Raises `OptionError`.
    """
    if delimiter and not columns:
        raise OptionError(option="--delimiter", given="without --columns", allowed="with --columns")
    form: Format = "csv" if columns else "jsonl"
    return Layout(format=form, delimiter=_character(delimiter or ","), columns=_names(columns))


def row_of(data: bytes, line: int, how: Layout) -> Row | BadRow:
    """Read a text that is one row by itself."""
    if how.format != "csv":
        return _json_row(data, line)
    text = data.decode("utf-8", "surrogateescape").rstrip("\r\n")
    try:
        (cells,) = csv.reader([text], delimiter=how.delimiter, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError) as error:
        return BadRow(line, UNREADABLE, f"not one line of CSV ({error})")
    return _csv_row(cells, line, how.columns)


def _character(given: str) -> str:
    between = "\t" if given in {"tab", "\\t"} else given
    if len(between) != 1 or between in '"\r\n':
        raise OptionError(option="--delimiter", given=repr(given), allowed="one character, or tab")
    return between


def _names(columns: str | None) -> Sequence[str]:
    return [name.strip() for name in columns.split(",")] if columns else []


def columns_of(path: Path, how: Layout) -> Sequence[str] | None:
    """Give the columns of a file. None for JSON lines whose first row isn't an object.

    Each row of JSON lines has columns of its own. Those of the first row are given.
    """
    try:
        if how.format == "jsonl":
            first = next(_json_lines(path), None)
            return list(first.values) if isinstance(first, Row) else None
        if how.format == "parquet":
            return _parquet_columns(path)
        return how.columns or _header(path, how)
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from error


def rows_of(path: Path, how: Layout, columns: Collection[str]) -> Iterator[Row | BadRow]:
    """Read a file from its beginning. Rows have at least the columns that are asked for."""
    match how.format:
        case "csv":
            return _csv(path, how)
        case "jsonl":
            return _json_lines(path)
        case "parquet":
            return _parquet(path, columns)


def _header(path: Path, how: Layout) -> Sequence[str]:
    with _open(path) as file:
        try:
            names = next(_reader(file, how), None)
        except csv.Error as error:
            raise FileError(path, f"line 1 can't be read as CSV ({error})") from error
    if not names:
        raise FileError(path, "line 1 is empty; expected a header line with the columns' names")
    if any(map(_is_not_utf8, names)):
        raise FileError(path, "line 1 isn't UTF-8; save the file as UTF-8")
    return [name.strip() for name in names]


def _open(path: Path) -> TextIO:
    # Bytes that are not UTF-8 become surrogates, so that only their own row is bad.
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _reader(file: TextIO, how: Layout) -> "_csv_types.Reader":
    return csv.reader(file, delimiter=how.delimiter, skipinitialspace=True, strict=True)


def _csv(path: Path, how: Layout) -> Iterator[Row | BadRow]:
    names = columns_of(path, how) or ()
    with _open(path) as file:
        reader = _reader(file, how)
        if not how.columns:
            next(reader)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                upto = f", up to line {reader.line_num}" if reader.line_num > line else ""
                yield BadRow(line, UNREADABLE, f"not CSV{upto} ({error})")
                continue
            if not cells:
                continue  # a blank line
            yield _csv_row(cells, line, names)


def _csv_row(cells: Sequence[str], line: int, names: Sequence[str]) -> Row | BadRow:
    if len(cells) != len(names):
        detail = f"{len(cells)} values, but there are {len(names)} columns"
        return BadRow(line, UNREADABLE, detail)
    if any(map(_is_not_utf8, cells)):
        return BadRow(line, UNREADABLE, "not UTF-8")
    return Row(line, dict(zip(names, cells, strict=True)))


def _is_not_utf8(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= each <= "\udcff" for each in text)


def _json_lines(path: Path) -> Iterator[Row | BadRow]:
    with path.open("rb") as file:
        for line, data in enumerate(file, 1):
            stripped = data.removeprefix(b"\xef\xbb\xbf") if line == 1 else data
            if line == 1 and stripped.lstrip().startswith(b"["):
                problem = (
                    "a JSON array; expected JSON lines, one object a line: "
                    f"jq -c '.[]' {path.name} > trades.jsonl"
                )
                raise FileError(path, problem)
            if not stripped.strip():
                continue
            yield _json_row(stripped, line)


def _json_row(data: bytes, line: int) -> Row | BadRow:
    try:
        value = cast("object", json.loads(data.decode("utf-8")))
    except UnicodeDecodeError:
        return BadRow(line, UNREADABLE, "not UTF-8")
    except (ValueError, RecursionError) as error:
        return BadRow(line, "not_json", str(error) or type(error).__name__)
    if isinstance(value, dict):
        return Row(line, cast("Mapping[str, object]", value))
    return BadRow(line, "not_json", "not a JSON object")


def _parquet_columns(path: Path) -> Sequence[str]:
    with _parquet_errors(path):
        # The first value of a description is the column's name.
        return [name for name, *_ in _query(path, "*", " LIMIT 0").description or ()]


def _parquet(path: Path, columns: Collection[str]) -> Iterator[Row]:
    names = list(dict.fromkeys(columns))
    with _parquet_errors(path):
        found = _query(path, ", ".join('"' + name.replace('"', '""') + '"' for name in names))
        line = 0
        while batch := found.fetchmany(PARQUET_ROWS):
            for values in batch:
                line += 1
                yield Row(line, dict(zip(names, values, strict=True)))


def _query(path: Path, what: str, limit: str = "") -> "duckdb.DuckDBPyConnection":
    import duckdb  # noqa: PLC0415 -- an optional package

    # DuckDB can fetch extensions from the network. Parquet needs none.
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    statement = f"SELECT {what} FROM read_parquet(?){limit}"  # noqa: S608 -- quoted names
    return connection.execute(statement, [str(path)])


@contextmanager
def _parquet_errors(path: Path) -> Generator[None]:
    """Raise `FileError` if DuckDB is missing or can't read the file."""
    try:
        import duckdb  # noqa: PLC0415 -- an optional package
    except ImportError as error:
        raise FileError(path, NEEDED) from error
    try:
        yield
    except duckdb.Error as error:
        problem = f"it can't be read as Parquet ({str(error).splitlines()[0]})"
        raise FileError(path, problem) from error
