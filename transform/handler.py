"""Adds to each result two values that many readers would compute.

`price_range` is the highest price minus the lowest. `window_seconds` is the length of the window. A
record that is not a result is marked `ProcessingFailed`. Firehose stores it under its error prefix,
with the reason. Nothing is dropped.

The format is that of "Transform source data" in the Firehose developer guide. The answer has every
record under its id, with data in base64.
"""

import base64
import json
from datetime import datetime
from typing import Literal, TypedDict, cast


class Incoming(TypedDict):
    """A record from Firehose. It has other fields, which are not used."""

    recordId: str
    data: str


class Outgoing(TypedDict):
    """A record for Firehose."""

    recordId: str
    result: Literal["Ok", "ProcessingFailed"]
    data: str


class Event(TypedDict):
    """The input of the function."""

    records: list[Incoming]


class Answer(TypedDict):
    """The output of the function."""

    records: list[Outgoing]


def handle(event: Event, context: object) -> Answer:  # noqa: ARG001 -- Lambda's signature
    """Answer every record, in order."""
    return {"records": [_answer(record) for record in event["records"]]}


def _answer(record: Incoming) -> Outgoing:
    try:
        result = enrich(base64.b64decode(record["data"], validate=True))
    except (ArithmeticError, KeyError, RecursionError, TypeError, ValueError):
        identity, data = record["recordId"], record["data"]
        return {"recordId": identity, "result": "ProcessingFailed", "data": data}
    data = base64.b64encode(result).decode("ascii")
    return {"recordId": record["recordId"], "result": "Ok", "data": data}


def enrich(line: bytes) -> bytes:
    """Add the two fields to a JSON result and keep its newline.

    Raises `ValueError`, `KeyError` or `TypeError` if the line is not a result.
    """
    result = cast("dict[str, object]", json.loads(line))
    high, low = float(cast("float", result["max_price"])), float(cast("float", result["min_price"]))
    start, end = (datetime.fromisoformat(str(result[f"window_{end}"])) for end in ("start", "end"))
    added = {
        "price_range": round(high - low, 9),
        "window_seconds": round((end - start).total_seconds()),
    }
    return json.dumps(result | added, separators=(",", ":")).encode() + b"\n"
