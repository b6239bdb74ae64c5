"""What `list` and `show` print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.table import Table
from rich.text import Text

from job.fields import REASONS
from oracle.dead_letters import DeadLetter
from redrive.mark import MARK, mark_of
from redrive.rejection import Rejection
from simulator.errors import OptionError

SHOWN_BYTES: Final = 2_000
"""Most bytes of a payload that `show` prints."""

UNKNOWN: Final = "(not in the ingest stream)"

Counted = DeadLetter | Rejection

_VALUES: Final[Mapping[str, Callable[[Counted], str]]] = {
    "reason": lambda item: item.reason,
    "minute": lambda item: item.arrival_time[:16] + "Z",
    "hour": lambda item: item.arrival_time[:13] + ":00Z",
    "key": lambda item: getattr(item, "partition_key", None) or UNKNOWN,
}


@dataclass(slots=True)
class Group:
    """The dead letters with the same values."""

    values: tuple[str, ...]
    records: int = 0
    first: str = ""
    last: str = ""
    """Arrival of the first and the last record."""
    example: bytes = b""
    """Payload of the first record."""


def check_by(by: Iterable[str]) -> None:
    """Raise `OptionError` for an unknown value of `--by`."""
    for name in by:
        if name not in _VALUES:
            raise OptionError(option="--by", given=repr(name), allowed=", ".join(_VALUES))


def group(items: Iterable[Counted], by: Sequence[str]) -> list[Group]:
    """Count records by their values, those with the most records first."""
    found: dict[tuple[str, ...], Group] = {}
    for item in items:
        values = tuple(_VALUES[one](item) for one in by)
        one = found.setdefault(values, Group(values))
        one.records += item.records if isinstance(item, DeadLetter) else 1
        if not one.first or item.arrival_time < one.first:
            one.first, one.example = item.arrival_time, item.payload
        one.last = max(one.last, item.arrival_time)
    return sorted(found.values(), key=lambda one: (-one.records, one.values))


def groups_table(groups: Sequence[Group], by: Sequence[str]) -> Table:
    """Give the counts as a table."""
    records = sum(one.records for one in groups)
    table = Table(title=f"Dead letters: {records:,} records", title_justify="left")
    for name in by:
        table.add_column(name, no_wrap=name != "key", overflow="fold")
    table.add_column("records", justify="right", no_wrap=True)
    for name in ("first arrival", "last arrival", "example"):
        table.add_column(name)
    for one in groups:
        text = one.example[:120].decode("utf-8", "backslashreplace").replace("\n", "\\n")
        # Only the cell is kept on one line. A column of that kind would take the others' width.
        example = Text(text, no_wrap=True, overflow="ellipsis")
        arrivals = (_seconds(one.first), _seconds(one.last))
        table.add_row(*one.values, f"{one.records:,}", *arrivals, example)
    return table


def _seconds(arrival: str) -> str:
    """Give a time to the second, with a blank at which a narrow table can break it."""
    return f"{arrival[:19]}Z".replace("T", " ")


def groups_json(groups: Iterable[Group], by: Sequence[str]) -> list[dict[str, object]]:
    """Give the counts as plain values."""
    return [
        {
            **dict(zip(by, one.values, strict=True)),
            "records": one.records,
            "first_arrival": one.first,
            "last_arrival": one.last,
        }
        for one in groups
    ]


def describe(rejection: Rejection) -> str:
    """Describe one record in several lines."""
    size = len(rejection.payload)
    shown = rejection.payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    whole = rejection.size or size
    more = "" if whole <= SHOWN_BYTES else f" (of {whole:,} bytes, the first {SHOWN_BYTES:,})"
    mark = mark_of(rejection.payload)
    lines = {
        "reason": f"{rejection.reason}: {REASONS[rejection.reason]}",
        "arrived": rejection.arrival_time,
        "key": rejection.partition_key or UNKNOWN,
        **({MARK: mark} if mark else {}),
        "payload": shown.rstrip("\n") + more,
    }
    return "\n".join([rejection.id, *(f"  {name}: {text}" for name, text in lines.items())])
