"""The commits of the rehearsal: one works, one fails at its start, one fails again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from local.cloud import NAMESPACE
from local.rehearsal.scratch_clone import Edit

Outcome: TypeAlias = Literal["deployed", "rolled back", "refused by the build", "broken"]

STATEMENTS: Final = "job/statements.py"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A commit, and its expected outcome."""

    subject: str
    edits: Sequence[Edit]
    expected: Outcome


CHANGES: Final = (
    Change(
        subject="Begin each result with a space",
        edits=(Edit(STATEMENTS, '"json": _json_object(', '"json": "\' \' || " + _json_object('),),
        expected="deployed",
    ),
    Change(
        subject="Read the market's name from the environment",
        edits=(
            Edit(
                "job/main.py",
                "    try:\n        run(",
                '    try:\n        sys.stdout.write(os.environ["MARKET"])\n        run(',
            ),
        ),
        expected="rolled back",
    ),
    Change(
        subject="Take tickers for numbers",
        edits=(
            Edit(
                STATEMENTS,
                '"MAX(max_price)"',
                '"MAX(max_price + CAST(ticker AS INT))"',
            ),
        ),
        expected="rolled back",
    ),
)
"""Each is built on the last commit that works. Flink can plan the second one, but it fails at its
start. The third one starts, and fails at the first slice again and again."""

CHANGED_RESULT: Final = b" {"
"""The beginning of a result after the first change is deployed. The space is valid JSON."""


def small(config: dict[str, Any]) -> None:
    """Make the workload's windows and checkpoints short, to get evidence within seconds."""
    job = config.setdefault(f"{NAMESPACE}:job", {})
    # The streams are new, so the job can read everything, also trades sent while Flink starts.
    job |= {"WindowSeconds": 10, "SlideSeconds": 5, "InitialPosition": "TRIM_HORIZON"}
    job["WatermarkDelaySeconds"] = 2
    flink = config.setdefault(f"{NAMESPACE}:flink", {})
    flink |= {"checkpoint_seconds": 5, "checkpoint_pause_seconds": 1}


def patient(config: dict[str, Any], minutes: int) -> None:
    """Set the time limit within which a roll-out must show that it works."""
    for target in config[f"{NAMESPACE}:pipeline"]["targets"]:
        target["verify_minutes"] = minutes
