"""What a run has done so far, and what it did."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace


@dataclass(kw_only=True)
class Summary:
    """The count of a run, in trades unless said otherwise.

    At the end of a run `sent == accepted + failed`, always.
    """

    sent: int = 0
    """Taken from the source to be put."""
    accepted: int = 0
    """Acknowledged by the stream; a trade whose answer was lost can be there twice."""
    failed: int = 0
    """Given up after the last attempt, or when the run was broken off."""
    retried: int = 0
    """Put again, counted once an attempt."""
    throttled: int = 0
    """Refused for throughput, counted once an attempt."""
    records: int = 0
    """Kinesis records accepted; fewer than trades where they are packed."""
    requests: int = 0
    """PutRecords requests made."""
    seconds: float = 0
    errors: Counter[str] = field(default_factory=Counter[str])
    """Refusals by error code, counted once an attempt."""

    @property
    def rate(self) -> float:
        """Accepted trades a second, over the whole run."""
        return self.accepted / self.seconds if self.seconds else 0.0


class Stats:
    """A summary in the making, safe to count on from many threads."""

    def __init__(self) -> None:
        """Begin at nothing, now."""
        self._lock = threading.Lock()
        self._now = Summary()
        self._begun = time.monotonic()

    def add(self, change: Summary) -> None:
        """Add a change to every counter."""
        with self._lock:
            now = self._now
            now.sent += change.sent
            now.accepted += change.accepted
            now.failed += change.failed
            now.retried += change.retried
            now.throttled += change.throttled
            now.records += change.records
            now.requests += change.requests
            now.errors += change.errors

    def close(self) -> None:
        """Count as failed what was sent and never acknowledged."""
        with self._lock:
            self._now.failed = self._now.sent - self._now.accepted

    def snapshot(self) -> Summary:
        """Give the count of this moment."""
        with self._lock:
            seconds = time.monotonic() - self._begun
            return replace(self._now, seconds=seconds, errors=self._now.errors.copy())
