"""Records a job's state many times a second, and computes for how long it wasn't running."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from common.loop import Loop

if TYPE_CHECKING:
    from local.flink.job_status import JobStatus

LOOK_SECONDS: Final = 0.1


class Span(NamedTuple):
    """A span of time in which the job's state did not change."""

    since: float
    """Start of the span, in seconds of a monotonic clock."""
    state: str
    code: str | None
    """Key of the archive that ran or should run."""


class JobWatch:
    """Records the job's state on its own thread, from `__enter__` to `__exit__`."""

    def __init__(self, look: Callable[[], JobStatus]) -> None:
        """Take a function that gives the job's status."""
        self._look = look
        self._spans: list[Span] = []
        self._loop = Loop("job-watch", self._note, LOOK_SECONDS)

    def __enter__(self) -> Self:
        """Start recording."""
        self._note()
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop recording."""
        self._loop.stop()

    def seconds_without(self, codes: Collection[str], since: float) -> float:
        """Add up the time since `since` in which none of these archives was running."""
        return without(list(self._spans), codes, since, time.monotonic())

    def _note(self) -> None:
        status = self._look()
        if not self._spans or self._spans[-1][1:] != (status.state, status.code):
            self._spans.append(Span(time.monotonic(), status.state, status.code))


def without(spans: Sequence[Span], codes: Collection[str], since: float, until: float) -> float:
    """Add up the time between `since` and `until` in which none of the archives was running.

    Don't pass an archive that is rolled back later, because its work is lost.
    """
    ends = [*(span.since for span in spans[1:]), until]
    return sum(
        max(0.0, min(end, until) - max(span.since, since))
        for span, end in zip(spans, ends, strict=True)
        if not (span.state == "RUNNING" and span.code in codes)
    )
