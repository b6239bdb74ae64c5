"""JSON objects of the operator's commands: alarms and streams."""

from collections.abc import Sequence
from typing import Literal

from terminal.answers.base import Answer


class AlarmAnswer(Answer):
    """An alarm of the stack."""

    name: str
    """Its name without the stack's prefix."""
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    person: bool
    """Whether it needs a person."""
    muted: bool
    since: str
    """Time of its last change of state, in ISO 8601, UTC."""


class AlarmsAnswer(Answer):
    """The alarms of the stack. Those that ring come first."""

    alarms: Sequence[AlarmAnswer]


class MuteAnswer(Answer):
    """The alarm that was muted or unmuted."""

    alarm: str
    muted: bool


class StreamRowAnswer(Answer):
    """A stream of the stack."""

    stream: Literal["ingest", "results", "dead-letter"]
    shards: int
    """Open shards."""
    retention_hours: int


class StreamsAnswer(Answer):
    """The streams of the stack."""

    streams: Sequence[StreamRowAnswer]


class StreamShardsAnswer(Answer):
    """The number of shards that was set."""

    stream: str
    shards: int


class RetentionAnswer(Answer):
    """The retention that was set."""

    stream: str
    retention_hours: int
