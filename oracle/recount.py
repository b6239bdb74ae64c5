"""The check that the job is right: a recount of everything in its streams.

`Oracle` takes the records of the three streams, in portions of any size, and recomputes every
verdict and every window. It uses only the job's rules.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oracle.dead_letters import (
    DeadLetter,
    Identity,
    MalformedLetterError,
    find_difference,
    identify,
    parse_letter,
)
from oracle.lateness import ShardHistory, follow, greatest_watermark, is_explained, least_watermark
from oracle.report import Fault, FaultKind, Report, show_letter, show_record
from oracle.spans import Place, Rejected, choose_late, find_fault
from oracle.verdict import Reason, Rules, Trade, judge
from oracle.windows import (
    Key,
    MalformedResultError,
    Result,
    find_mistake,
    gather,
    is_same,
    parse_result,
    write_time,
)

if TYPE_CHECKING:
    from stack.reader import StreamRecord


@dataclass(slots=True)
class _Read:
    """The job's outputs, the first one for each identity or key, and the faults found in them."""

    letters: dict[Identity, DeadLetter] = field(default_factory=dict[Identity, DeadLetter])
    spans: set[DeadLetter] = field(default_factory=set[DeadLetter])
    """Letters that stand for many records."""
    results: dict[Key, Result] = field(default_factory=dict[Key, Result])
    repeated_letters: int = 0
    repeated_results: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])


