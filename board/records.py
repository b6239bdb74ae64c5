"""What the job puts on its streams, read back: results and dead letters."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast

from job.fields import MEASURES, Kind

_NUMBERS: Final = {Kind.NUMBER: float, Kind.COUNT: int}

_ARROW, _STOCK_VALUE = " ==> ", " : Stock Value: "


class Result(NamedTuple):
    """One window of one ticker. Times are milliseconds since the epoch."""

    ticker: str
    window_end: int
    measures: Mapping[str, float]
    """The measures by name. With `OutputFormat` = `line` there is only the highest price."""
    window_start: int | None = None

    @property
    def max_price(self) -> float:
        """The highest price, which is in every format."""
        return self.measures["max_price"]


class DeadLetter(NamedTuple):
    """One record that could not be counted, or several of one shard and one reason."""

    key: str
    """The shard and the sequence number of the letter itself, which are unique."""
    reason: str
    payload: str
    encoding: str
    """`utf-8`, or `base64` for bytes that are no text."""
    size: int
    """The size of the whole record in bytes. If `payload` was cut, it is smaller than this."""
    arrived: int
    """The record's arrival time on the ingest stream, in milliseconds since the epoch."""
    shard: str
    sequence_number: str
    records: int = 1
    """The number of records that the letter stands for. Above a rate it is more than one."""
    last_sequence_number: str | None = None
    """The sequence number of the last of them. None for one record."""


def parse_results(data: bytes) -> Iterator[Result | None]:
    """Read the lines of a record of the results stream. None for a line that is no result."""
    for line in data.splitlines():
        if line.strip():
            try:
                yield _result(line.decode())
            except (ValueError, KeyError, TypeError, AttributeError):
                yield None


def parse_letters(data: bytes, key: str) -> Iterator[DeadLetter | None]:
    """Read the lines of a record of the dead-letter stream.

    None for a line that is no dead letter.
    """
    for number, line in enumerate(data.splitlines()):
        if line.strip():
            try:
                yield _letter(cast("Mapping[str, Any]", json.loads(line)), f"{key}/{number}")
            except (ValueError, KeyError, TypeError, AttributeError):
                yield None


def _result(line: str) -> Result:
    if _ARROW in line and not line.lstrip().startswith("{"):
        end, _, rest = line.partition(_ARROW)
        ticker, _, price = rest.rpartition(_STOCK_VALUE)
        return Result(ticker, _milliseconds(end), {"max_price": float(price)})
    given = cast("Mapping[str, Any]", json.loads(line))
    return Result(
        ticker=str(given["ticker"]),
        window_end=_milliseconds(given["window_end"]),
        measures=_measures(given),
        window_start=_milliseconds(given["window_start"]),
    )


def _measures(given: Mapping[str, Any]) -> dict[str, float]:
    """Read the measures of a result. An older version's result may lack a newer measure."""
    found = {each.name: each.kind for each in MEASURES if each.name in given or each is MEASURES[0]}
    return {name: _NUMBERS[kind](given[name]) for name, kind in found.items()}


def _letter(given: Mapping[str, Any], key: str) -> DeadLetter:
    payload, encoding = str(given["payload"]), str(given["payload_encoding"])
    return DeadLetter(
        key=key,
        reason=str(given["reason"]),
        payload=payload,
        encoding=encoding,
        size=int(given.get("payload_size") or _size(payload, encoding)),
        arrived=_milliseconds(given["arrival_time"]),
        shard=str(given["shard"]),
        sequence_number=str(given["sequence_number"]),
        records=int(given.get("records", 1)),
        last_sequence_number=given.get("last_sequence_number"),
    )


def _size(payload: str, encoding: str) -> int:
    if encoding == "base64":
        try:
            return len(base64.b64decode(payload))
        except binascii.Error:
            return len(payload)
    return len(payload.encode("utf-8", "surrogatepass"))


def _milliseconds(text: str) -> int:
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return round(instant.timestamp() * 1000)
