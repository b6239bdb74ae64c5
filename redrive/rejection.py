"""A rejected record, and the line of an export that holds it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from oracle.verdict import REASONS
from terminal.answer import as_line

if TYPE_CHECKING:
    from oracle.dead_letters import DeadLetter
    from stack.reader import StreamRecord

ID: Final = re.compile(r"[A-Za-z0-9_.-]+/[0-9]+/[0-9a-f]{16}(?:/[0-9]+)?")
_DIGITS: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class LineError(ValueError):
    """A line can't be read. The text says what was given and what is expected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejection:
    """One record that counts in no window."""

    id: str
    """Shard, sequence number and the begin of the payload's SHA-256, with slashes between. The
    second of two equal records in one packed record ends with `/2`."""
    reason: str
    payload: bytes
    """The record, or its beginning if it is cut."""
    arrival_time: str
    shard: str
    sequence_number: str
    partition_key: str | None = None
    """None if the ingest stream no longer has the record."""
    size: int | None = None
    """Size of the whole record in bytes. None if the payload isn't cut."""

    def as_json(self) -> dict[str, object]:
        """Give the fields of the export's line. Bytes that aren't UTF-8 are base64."""
        try:
            payload, encoding = self.payload.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            payload, encoding = base64.b64encode(self.payload).decode(), "base64"
        return {
            "id": self.id,
            "reason": self.reason,
            "payload": payload,
            "payload_encoding": encoding,
            **({} if self.size is None else {"payload_size": self.size}),
            "arrival_time": self.arrival_time,
            "shard": self.shard,
            "sequence_number": self.sequence_number,
            "partition_key": self.partition_key,
        }

    def line(self) -> str:
        """Write the line of the export, without its end."""
        return as_line(self.as_json())


def of_record(record: StreamRecord, reason: str, copy: int = 1) -> Rejection:
    """Make the rejection of a record that was read from the ingest stream."""
    digest = hashlib.sha256(record.data).hexdigest()
    arrived = _EPOCH + timedelta(milliseconds=record.arrival)
    return Rejection(
        id=_id(record.shard, record.sequence_number, digest, copy),
        reason=reason,
        payload=record.data,
        arrival_time=arrived.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        shard=record.shard,
        sequence_number=record.sequence_number,
        partition_key=record.key,
    )


def of_letter(letter: DeadLetter) -> Rejection:
    """Make the rejection of a letter's own record, or of the first of its records."""
    shard, number, digest = letter.identity
    return Rejection(
        id=_id(shard, number, digest, 1),
        reason=letter.reason,
        payload=letter.payload,
        arrival_time=letter.arrival_time,
        shard=shard,
        sequence_number=number,
        size=letter.size if letter.size > len(letter.payload) else None,
    )


def read_line(text: str) -> Rejection:
    """Read a line of an export, also an edited one, or a dead letter for one record.

    The payload may also be a JSON object. Raises `LineError`.
    """
    try:
        value = cast("object", json.loads(text))
    except (ValueError, RecursionError) as error:
        message = f"not JSON ({error})"
        raise LineError(message) from error
    if not isinstance(value, dict):
        message = "not a JSON object; expected a line of `dead-letters export`"
        raise LineError(message)
    given = cast("Mapping[str, object]", value)
    if "records" in given:
        message = f"a letter for {given['records']} records; export it first: --from FILE"
        raise LineError(message)
    payload = _payload(given)
    shard, number = _text(given, "shard"), _text(given, "sequence_number")
    size, key = given.get("payload_size"), given.get("partition_key")
    digest = given.get("payload_sha256") or hashlib.sha256(payload).hexdigest()
    found = given.get("id", _id(shard, number, str(digest), 1))
    if not isinstance(found, str) or not ID.fullmatch(found):
        message = f"id: given {found!r}; expected the id of the export"
        raise LineError(message)
    reason = _text(given, "reason")
    if reason not in REASONS:
        message = f"reason: given {reason!r}; allowed: {', '.join(REASONS)}"
        raise LineError(message)
    return Rejection(
        id=found,
        reason=reason,
        payload=payload,
        arrival_time=_text(given, "arrival_time"),
        shard=shard,
        sequence_number=number,
        partition_key=key if isinstance(key, str) and key else None,
        size=size if isinstance(size, int) and size > len(payload) else None,
    )


def _id(shard: str, number: str, digest: str, copy: int) -> str:
    return f"{shard}/{number}/{digest[:_DIGITS]}" + (f"/{copy}" if copy > 1 else "")


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    if isinstance(value, str) and value:
        return value
    message = f"{name}: given {'nothing' if value is None else repr(value)}; expected a text"
    raise LineError(message)


def _payload(given: Mapping[str, object]) -> bytes:
    value, encoding = given.get("payload"), given.get("payload_encoding", "utf-8")
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if not isinstance(value, str) or encoding not in {"utf-8", "base64"}:
        message = "payload: expected a text or an object, with payload_encoding utf-8 or base64"
        raise LineError(message)
    try:
        if encoding == "utf-8":
            return value.encode("utf-8")
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        message = f"payload: not {encoding} ({error})"
        raise LineError(message) from error
