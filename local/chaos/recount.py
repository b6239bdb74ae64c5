"""The recount of a round: everything that was accepted, counted, rejected and stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oracle.recount import Oracle
from oracle.report import Fault
from oracle.sink import Delivery
from stack.outputs import Outputs
from stack.reader import StreamReader, StreamRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.chaos.load import Accepted
    from oracle.verdict import Rules


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The outcome of one recount. The numbers are of the round only."""

    accepted: int
    """Kinesis records that the stream acknowledged."""
    records: int
    """Records on the ingest stream. Each record in a packed one counts."""
    windows: int
    """Windows of one ticker that were compared with the results."""
    open: int
    """Windows that event time need not have closed yet. The next round recounts them."""
    letters: int
    """Records that had to be dead letters, and were compared with the letters."""
    repeated: int
    """Results and dead letters that came more than once, with the same content."""
    undelivered: int
    """Results and dead letters that are in no object of the sink."""
    findings: Sequence[str]
    """What is wrong, missing or lost, one line each."""

    @property
    def right(self) -> bool:
        """Whether everything that was accepted is counted, and nothing is wrong or missing."""
        return bool(self.windows) and not self.findings and not self.undelivered


class Recount:
    """Reads the streams of a stack and its sink from the beginning, and recounts round by round.

    A round's trades are judged together with all earlier ones, because event time never begins
    anew. A finding belongs to the round in which it is new.
    """

    def __init__(self, client: Callable[[str], object], outputs: Path, rules: Rules) -> None:
        """Read the streams in the outputs. `client` gives a client of a service."""
        names = Outputs.of_file(outputs)
        kinesis, s3 = client("kinesis"), client("s3")
        self._ingest, self._results, self._letters = (
            StreamReader(kinesis, name)  # pyright: ignore[reportArgumentType] -- boto3's clients have no types
            for name in (names.ingest_stream, names.results_stream, names.dead_letter_stream)
        )
        self._delivery = Delivery(s3, names.sink_bucket or "")  # pyright: ignore[reportArgumentType] -- as above
        self._oracle = Oracle(rules)
        self._present: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
        self._put: list[bytes] = []
        self._before = Counts(
            accepted=0,
            records=0,
            windows=0,
            open=0,
            letters=0,
            repeated=0,
            undelivered=0,
            findings=(),
        )
        self._known: set[Fault] = set()
        self._total, self._faults = self._before, self._known

    def check(self, accepted: Iterable[Accepted]) -> Counts:
        """Read everything that is new, and recount. Call `end_round` when the round is over."""
        self._take()
        self._delivery.poll()
        self._oracle.add_shards(self._ingest.shards)
        report = self._oracle.report()
        self._faults = set(report.faults)
        missing = self._delivery.count_missing(self._put) + self._delivery.failed
        acknowledged = list(accepted)
        lost = [
            f"lost_record: acknowledged as {each.shard} {each.sequence_number}, but not there"
            for each in acknowledged
            if tuple(self._present.get(each[:2], ())) != each.parts
        ]
        new = [fault for fault in report.faults if fault not in self._known]
        before = self._before
        self._total = Counts(
            accepted=0,
            records=report.records,
            windows=report.windows_checked,
            open=report.windows_open,
            letters=sum(report.dead_letters.values()),
            repeated=report.repeated_results + report.repeated_dead_letters,
            undelivered=missing,
            findings=(),
        )
        return Counts(
            accepted=len(acknowledged),
            records=report.records - before.records,
            windows=report.windows_checked - before.windows,
            open=report.windows_open,
            letters=self._total.letters - before.letters,
            repeated=self._total.repeated - before.repeated,
            undelivered=missing - before.undelivered,
            findings=[*lost, *(f"{fault.kind}: {fault.text}" for fault in new)],
        )

    def end_round(self) -> None:
        """Count from here. What was found so far isn't found again."""
        self._before = self._total
        self._known = self._known | self._faults
        self._present.clear()

    def _take(self) -> None:
        # Trades are read first, so that no result is read before its trades.
        trades, results, letters = (
            reader.read_all() for reader in (self._ingest, self._results, self._letters)
        )
        self._note(trades)
        self._oracle.add_trades(trades)
        self._oracle.add_results(results)
        self._oracle.add_dead_letters(letters)
        self._put += [record.data for record in (*results, *letters)]

    def _note(self, trades: Iterable[StreamRecord]) -> None:
        for record in trades:
            self._present[record.shard, record.sequence_number].append(record.data)
