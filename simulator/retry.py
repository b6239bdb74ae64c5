"""The wait before another attempt."""

import random
from dataclasses import dataclass

from simulator.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Exponential backoff with full jitter: a random wait from 0 to a bound that doubles.

    With the defaults, ten attempts take 9 s on average, and 18 s at most. This is longer than one
    second, the period of a shard's throughput limit. Raises OptionError for less than one attempt.
    """

    attempts: int = 10
    base: float = 0.1
    """Bound of the first wait, in seconds."""
    cap: float = 5.0
    """Largest bound, in seconds."""

    def __post_init__(self) -> None:
        """Check the number of attempts."""
        if self.attempts < 1:
            raise OptionError(option="attempts", given=self.attempts, allowed="1 or more")

    def wait(self, failed: int) -> float:
        """Give the seconds to wait after this many failed attempts (1 or more)."""
        return random.uniform(0, min(self.cap, self.base * 2 ** (failed - 1)))  # noqa: S311
