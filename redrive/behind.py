"""The records behind dead letters, read again from the ingest stream while it has them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from common.words import counted
from oracle.dead_letters import DeadLetter, identify
from oracle.find import find_records, read_numbers
from redrive.rejection import Rejection, of_letter, of_record

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

    from oracle.spans import Place
    from oracle.verdict import Rules
    from stack.reader import StreamRecord


class Missing(NamedTuple):
    """Records of one letter for many that were not found."""

    letter: DeadLetter
    records: int
    """How many they are."""
    first_kept: str | None
    """Sequence number of the first record that was found in the stream."""

    def __str__(self) -> str:
        """Say which they are."""
        letter = self.letter
        place = f"{letter.identity.shard}, {letter.identity.sequence_number} to {letter.last}"
        rest = f"; the first one there is {self.first_kept}" if self.first_kept else ""
        return (
            f"{place}: {self.records} of {counted(letter.records, 'record')} ({letter.reason}) "
            f"were not found; a stream keeps a record for its retention time only{rest}"
        )


@dataclass(slots=True)
class Behind:
    """Every record that some letters are about, each once."""

    found: list[Rejection] = field(default_factory=list[Rejection])
    missing: list[Missing] = field(default_factory=list[Missing])


class RecordFinder:
    """Finds the records behind letters. Reads the ingest stream."""

    def __init__(self, client: KinesisClient, stream: str, rules: Callable[[], Rules]) -> None:
        """Take the ingest stream, and what gives the job's rules.

        The rules are asked for once, and only if a letter stands for many records.
        """
        self._client = client
        self._stream = stream
        self._rules = cache(rules)

    def find(self, letters: Iterable[DeadLetter]) -> Behind:
        """Find the records. A letter that came twice counts once.

        A record that is no longer in the stream is taken from its letter. Raises botocore's errors.
        """
        by_shard: defaultdict[str, list[DeadLetter]] = defaultdict(list)
        for letter in dict.fromkeys(letters):
            by_shard[letter.identity.shard].append(letter)
        behind = Behind()
        present = self._shards() if by_shard else set[str]()
        for shard, own in sorted(by_shard.items()):
            own.sort(key=lambda letter: int(letter.identity.sequence_number))
            self._find_in(shard, own, behind, there=shard in present)
        return behind

    def _shards(self) -> set[str]:
        pages = self._client.get_paginator("list_shards").paginate(StreamName=self._stream)
        return {shard["ShardId"] for page in pages for shard in page["Shards"]}

    def _many(self, letter: DeadLetter) -> list[StreamRecord]:
        return find_records(self._client, self._stream, letter, self._rules())

    def _find_in(
        self, shard: str, letters: Sequence[DeadLetter], behind: Behind, *, there: bool
    ) -> None:
        found = _Found(behind.found)
        single = {letter.identity: letter for letter in letters if letter.last is None}
        numbers = {identity.sequence_number for identity in single}
        if there:
            for record in read_numbers(self._client, self._stream, shard, numbers):
                if letter := single.get(identify(record)):
                    found.add(record, letter.reason)
        for letter in single.values():
            found.add_gone(letter)
        for letter in letters:
            if letter.last is None:
                continue
            records = (
                find_records(self._client, self._stream, letter, self._rules()) if there else []
            )
            for record in records:
                found.add(record, letter.reason)
            kept = len(records) + found.add_gone(letter)
            if kept < letter.records:
                first = records[0].sequence_number if records else None
                behind.missing.append(Missing(letter, letter.records - kept, first))


class _Found:
    """The rejections of one shard, each once. After a restart, two letters can be about one."""

    def __init__(self, into: list[Rejection]) -> None:
        self._into = into
        self._seen: set[Place] = set()
        self._copies: Counter[str] = Counter()

    def add(self, record: StreamRecord, reason: str) -> None:
        """Add a record of the stream. Equal records of one packed record get different ids."""
        if record[:3] in self._seen:
            return
        self._seen.add(record[:3])
        plain = of_record(record, reason)
        self._copies[plain.id] += 1
        self._into.append(of_record(record, reason, self._copies[plain.id]))

    def add_gone(self, letter: DeadLetter) -> bool:
        """Add the record that a letter holds, if it wasn't found. Tell whether it was added."""
        rejection = of_letter(letter)
        if self._copies[rejection.id]:
            return False
        self._copies[rejection.id] += 1
        self._into.append(rejection)
        return True
