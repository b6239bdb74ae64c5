"""Notes how a job is, many times a second, and tells for how long it wasn't running."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from common.loop import Loop

if TYPE_CHECKING:
    from local.flink.job_status import JobStatus

LOOK_SECONDS: Final = 0.1


class Span(NamedTuple):
    """A time in which the job was the same."""

    since: float
    """Seconds of a clock that only goes forward."""
    state: str
    code: str | None
    """Key of the archive that ran, or was to."""


class JobWatch:
    """Looks from `__enter__` to `__exit__`, on a thread of its own."""

    def __init__(self, look: Callable[[], JobStatus]) -> None:
        """Take what tells how the job is."""
        self._look = look
        self._spans: list[Span] = []
        self._loop = Loop("job-watch", self._note, LOOK_SECONDS)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._note()
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._loop.stop()

    def seconds_without(self, codes: Collection[str], since: float) -> float:
        """Add up for how long none of these archives was running since then, until now."""
        return without(list(self._spans), codes, since, time.monotonic())

    def _note(self) -> None:
        status = self._look()
        if not self._spans or self._spans[-1][1:] != (status.state, status.code):
            self._spans.append(Span(time.monotonic(), status.state, status.code))


def without(spans: Sequence[Span], codes: Collection[str], since: float, until: float) -> float:
    """Add up the time between `since` and `until` in which none of the archives was running.

    An archive that is refused in the end never counts as running: what it does is given up.
    """
    ends = [*(span.since for span in spans[1:]), until]
    return sum(
        max(0.0, min(end, until) - max(span.since, since))
        for span, end in zip(spans, ends, strict=True)
        if not (span.state == "RUNNING" and span.code in codes)
    )
