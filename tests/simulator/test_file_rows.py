"""Rows of CSV, JSON lines and Parquet files: values by column, and the line of each bad row."""

import builtins
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from simulator.errors import OptionError
from simulator.file.errors import BadRow, FileError
from simulator.file.rows import Row, columns_of, find_layout, rows_of

HEADER = b"time,symbol,price\n"


def read(
    path: Path, data: bytes, *, delimiter: str | None = None, columns: str | None = None
) -> list[Row | BadRow]:
    """Write a file, and read all of its rows."""
    path.write_bytes(data)
    how = find_layout(path, None, delimiter, columns)
    return list(rows_of(path, how, columns_of(path, how) or ()))


def lines(rows: Sequence[Row | BadRow]) -> list[tuple[int, str]]:
    """Give each row's line, and its reason or its values joined."""
    return [
        (
            row.line,
            row.reason if isinstance(row, BadRow) else "|".join(map(str, row.values.values())),
        )
        for row in rows
    ]


def test_csv_rows_have_the_line_on_which_they_begin(tmp_path: Path) -> None:
    """Blank lines and values of several lines are counted as lines. The header is line 1."""
    data = HEADER + b'a,"X\nY",1\n\nb,Z,2\n'
    assert lines(read(tmp_path / "t.csv", data)) == [(2, "a|X\nY|1"), (5, "b|Z|2")]


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        (b"a,X\n", "2 values, but there are 3 columns"),
        (b"a,X,1,2\n", "4 values, but there are 3 columns"),
        (b"a,\xff,1\n", "not UTF-8"),
        (b'a,"X"Y,1\n', "not CSV ("),
    ],
)
def test_a_csv_row_that_cant_be_read_is_bad_and_the_next_is_read(
    tmp_path: Path, row: bytes, detail: str
) -> None:
    """Each bad row has its line and what is wrong."""
    bad, good = read(tmp_path / "t.csv", HEADER + row + b"b,Z,2\n")
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.reason) == (2, "unreadable")
    assert bad.detail.startswith(detail)
    assert lines([good]) == [(3, "b|Z|2")]


def test_an_open_quote_names_the_lines_that_it_takes(tmp_path: Path) -> None:
    """Nothing after the quote can be read, so the range of lines is shown."""
    good, bad = read(tmp_path / "t.csv", HEADER + b'a,X,1\nb,"Y,2\nc,Z,3\n')
    assert lines([good]) == [(2, "a|X|1")]
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert "up to line 4" in bad.detail


def test_csv_may_have_a_byte_order_mark_blanks_and_other_delimiters(tmp_path: Path) -> None:
    """A mark before the header, blanks after a delimiter, semicolons, and tabs by the suffix."""
    marked = read(tmp_path / "t.csv", b"\xef\xbb\xbftime, symbol\r\na, X\r\n")
    assert marked == [Row(2, {"time": "a", "symbol": "X"})]
    assert lines(read(tmp_path / "t.csv", b"time;symbol\na;X\n", delimiter=";")) == [(2, "a|X")]
    assert lines(read(tmp_path / "t.tsv", b"time\tsymbol\na\tX\n")) == [(2, "a|X")]
    assert lines(read(tmp_path / "t.txt", b"time\tsymbol\na\tX\n", delimiter="tab")) == [(2, "a|X")]


def test_a_csv_without_a_header_has_the_columns_of_the_option(tmp_path: Path) -> None:
    """Then line 1 is a row."""
    rows = read(tmp_path / "t.csv", b"a,X,1\n", columns="time, symbol, price")
    assert rows == [Row(1, {"time": "a", "symbol": "X", "price": "1"})]


def test_json_lines_keep_their_types_and_their_lines(tmp_path: Path) -> None:
    """Blank lines are counted. Broken lines are bad, and the others are read."""
    data = b'{"a":1}\n\n{"a":\n[1]\n{"a":"\xff"}\n' + b"[" * 100_000 + b'\n{"a":"X"}\n'
    assert lines(read(tmp_path / "t.jsonl", data)) == [
        (1, "1"),
        (3, "not_json"),
        (4, "not_json"),
        (5, "unreadable"),
        (6, "not_json"),
        (7, "X"),
    ]


