"""The outcome of a campaign: tables for a person, and one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from rich.table import Table

if TYPE_CHECKING:
    from local.chaos.recount import Counts
    from local.chaos.round import Injected

SHOWN: Final = 10
"""Findings of a round that are printed as lines."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One round: its faults, and what the recount found."""

    seed: int
    injected: Sequence[Injected]
    counts: Counts | None
    """None if the round did not reach its recount."""
    error: str = ""
    """Why the round did not reach its recount."""
    seconds: float = 0.0
    restarts: int = 0
    """The job's restarts, as the last version counts them."""

    @property
    def right(self) -> bool:
        """Whether all faults happened and the recount found nothing wrong, missing or lost."""
        happened = all(each.done and not each.failed for each in self.injected)
        return happened and self.counts is not None and self.counts.right

    def faults(self) -> Table:
        """Write the faults as a table."""
        table = Table(title=f"Faults of seed {self.seed}", title_justify="left")
        for name in ("fault", "what it did"):
            table.add_column(name)
        for name in ("from", "for"):
            table.add_column(name, justify="right")
        for each in self.injected:
            table.add_row(
                each.fault.kind,
                each.done or f"did not happen: {each.failed}",
                f"{each.fault.at:.0f} s",
                f"{each.seconds:.0f} s",
                style=None if each.done else "red",
            )
        return table

    def lines(self) -> list[str]:
        """Write the recount, and the first findings."""
        if self.counts is None:
            return [f"seed {self.seed}: the round broke off: {self.error}"]
        counts = self.counts
        told = (
            f"seed {self.seed}: {counts.records:,} records in {counts.accepted:,} acknowledged; "
            f"{counts.windows:,} windows recounted, {counts.open:,} open; "
            f"{counts.letters:,} dead letters recounted; "
            f"{counts.repeated:,} came twice; {counts.undelivered:,} undelivered; "
            f"findings: {len(counts.findings)}"
        )
        return [told, *(f"  FINDING {line}" for line in counts.findings[:SHOWN])]


def rounds(outcomes: Sequence[Outcome]) -> Table:
    """Write all rounds as a table."""
    table = Table(title="Rounds", title_justify="left")
    table.add_column("faults")
    for name in ("seed", "records", "windows", "letters", "findings", "s"):
        table.add_column(name, justify="right")
    for each in outcomes:
        counts = each.counts
        numbers = (
            (counts.records, counts.windows, counts.letters, len(counts.findings))
            if counts
            else ("-", "-", "-", "broke off")
        )
        table.add_row(
            ", ".join(one.fault.kind for one in each.injected),
            str(each.seed),
            *map(str, numbers),
            f"{each.seconds:.0f}",
            style=None if each.right else "red",
        )
    return table


def repeat(outcomes: Sequence[Outcome]) -> list[str]:
    """Say how to repeat each round that was not right."""
    return [
        f"repeat seed {each.seed} with: make chaos SEED={each.seed} ROUNDS=1"
        for each in outcomes
        if not each.right
    ]


def as_json(outcomes: Sequence[Outcome], asked: int) -> str:
    """Write the campaign as JSON on one line. `asked` is the planned number of rounds."""
    told = [
        {
            "seed": each.seed,
            "right": each.right,
            "error": each.error,
            "seconds": round(each.seconds, 1),
            "restarts": each.restarts,
            "faults": [
                {"kind": one.fault.kind, "done": one.done, "failed": one.failed}
                for one in each.injected
            ],
            "counts": asdict(each.counts) if each.counts else None,
        }
        for each in outcomes
    ]
    return json.dumps({"right": is_right(outcomes, asked), "rounds": told})


def is_right(outcomes: Sequence[Outcome], asked: int) -> bool:
    """Tell whether all planned rounds ran and were right."""
    return len(outcomes) == asked and all(each.right for each in outcomes)
