"""Dead letters: reading them from their stream, and comparing them with their records."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from job.fields import DEAD_LETTER, Kind
from oracle.verdict import REASONS, Reason

if TYPE_CHECKING:
    from stack.reader import StreamRecord

CUT_ABOVE: Final = 256 * 1024
"""Size of a payload, in bytes as JSON or base64, up to which a dead letter must hold all of it."""

EXAMPLE_CUT_ABOVE: Final = 4 * 1024
"""The same for a dead letter for many records, which holds the first of them as an example."""

_KINDS: Final = {field.name: field.kind for field in DEAD_LETTER}
_TOGETHER: Final = [
    {field.name for field in DEAD_LETTER if field.only == condition}
    for condition in {field.only for field in DEAD_LETTER}
]
"""Groups of fields. A letter has either all fields of a group or none of them."""
_ALWAYS: Final = {field.name for field in DEAD_LETTER if field.only is None}
_TYPES: Final = {Kind.TEXT: str, Kind.TIME: str, Kind.COUNT: int}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Identity(NamedTuple):
    """The record that a dead letter is about.

    Records that were packed together have the same sequence number. Their payloads distinguish
    them. Two equal payloads in one packed record have the same identity.
    """

    shard: str
    sequence_number: str
    sha256: str


class DeadLetter(NamedTuple):
    """One record of the dead-letter stream. It is about one record or about many."""

    identity: Identity
    reason: Reason
    encoding: str
    arrival_time: str
    payload: bytes
    """The whole record, or its beginning if it was cut."""
    size: int
    """Size of the whole record in bytes, as stated in the dead letter."""
    records: int = 1
    """Number of records that the letter stands for."""
    last: str | None = None
    """Sequence number of the last of them. None if the letter is about one record."""


class MalformedLetterError(ValueError):
    """A record on the dead-letter stream is not a dead letter. The text says why."""

    def __init__(self, why: str, data: bytes) -> None:
        """Make the text from `why` and the beginning of `data`."""
        super().__init__(f"{why}: {data[:200]!r}")


def identify(record: StreamRecord) -> Identity:
    """Give the identity that a dead letter for this record must have."""
    return Identity(record.shard, record.sequence_number, hashlib.sha256(record.data).hexdigest())


def parse_letter(data: bytes) -> DeadLetter:
    """Read a record of the dead-letter stream. Raises `MalformedLetterError`."""
    try:
        fields = cast("object", json.loads(data.decode("utf-8")))
    except ValueError as error:
        msg = "not JSON"
        raise MalformedLetterError(msg, data) from error
    letter = _read(cast("dict[str, object]", fields)) if isinstance(fields, dict) else None
    if letter is None or not data.endswith(b"}\n"):
        msg = "not a dead letter"
        raise MalformedLetterError(msg, data)
    return letter


def find_difference(letter: DeadLetter, record: StreamRecord, reason: Reason) -> str | None:
    """Describe the differences between a dead letter and its record. None if there are none."""
    data, arrival = record.data, _EPOCH + timedelta(milliseconds=record.arrival)
    arrived = arrival.strftime("%Y-%m-%dT%H:%M:%S.") + f"{record.arrival % 1000:03d}Z"
    wrong: list[str] = []
    if letter.reason != reason:
        wrong.append(f"reason {letter.reason}, expected {reason}")
    if letter.arrival_time != arrived:
        wrong.append(f"arrival_time {letter.arrival_time}, expected {arrived}")
    if (letter.encoding == "utf-8") != _is_text(data):
        wrong.append(f"payload_encoding {letter.encoding}")
    if letter.size != len(data) or not data.startswith(letter.payload):
        wrong.append(f"payload of {letter.size} bytes differs from the record's {len(data)}")
    elif len(letter.payload) < len(data) and not (letter.payload and _may_be_cut(letter, data)):
        wrong.append(f"payload cut to {len(letter.payload)} of {len(data)} bytes")
    return "; ".join(wrong) or None


def _read(fields: dict[str, object]) -> DeadLetter | None:
    if not fields.keys() >= _ALWAYS or not fields.keys() <= _KINDS.keys():
        return None
    if any(len(fields.keys() & group) not in {0, len(group)} for group in _TOGETHER):
        return None
    if any(type(value) is not _TYPES[_KINDS[name]] for name, value in fields.items()):
        return None
    texts = cast("dict[str, str]", fields)
    reason, encoding = texts["reason"], texts["payload_encoding"]
    payload = _decode(texts["payload"], encoding)
    records, last = cast("int", fields.get("records", 1)), texts.get("last_sequence_number")
    if reason not in REASONS or payload is None:
        return None
    if records < 1 or not _is_span(texts["sequence_number"], last):
        return None
    size = cast("int", fields.get("payload_size", len(payload)))
    sha256 = texts.get("payload_sha256") or hashlib.sha256(payload).hexdigest()
    identity = Identity(texts["shard"], texts["sequence_number"], sha256)
    return DeadLetter(
        identity, reason, encoding, texts["arrival_time"], payload, size, records, last
    )


def _decode(payload: str, encoding: str) -> bytes | None:
    try:
        if encoding == "utf-8":
            return payload.encode("utf-8")
        return base64.b64decode(payload, validate=True) if encoding == "base64" else None
    except ValueError:
        return None


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_span(first: str, last: str | None) -> bool:
    return last is None or (first.isdigit() and last.isdigit() and int(first) <= int(last))


def _may_be_cut(letter: DeadLetter, data: bytes) -> bool:
    most = CUT_ABOVE if letter.last is None else EXAMPLE_CUT_ABOVE
    return len(data) > most or len(json.dumps(data.decode("utf-8", "replace"))) > most