def test_a_json_array_is_refused_with_the_command_that_converts_it(tmp_path: Path) -> None:
    """All rows of such a file would be bad."""
    with pytest.raises(
        FileError, match=r"a JSON array; expected JSON lines.*jq -c '\.\[\]' t\.json"
    ):
        read(tmp_path / "t.json", b'[{"a":1},\n{"a":2}]\n')


def test_parquet_rows_are_numbered_and_keep_their_types(tmp_path: Path) -> None:
    """Only the columns that are asked for are read. More rows than are held at once."""
    path = tmp_path / "t.parquet"
    query = 'SELECT \'T\' || i AS "a ""b", i AS c, i AS d FROM range(25000) r(i)'
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    how = find_layout(path, None, None, None)
    assert columns_of(path, how) == ['a "b', "c", "d"]
    rows = list(rows_of(path, how, ['a "b', "c"]))
    assert rows == [Row(i + 1, {'a "b': f"T{i}", "c": i}) for i in range(25_000)]


def test_a_file_that_is_not_parquet_gives_one_line(tmp_path: Path) -> None:
    """The error of the library is shortened to its first line."""
    path = tmp_path / "t.parquet"
    path.write_bytes(b"time,symbol\n")
    with pytest.raises(FileError, match=r"t\.parquet: it can't be read as Parquet \(") as caught:
        columns_of(path, find_layout(path, None, None, None))
    assert "\n" not in str(caught.value)


def test_a_damaged_parquet_file_gives_one_line(tmp_path: Path) -> None:
    """Its end is right, so that the damage is found only when its rows are read."""
    path = tmp_path / "t.parquet"
    query = "SELECT 'T' || i AS ticker, random() AS price FROM range(50000) r(i)"
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    data = bytearray(path.read_bytes())
    data[4:1_000] = b"\xff" * 996
    path.write_bytes(data)
    how = find_layout(path, None, None, None)
    columns = ["ticker", "price"]
    assert columns_of(path, how) == columns
    with pytest.raises(FileError, match=r"it can't be read as Parquet \("):
        list(rows_of(path, how, columns))


def test_without_the_library_the_line_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parquet is optional. Nothing else needs the library."""
    path = tmp_path / "t.parquet"
    path.write_bytes(b"")
    real = builtins.__import__

    def without(name: str, *rest: Any) -> object:  # noqa: ANN401 -- its signature
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(FileError, match="uv sync --group parquet"):
        columns_of(path, find_layout(path, None, None, None))


@pytest.mark.parametrize(
    ("name", "delimiter", "columns", "message"),
    [
        ("t.xlsx", None, None, "FILE: given t.xlsx; allowed: one of .csv, "),
        ("t.csv", "ab", None, "--delimiter: given 'ab'; allowed: one character, or tab"),
        ("t.jsonl", ";", None, "--delimiter: given with a jsonl file; allowed: with a CSV file"),
        ("t.parquet", None, "a,b", "--columns: given with a parquet file; allowed: "),
    ],
)
def test_a_wrong_layout_is_refused(
    tmp_path: Path, name: str, delimiter: str | None, columns: str | None, message: str
) -> None:
    """The message says what is allowed."""
    path = tmp_path / name
    path.touch()
    with pytest.raises(OptionError) as caught:
        find_layout(path, None, delimiter, columns)
    assert str(caught.value).startswith(message)


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    """A pipe is refused too, because a file is read twice."""
    with pytest.raises(FileError, match="there is no such file"):
        find_layout(tmp_path / "none.csv", None, None, None)
    with pytest.raises(FileError, match="not a file; it is read twice"):
        find_layout(tmp_path, None, None, None)


def test_an_empty_file_has_no_header(tmp_path: Path) -> None:
    """The line says what line 1 must hold."""
    with pytest.raises(FileError, match="line 1 is empty; expected a header line"):
        read(tmp_path / "t.csv", b"")


def test_a_header_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Excel's "Unicode text" is UTF-16. The line says what to do."""
    with pytest.raises(FileError, match="line 1 isn't UTF-8; save the file as UTF-8"):
        read(tmp_path / "t.csv", "time,symbol\na,X\n".encode("utf-16"))
