"""What a run of the demo came to: for a person, and as the one JSON object at its end."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from local.demo.view import by_name

if TYPE_CHECKING:
    from local.watch import Arrival
    from oracle.recount import Report


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The numbers of a run."""

    trades_sent: int
    trades_failed: int
    """Trades that the stream did not accept."""
    results: int
    """Each once, however often it was put."""
    objects: int
    """Objects in S3, of results and dead letters."""
    undelivered: int
    """Results and dead letters that are in no object."""
    dead_letters: int
    """Each once, however often it was put."""
    windows_checked: int
    """Windows (of one ticker each) that had closed and were compared with the recount."""
    windows_open: int
    mismatches: int
    """All that the recount found wrong or missing; 0 is the proof."""
    faults: Mapping[str, int]
    """The same by kind."""
    late_by_idleness: int
    """Late trades that only a silent shard explains."""
    first_result_seconds: float | None
    """From the start of the command until a result was on its stream."""
    behind_p50_seconds: float | None
    """From a window's end to its result on the stream, for windows that ended while the job ran."""
    behind_p99_seconds: float | None
    job_version: str
    job_restarts: int

    @property
    def right(self) -> bool:
        """Whether all that was sent was accepted, rightly counted and stored."""
        return not (self.mismatches or self.undelivered or self.trades_failed)

    def as_json(self) -> str:
        """Write the outcome on one line."""
        return json.dumps({"right": self.right, **asdict(self)})

    def lines(self) -> list[str]:
        """Write it for a person."""
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
    """Give median and 99th percentile of how far behind the results came, in seconds.

    Windows that ended before `since` (seconds since the epoch) are left out: the job was not up.
    """
    behind = sorted(each.behind for each in arrivals if each.result.key.end / 1000 >= since)
    if not behind:
        return None, None
    return round(statistics.median(behind), 2), round(_percentile(behind, 0.99), 2)


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Give the smallest value that at least this share of the values don't exceed."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
