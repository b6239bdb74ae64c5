"""The result of a demo's run: as text for a person, and as one JSON object."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from local.demo.view import by_name

if TYPE_CHECKING:
    from local.live_recount import Arrival
    from oracle.report import Report


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The numbers of a run."""

    trades_sent: int
    trades_failed: int
    """Trades that the stream did not accept."""
    results: int
    """Each result counts once, even if it was written several times."""
    objects: int
    """Objects in S3 with results or dead letters."""
    undelivered: int
    """Results and dead letters that are in no object."""
    dead_letters: int
    """Each dead letter counts once, even if it was written several times."""
    windows_checked: int
    """Closed windows (of one ticker each) that were compared with the recount."""
    windows_open: int
    mismatches: int
    """Number of faults that the recount found. 0 proves that every result is right."""
    faults: Mapping[str, int]
    """The number of faults by kind."""
    late_by_idleness: int
    """Late trades whose only possible cause is an idle shard."""
    first_result_seconds: float | None
    """Time from the start of the command to the first result on its stream."""
    behind_p50_seconds: float | None
    """Time from a window's end to its result, for windows that ended while the job ran."""
    behind_p99_seconds: float | None
    job_version: str
    job_restarts: int

    @property
    def right(self) -> bool:
        """Whether all trades were accepted, counted correctly and stored."""
        return not (self.mismatches or self.undelivered or self.trades_failed)

    def as_json(self) -> dict[str, object]:
        """Give the outcome for programs."""
        return {"right": self.right, **asdict(self)}

    def lines(self) -> list[str]:
        """Write the outcome as text for a person."""
        behind = ""
        if self.behind_p50_seconds is not None:
            behind = f", {self.behind_p50_seconds} s behind (p99 {self.behind_p99_seconds} s)"
        delivered = f"{self.objects:,} objects in S3, {self.undelivered:,} records undelivered"
        late = f", {self.late_by_idleness:,} trades late by a silent shard"
        return [
            f"{self.trades_sent:,} trades sent, {self.trades_failed:,} not accepted",
            f"{self.results:,} results{behind}; {self.dead_letters:,} dead letters; {delivered}",
            (
                f"{self.windows_checked:,} windows recounted from the stream, "
                f"{self.windows_open:,} not closed yet{late if self.late_by_idleness else ''}"
            ),
            f"mismatches: {by_name(self.faults)}",
        ]


def judge_faults(report: Report) -> dict[str, int]:
    """Count a report's faults by kind."""
    return dict(Counter(fault.kind for fault in report.faults))


def measure_behind(arrivals: Iterable[Arrival], since: float) -> tuple[float | None, float | None]:
    """Give the median and the 99th percentile of the results' delays, in seconds.

    Windows that ended before `since` (seconds since the epoch) are left out, because the job did
    not run yet.
    """
    behind = sorted(each.behind for each in arrivals if each.result.key.end / 1000 >= since)
    if not behind:
        return None, None
    return round(statistics.median(behind), 2), round(_percentile(behind, 0.99), 2)


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Give the smallest value that is at least as large as this share of the values."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
