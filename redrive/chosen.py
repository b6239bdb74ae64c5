"""Which dead letters a command is about: by reason, by time, by the producer's key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from oracle.dead_letters import DeadLetter
from oracle.verdict import REASONS, parse_time
from redrive.rejection import Rejection
from simulator.errors import OptionError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the options choose. Raises `OptionError` for an unknown reason."""

    reasons: Collection[str] = ()
    """Empty: every reason."""
    since: datetime | None = None
    until: datetime | None = None
    """The arrival of the record: from `since` on, and before `until`."""
    keys: Collection[str] = field(default_factory=frozenset[str])
    """Partition keys. Empty: every key, also an unknown one."""

    def __post_init__(self) -> None:
        """Check the reasons."""
        for reason in self.reasons:
            if reason not in REASONS:
                raise OptionError(
                    option="--reason", given=repr(reason), allowed=f"one of {', '.join(REASONS)}"
                )

    def has(self, item: DeadLetter | Rejection) -> bool:
        """Tell whether a letter or a rejection has one of the reasons and times."""
        if self.reasons and item.reason not in self.reasons:
            return False
        arrived = arrival_of(item.arrival_time)
        early = self.since is not None and arrived < self.since
        return not early and (self.until is None or arrived < self.until)

    def has_key(self, rejection: Rejection) -> bool:
        """Tell whether a rejection has one of the keys."""
        return not self.keys or rejection.partition_key in self.keys


def arrival_of(written: str) -> datetime:
    """Give an arrival time. A text that is no time counts as 1970."""
    return _EPOCH + timedelta(milliseconds=parse_time(written) or 0)


def moment(option: str, given: str | None) -> datetime | None:
    """Read an option's time: ISO 8601, or a time before now such as `90m`, `6h` or `2d`.

    Raises `OptionError`.
    """
    if given is None:
        return None
    unit = {"m": "minutes", "h": "hours", "d": "days"}.get(given[-1:])
    if unit and given[:-1].isascii() and given[:-1].isdigit() and len(given) < 6:  # noqa: PLR2004 -- no overflow
        return datetime.now(UTC) - timedelta(**{unit: int(given[:-1])})
    try:
        found = datetime.fromisoformat(given)
    except ValueError as error:
        allowed = "an ISO 8601 time such as 2026-01-31T09:30:00Z, or such as 90m, 6h or 2d ago"
        raise OptionError(option, repr(given), allowed) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
