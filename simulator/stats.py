"""The counts of a run, while it runs and at its end."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace


@dataclass(kw_only=True)
class Summary:
    """The counts of a run, in trades unless a comment says otherwise.

    At the end of every run, `sent == accepted + failed`.
    """

    sent: int = 0
    """Trades taken from the source."""
    accepted: int = 0
    """Trades that the stream acknowledged. If an answer was lost, a trade can be there twice."""
    failed: int = 0
    """Trades not accepted at the last attempt, or when the run ended early."""
    retried: int = 0
    """Trades put again, counted once for each attempt."""
    throttled: int = 0
    """Trades refused because of a throughput limit, counted once for each attempt."""
    records: int = 0
    """Kinesis records accepted. They are fewer than the trades if these are packed."""
    requests: int = 0
    """PutRecords requests made."""
    seconds: float = 0
    errors: Counter[str] = field(default_factory=Counter[str])
    """Refused trades by error code, counted once for each attempt."""

    @property
    def rate(self) -> float:
        """Average number of accepted trades a second over the whole run."""
        return self.accepted / self.seconds if self.seconds else 0.0


class Stats:
    """The counts while a run goes on. Many threads may use it."""

    def __init__(self) -> None:
        """Begin with zero, and start measuring the time."""
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
        """Count as failed the trades that were sent and never acknowledged."""
        with self._lock:
            self._now.failed = self._now.sent - self._now.accepted

    def snapshot(self) -> Summary:
        """Give the current counts."""
        with self._lock:
            seconds = time.monotonic() - self._begun
            return replace(self._now, seconds=seconds, errors=self._now.errors.copy())
