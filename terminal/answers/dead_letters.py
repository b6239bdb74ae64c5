"""JSON objects of the commands for dead letters."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from terminal.answers.base import Answer


class GroupsAnswer(Answer):
    """Dead letters by what `--by` names."""

    groups: Sequence[Mapping[str, Any]]
    """Each has `records`, `first_arrival`, `last_arrival` and the names that `--by` gave."""


class RecordAnswer(Answer):
    """One rejected record. A line of `dead-letters export` is the same."""

    id: str
    reason: str
    payload: str
    payload_encoding: Literal["utf-8", "base64"]
    payload_size: int | None = None
    """Size of the whole record in bytes, if the payload is cut."""
    arrival_time: str
    shard: str
    sequence_number: str
    partition_key: str | None


class RecordsAnswer(Answer):
    """Rejected records."""

    records: Sequence[RecordAnswer]


class ResendLineAnswer(Answer):
    """A line of an export."""

    line: int
    id: str
    reason: str
    why: str = ""


class ResendRunAnswer(Answer):
    """What was sent."""

    sent: Mapping[str, str]
    """The place of each record by its id."""
    not_sent: Mapping[str, str]
    """The error of each record by its id."""
    perhaps_sent: Sequence[str]
    error: str | None


class ResendAnswer(Answer):
    """What became of each line of an export."""

    stream: str
    file: str
    counts: Mapping[str, Mapping[str, int]]
    """Lines by what becomes of them and by reason."""
    lines: Mapping[str, Sequence[ResendLineAnswer]]
    """The lines by what becomes of them."""
    run: ResendRunAnswer | None
    """Null in a dry run, or if there was nothing to send."""
