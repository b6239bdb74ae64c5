"""Strategies for records: valid ones, nearly valid ones, and any bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from hypothesis import strategies as st
from record_cases import CASES, read

CORPUS: Final = [read(case["record"]) for case in CASES["records"]]
"""Records of the shared cases."""

_SPACES: Final = st.sampled_from(["", "", "", " ", "\n", "\t ", "\u00a0", "\x0b"])
_DIGITS: Final = "0123456789"

_TIMES: Final = st.one_of(
    st.from_regex(
        r"\A[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]"
        r"(:[0-6][0-9](\.[0-9]{0,10})?)?([Zz]|[+-][0-2][0-9](:?[0-6][0-9])?)?\Z"
    ),
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.text("0123456789-:.TtZz+ ", max_size=35),
)
_TICKERS: Final = st.one_of(
    st.sampled_from(["AMZN", "A" * 32, "A" * 33]),
    st.text("AMZN .\t\n\x7f\x9b\u00a0\u200b\u200e\u2028\u202e\ufeff\u00e9\U0001f4c8", max_size=34),
    st.text(max_size=34),
    st.characters().map(lambda character: f"A{character}"),
)
_NUMBERS: Final = st.one_of(
    st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,4})?\Z"),
    st.from_regex(r"\A[1-9][0-9]{0,9}\.[0-9]{1,9}\Z"),
    st.floats().map(repr),
    st.integers().map(str),
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "INF", "+INF", "-INF", "+1", ".5", "5.", "1e"]
    ),
)


def _text(value: str, *, escaped: bool) -> str:
    return json.dumps(value, ensure_ascii=escaped)


_TEXTS: Final = st.builds(_text, st.one_of(_TIMES, _TICKERS), escaped=st.booleans())
_ESCAPES: Final = st.sampled_from(
    [
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\ud83d\\udcc8"',
        '"\\u0041MZN"',
        '"\\x41"',
        '"\\u00"',
        '"A\\',
    ]
)
_VALUES: Final = st.recursive(
    st.one_of(_TEXTS, _NUMBERS, _ESCAPES, st.sampled_from(["null", "true", "false", "nul", ""])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
        st.lists(st.tuples(_TEXTS, inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f"{name}:{value}" for name, value in pairs) + "}"
        ),
        st.tuples(st.integers(490, 510), inner).map(
            lambda deep: "[" * deep[0] + deep[1] + "]" * deep[0]
        ),
    ),
    max_leaves=4,
)
_NAMES: Final = st.sampled_from(
    ['"EVENT_TIME"', '"TICKER"', '"PRICE"', '"\\u0050RICE"', '"price"', '"x"', '""', "PRICE"]
)
_GOOD: Final = st.fixed_dictionaries(
    {
        '"EVENT_TIME"': st.builds(_text, _TIMES, escaped=st.booleans()),
        '"TICKER"': st.builds(_text, _TICKERS, escaped=st.booleans()),
        '"PRICE"': _NUMBERS,
    }
).map(lambda fields: list(fields.items()))
_MORE: Final = st.lists(st.tuples(_NAMES, _VALUES), max_size=2)


@st.composite
def _objects(draw: st.DrawFn) -> bytes:
    """Write the three fields and some others, in any order, with any white space."""
    fields = draw(st.permutations([*draw(_GOOD), *draw(_MORE)]))
    space = draw(_SPACES)
    written = f",{space}".join(f"{name}{space}:{space}{value}" for name, value in fields)
    behind = draw(st.sampled_from(["", "", "\n", "x", "{}"]))
    return f"{space}{{{written}{space}}}{behind}".encode("utf-8", "surrogatepass")


@st.composite
def _changed(draw: st.DrawFn) -> bytes:
    """Cut, double or overwrite a few bytes of a record."""
    record = draw(
        st.one_of(_objects(), st.sampled_from([each for each in CORPUS if len(each) < 1_000]))
    )
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(record)))
        gone = draw(st.integers(0, 4))
        likely = st.text('0123456789.,:-+eE"{}[]\\ ZTN', max_size=2).map(str.encode)
        new = draw(st.one_of(likely, st.binary(max_size=3)))
        record = record[:place] + new + record[place + gone :]
    return record


RECORDS: Final = st.one_of(
    _objects(), _objects(), _changed(), st.binary(max_size=60), st.sampled_from(CORPUS)
)
"""Any single record."""


def _varint(number: int) -> bytes:
    more = number >> 7
    return bytes([number & 0x7F | (0x80 if more else 0)]) + (_varint(more) if more else b"")


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


_INDEXES: Final = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 2**64 - 1))


@st.composite
def _packed(draw: st.DrawFn) -> bytes:
    """Write a record of a pack: key's index, explicit hash key's index, data, and other fields."""
    parts = [_number(1, draw(_INDEXES)), _field(3, draw(RECORDS))]
    parts += draw(st.lists(st.builds(_number, st.just(2), _INDEXES), max_size=1))
    parts += draw(
        st.lists(st.builds(_field, st.sampled_from([3, 5, 20]), st.binary(max_size=4)), max_size=1)
    )
    left_out = draw(st.integers(0, 40))
    kept = [part for place, part in enumerate(parts) if place != left_out]
    return _field(3, b"".join(draw(st.permutations(kept))))


@st.composite
def _packs(draw: st.DrawFn) -> bytes:
    """Pack records. The tables of keys may be wrong. Most packs are whole."""
    keys = draw(st.lists(st.builds(_field, st.integers(1, 2), st.binary(max_size=4)), max_size=3))
    body = b"".join([*keys, *draw(st.lists(_packed(), max_size=4))])
    body = body[: len(body) - draw(st.sampled_from([0] * 9 + [1, 5]))]
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    ending = draw(st.sampled_from([digest] * 9 + [digest[:-1], digest[::-1]]))
    return b"\xf3\x89\x9a\xc2" + body + ending


STREAM_RECORDS: Final = st.one_of(RECORDS, RECORDS, RECORDS, _packs())
"""Any record of the stream, packed or not."""
