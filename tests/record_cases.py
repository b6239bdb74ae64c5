"""The shared cases of the job's Java and the oracle: `job/src/test/resources/records.json`."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Final, NotRequired, TypedDict, cast

FILE: Final = Path(__file__).parents[1] / "job" / "src" / "test" / "resources" / "records.json"

Written = str | dict[str, str] | list[str | tuple[str, int]]
"""A record as text, as base64, or as parts, some of them repeated."""


class TradeFields(TypedDict):
    """The fields of a valid record."""

    ticker: str
    price: float
    time: int


class RecordCase(TypedDict):
    """A record and its verdict: a trade, or a dead letter with a reason."""

    name: str
    record: Written
    trade: NotRequired[TradeFields]
    reason: NotRequired[str]


class PackCase(TypedDict):
    """A pack in base64 and its records. None means that it is a plain record."""

    name: str
    pack: str
    records: list[Written] | None


class Cases(TypedDict):
    """The content of the file."""

    arrival: int
    max_future_seconds: int
    records: list[RecordCase]
    packs: list[PackCase]


CASES: Final = cast("Cases", json.loads(FILE.read_text("utf-8")))


def read(written: Written) -> bytes:
    """Give the bytes of a case."""
    if isinstance(written, str):
        return written.encode()
    if isinstance(written, dict):
        return base64.b64decode(written["base64"])
    return "".join(
        part if isinstance(part, str) else part[0] * part[1] for part in written
    ).encode()
