"""The mark of a record that is sent again: the field `resent_from`, which the job ignores.

It holds the id of the rejected record. A record that is rejected again carries it into its dead
letter, so that nobody sends it in a loop. It also shows which records of the stream were sent
again, if a run was interrupted.
"""

from __future__ import annotations

import json
from typing import Final, cast

MARK: Final = "resent_from"
_INSIDE: Final = f'"{MARK}"'.encode()


def mark_of(data: bytes) -> str | None:
    """Give the mark of a record. None if it has none."""
    if _INSIDE not in data:  # parsing every record of a stream would take long
        return None
    try:
        value = cast("object", json.loads(data))
    except (ValueError, RecursionError):
        return None
    mark = cast("dict[str, object]", value).get(MARK) if isinstance(value, dict) else None
    return None if mark is None else str(mark)


def add_mark(data: bytes, origin: str) -> bytes:
    """Add the mark to a JSON object with at least one field. Every other byte stays.

    An older mark is replaced. Then the object is written anew.
    """
    if mark_of(data) is not None:
        value = cast("dict[str, object]", json.loads(data))
        return json.dumps({**value, MARK: origin}, ensure_ascii=False).encode()
    body = data.rstrip(b" \t\r\n")
    return body[:-1] + f',"{MARK}":{json.dumps(origin)}}}'.encode()
