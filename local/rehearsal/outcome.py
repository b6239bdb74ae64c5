"""The result of a rehearsal: as a table for a person, and as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.table import Table

from local.rehearsal.changes import Outcome


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the pipeline."""

    change: str
    """Subject of the commit."""
    commit: str
    expected: Outcome
    outcome: Outcome
    seen: str
    """The verdict of `release verify` in one line."""
    seconds: float
    seconds_without_job: float

    @property
    def right(self) -> bool:
        """Whether the run had the expected outcome."""
        return self.outcome == self.expected


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """All runs, and the recount of all trades that were sent during the runs."""

    runs: Sequence[Run]
    all_runs: int
    """Number of planned runs."""
    trades_sent: int
    trades_failed: int
    """Trades that the stream did not accept."""
    windows_checked: int
    mismatches: int
    undelivered: int
    """Results and dead letters that are in no object of the sink."""
    seconds: float

    @property
    def right(self) -> bool:
        """Whether every run had the expected outcome, and no record is wrong, missing or lost."""
        ended = len(self.runs) == self.all_runs and all(run.right for run in self.runs)
        lost = self.mismatches or self.undelivered or self.trades_failed
        return bool(ended and self.windows_checked and not lost)

    def as_json(self) -> dict[str, object]:
        """Give the result for programs."""
        outcomes = [run.outcome for run in self.runs]
        told = {**asdict(self), "runs": [{**asdict(run), "right": run.right} for run in self.runs]}
        del told["all_runs"]
        return {"right": self.right, "outcomes": outcomes, **told}

    def table(self) -> Table:
        """Write the runs as a table for a person."""
        table = Table(title="Runs of the pipeline", title_justify="left")
        for name in ("commit", "change", "outcome"):
            table.add_column(name)
        for name in ("s in all", "s without a job"):
            table.add_column(name, justify="right")
        for run in self.runs:
            table.add_row(
                run.commit[:10],
                run.change,
                run.outcome if run.right else f"{run.outcome}, not {run.expected}",
                f"{run.seconds:.0f}",
                f"{run.seconds_without_job:.1f}",
                style=None if run.right else "red",
            )
        return table

    def words(self) -> list[str]:
        """Write each run's verdict and the recount as text for a person."""
        seen = [
            f"{run.commit[:10]}: {run.seen.replace(run.commit, run.commit[:10])}"
            for run in self.runs
        ]
        return [
            *seen,
            (
                f"{self.trades_sent:,} trades sent, {self.trades_failed:,} not accepted; "
                f"{self.windows_checked:,} windows recounted, {self.mismatches:,} mismatches; "
                f"{self.undelivered:,} records undelivered"
            ),
        ]