class Oracle:
    """Recounts what was read. Each `add_…` method takes records in the order of their shards."""

    def __init__(self, rules: Rules) -> None:
        """Begin without records, with the job's `rules`."""
        self._rules = rules
        self._judged: defaultdict[str, list[tuple[StreamRecord, Trade | Reason]]] = defaultdict(
            list
        )
        self._read = _Read()

    def add_shards(self, shards: Iterable[str]) -> None:
        """Take the ingest stream's shards, because a shard without records can delay event time."""
        for shard in shards:
            self._judged[shard]

    def add_trades(self, records: Iterable[StreamRecord]) -> None:
        """Take records of the ingest stream."""
        for record in records:
            verdict = judge(record.data, record.arrival, self._rules)
            self._judged[record.shard].append((record, verdict))

    def add_results(self, records: Iterable[StreamRecord]) -> list[Result]:
        """Take records of the results stream, and give those not seen before."""
        found: list[Result] = []
        for record in records:
            try:
                result = parse_result(record.data, self._rules)
            except MalformedResultError as error:
                self._note("malformed_result", str(error))
                continue
            known = self._read.results.setdefault(result.key, result)
            if known is result:
                found.append(result)
                continue
            self._read.repeated_results += 1
            if not is_same(known, result):
                self._note("disagreeing_results", f"{result.key}: {known} and {result}")
        return found

    def add_dead_letters(self, records: Iterable[StreamRecord]) -> list[DeadLetter]:
        """Take records of the dead-letter stream, and give those not seen before."""
        found: list[DeadLetter] = []
        for record in records:
            try:
                letter = parse_letter(record.data)
            except MalformedLetterError as error:
                self._note("malformed_dead_letter", str(error))
                continue
            if self._is_new(letter):
                found.append(letter)
            else:
                self._read.repeated_letters += 1
        return found

    def _is_new(self, letter: DeadLetter) -> bool:
        if letter.last is not None:
            known = letter in self._read.spans
            self._read.spans.add(letter)
            return not known
        first = self._read.letters.setdefault(letter.identity, letter)
        if first != letter:
            self._note("disagreeing_dead_letters", f"{first} and {letter}")
        return first is letter

    def report(self) -> Report:
        """Recount all records taken so far."""
        histories = self._follow()
        counted: dict[Key, list[Trade]] = {}
        for history in histories:
            gather(history.accepted, self._rules, counted)
        least = least_watermark(histories, self._rules)
        due = {key for key in counted if least is not None and key.end - 1 <= least}
        present = counted.keys() & self._read.results.keys()
        faults = [
            *self._read.faults,
            *self._check_results(counted, due, greatest_watermark(histories, self._rules)),
            *self._check_letters(histories),
            *_check_idleness(histories, self._rules),
        ]
        return Report(
            records=sum(map(len, self._judged.values())),
            counted=sum(len(history.accepted) for history in histories),
            dead_letters=Counter(reason for each in histories for _, reason in each.letters),
            late_by_idleness=sum(len(history.suspects) for history in histories),
            windows_checked=len(due | present),
            windows_open=len(counted.keys() - due - present),
            repeated_results=self._read.repeated_results,
            repeated_dead_letters=self._read.repeated_letters,
            faults=tuple(faults),
        )

    def _note(self, kind: FaultKind, text: str) -> None:
        self._read.faults.append(Fault(kind, text))

    def _follow(self) -> list[ShardHistory]:
        said = self._reported_late()
        histories = {
            shard: follow(judged, said, self._rules) for shard, judged in self._judged.items()
        }
        late = [span for span in self._read.spans if span.reason == "late"]
        if not late:
            return list(histories.values())
        certain = Rejected(letter for each in histories.values() for letter in each.letters)
        chosen: set[Place] = set()
        for shard in {span.identity.shard for span in late} & histories.keys():
            spans = [span for span in late if span.identity.shard == shard]
            explained = self._explained(shard, spans, said, histories)
            chosen.update(
                choose_late(
                    spans,
                    self._judged[shard],
                    certain,
                    self._has_own,
                    lambda record, explained=explained: record[:3] in explained,
                )
            )
        return [
            follow(judged, lambda record: said(record) or record[:3] in chosen, self._rules)
            for judged in self._judged.values()
        ]

    def _explained(
        self,
        shard: str,
        spans: Iterable[DeadLetter],
        said: Callable[[StreamRecord], bool],
        histories: Mapping[str, ShardHistory],
    ) -> set[Place]:
        """Find the accepted trades between the ends of letters that idleness can explain."""
        ends = [(int(span.identity.sequence_number), int(span.last or 0)) for span in spans]

        def watch(record: StreamRecord) -> bool:
            return any(first <= int(record.sequence_number) <= last for first, last in ends)

        watched = follow(self._judged[shard], said, self._rules, watch).watched
        others = [history for other, history in histories.items() if other != shard]
        return {each.record[:3] for each in watched if is_explained(each, others, self._rules)}

    def _has_own(self, record: StreamRecord) -> bool:
        return identify(record) in self._read.letters

    def _reported_late(self) -> Callable[[StreamRecord], bool]:
        letters = self._read.letters.values()
        late = {letter.identity for letter in letters if letter.reason == "late"}
        places = {(identity.shard, identity.sequence_number) for identity in late}
        return lambda record: record[:2] in places and identify(record) in late

    def _check_results(
        self, counted: Mapping[Key, list[Trade]], due: Collection[Key], greatest: int | None
    ) -> Iterator[Fault]:
        for key in sorted(due, key=lambda key: (key.end, key.ticker)):
            if key not in self._read.results:
                yield Fault("missing_result", f"{key}: {len(counted[key])} trades")
        for key, result in self._read.results.items():
            trades = counted.get(key)
            if trades is None:
                yield Fault("extra_result", f"{key}: no trade belongs to it, but there is {result}")
            elif greatest is None or key.end - 1 > greatest:
                reached = "has not begun" if greatest is None else f"is {write_time(greatest)}"
                yield Fault("extra_result", f"{key}: event time {reached}")
            elif mistake := find_mistake(result, trades):
                yield Fault("wrong_result", f"{key}: {mistake}")

    def _check_letters(self, histories: Iterable[ShardHistory]) -> Iterator[Fault]:
        rejected = [letter for each in histories for letter in each.letters]
        covered: set[Place] = set()
        by_kind = Rejected(rejected)
        for span in sorted(self._read.spans, key=lambda span: span.identity):
            records = by_kind.within(span)
            covered.update(record[:3] for record in records)
            if fault := find_fault(span, records, self._has_own):
                yield Fault("wrong_dead_letter", f"{show_letter(span)}: {fault}")
        unexpected = dict(self._read.letters)
        for record, reason in rejected:
            identity = identify(record)
            letter = self._read.letters.get(identity)
            unexpected.pop(identity, None)
            if letter is None:
                if record[:3] not in covered:
                    yield Fault("missing_dead_letter", f"{reason}: {show_record(record)}")
            elif difference := find_difference(letter, record, reason):
                yield Fault("wrong_dead_letter", f"{show_record(record)}: {difference}")
        for letter in unexpected.values():
            yield Fault("unexpected_dead_letter", show_letter(letter))


def _check_idleness(histories: list[ShardHistory], rules: Rules) -> Iterator[Fault]:
    for history in histories:
        others = [other for other in histories if other is not history]
        for suspect in history.suspects:
            if not is_explained(suspect, others, rules):
                yield Fault("unexplained_late", show_record(suspect.record))
