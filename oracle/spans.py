"""Dead letters that stand for many records: finds these records and checks the letters.

Such a letter is about all records of its shard, from its first sequence number to its last, with
the same reason and without a letter of their own. After a restart, the job can begin such a letter
at another record, or write a separate letter for one of the records.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from oracle.dead_letters import DeadLetter, find_difference
from oracle.verdict import Reason, Trade
from stack.reader import StreamRecord

Kind: TypeAlias = tuple[str, Reason]
"""Shard and reason."""

Place: TypeAlias = tuple[str, str, int]
"""Shard, sequence number and part of a record."""


class Rejected:
    """The records that must be dead letters, in the order of their shards."""

    def __init__(self, letters: Iterable[tuple[StreamRecord, Reason]]) -> None:
        """Take the records with their reasons."""
        self._records: defaultdict[Kind, list[StreamRecord]] = defaultdict(list)
        for record, reason in letters:
            self._records[record.shard, reason].append(record)
        self._numbers = {
            kind: [int(record.sequence_number) for record in records]
            for kind, records in self._records.items()
        }

    def within(self, letter: DeadLetter) -> Sequence[StreamRecord]:
        """Give the records of a letter's shard and reason that lie between its ends."""
        kind = letter.identity.shard, letter.reason
        numbers = self._numbers.get(kind, [])
        first, last = int(letter.identity.sequence_number), int(letter.last or 0)
        return self._records[kind][bisect_left(numbers, first) : bisect_right(numbers, last)]


def find_fault(
    letter: DeadLetter, records: Sequence[StreamRecord], has_own: Callable[[StreamRecord], bool]
) -> str | None:
    """Describe what is wrong in a letter for many. `records` are all those between its ends."""
    first = [each for each in records if each.sequence_number == letter.identity.sequence_number]
    if not first or records[-1].sequence_number != letter.last:
        return f"there is no record with reason {letter.reason} at one of its ends"
    differences = [find_difference(letter, record, letter.reason) for record in first]
    if all(differences):
        return differences[0]
    least = sum(not has_own(record) for record in records)
    if not least <= letter.records <= len(records):
        between = f"{len(records)} exist, {len(records) - least} of them with their own letter"
        return f"it stands for {letter.records} records, and {between}"
    return None


def choose_late(
    letters: Iterable[DeadLetter],
    judged: Sequence[tuple[StreamRecord, Trade | Reason]],
    certain: Rejected,
    has_own: Callable[[StreamRecord], bool],
    may_be_late: Callable[[StreamRecord], bool] = lambda _: True,
) -> Iterator[Place]:
    """Choose which trades of one shard were late by idleness, as letters for many report them.

    Such a letter has only their number. Event time never decreases, so this function chooses the
    trades that were furthest behind their arrival. A late record with its own letter is in the
    number only if a restarted job wrote the letter for many, which can't be seen. So beyond the
    number that is certain, only trades are chosen that `may_be_late` by idleness.
    """
    for letter in letters:
        late = certain.within(letter)
        most = letter.records - sum(not has_own(record) for record in late)
        least = letter.records - len(late)
        places = {record[:3] for record in late}
        first, last = int(letter.identity.sequence_number), int(letter.last or 0)
        others = [
            (record, verdict)
            for record, verdict in judged
            if isinstance(verdict, Trade)
            and record[:3] not in places
            and first <= int(record.sequence_number) <= last
        ]
        others.sort(key=lambda other: other[1].time - other[0].arrival)
        for number, (record, _) in enumerate(others[: max(0, most)]):
            if number < least or may_be_late(record):
                yield record[:3]
