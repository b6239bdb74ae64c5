"""Adds to each result what a reader would compute again and again.

`price_range`: the highest price less the lowest; `window_seconds`: the window's length. A record
that is no result is marked `ProcessingFailed`: Firehose stores it under its error prefix, with the
reason, and nothing is dropped.

Contract: "Transform source data" in the Firehose developer guide. Every record is answered under
its id, with data in base64.
"""

import base64
import json
from datetime import datetime
from typing import Literal, TypedDict, cast


class Incoming(TypedDict):
    """A record as Firehose gives it; it holds more, of which nothing is needed."""

    recordId: str
    data: str


class Outgoing(TypedDict):
    """A record as Firehose takes it back."""

    recordId: str
    result: Literal["Ok", "ProcessingFailed"]
    data: str


class Event(TypedDict):
    """What the function is called with."""

    records: list[Incoming]


class Answer(TypedDict):
    """What it gives back."""

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
    """Add the two fields to a JSON result; the newline stays.

    Raises `ValueError`, `KeyError` or `TypeError` where the line is no result.
    """
    result = cast("dict[str, object]", json.loads(line))
    high, low = float(cast("float", result["max_price"])), float(cast("float", result["min_price"]))
    start, end = (datetime.fromisoformat(str(result[f"window_{end}"])) for end in ("start", "end"))
    added = {
        "price_range": round(high - low, 9),
        "window_seconds": round((end - start).total_seconds()),
    }
    return json.dumps(result | added, separators=(",", ":")).encode() + b"\n"
