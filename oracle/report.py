"""What a recount has found: the kinds of faults, each fault, and the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from oracle.verdict import Reason

if TYPE_CHECKING:
    from oracle.dead_letters import DeadLetter
    from stack.reader import StreamRecord

FaultKind = Literal[
    "wrong_result",
    "missing_result",
    "extra_result",
    "disagreeing_results",
    "malformed_result",
    "wrong_dead_letter",
    "missing_dead_letter",
    "unexpected_dead_letter",
    "disagreeing_dead_letters",
    "malformed_dead_letter",
    "unexplained_late",
]


class Fault(NamedTuple):
    """One fault of the job, with a text of one line."""

    kind: FaultKind
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The outcome of a recount."""

    records: int
    """Number of records on the ingest stream. The parts of a packed record count separately."""
    counted: int
    """Number of trades that count in their windows. All other records are dead letters."""
    dead_letters: Mapping[Reason, int]
    """Number of records that must be dead letters, by reason. `late` includes those by idleness."""
    late_by_idleness: int
    """Number of trades that are late only because a shard was idle. They count in no window."""
    windows_checked: int
    """Number of windows that were required or present, and were compared. Each has one ticker."""
    windows_open: int
    """Number of windows with trades that event time need not have closed yet."""
    repeated_results: int
    repeated_dead_letters: int
    faults: tuple[Fault, ...]

    @property
    def mismatches(self) -> int:
        """Count the faults. 0 means that the job is right."""
        return len(self.faults)

    def count(self, kind: FaultKind) -> int:
        """Count the faults of one kind."""
        return sum(fault.kind == kind for fault in self.faults)

    def diff(self, limit: int = 10) -> list[str]:
        """Give a line for each of the first faults, and a line with the number of each kind."""
        if not self.faults:
            return []
        kinds = Counter(fault.kind for fault in self.faults)
        lines = [f"{kind}: {text}" for kind, text in self.faults[:limit]]
        return [*lines, ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())]


def show_record(record: StreamRecord) -> str:
    """Name a record and show its beginning."""
    return f"{record.shard} {record.sequence_number}/{record.part} {record.data[:100]!r}"


def show_letter(letter: DeadLetter) -> str:
    """Name a dead letter and show the beginning of its payload."""
    place = f"{letter.identity.shard} {letter.identity.sequence_number}"
    return f"{letter.reason}: {place} {letter.payload[:100]!r}"
