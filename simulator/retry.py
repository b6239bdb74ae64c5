"""How long to wait before another attempt."""

import random
from dataclasses import dataclass

from simulator.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Exponential backoff with full jitter: a wait anywhere from 0 to a bound that doubles.

    With the defaults, ten attempts spread over 9 s on average, 18 s at most: longer than the second
    by which a shard's throughput is measured. Raises OptionError for less than one attempt.
    """

    attempts: int = 10
    base: float = 0.1
    """Seconds: the bound of the first wait."""
    cap: float = 5.0
    """Seconds: the bound that is never exceeded."""

    def __post_init__(self) -> None:
        """Check the number of attempts."""
        if self.attempts < 1:
            raise OptionError(option="attempts", given=self.attempts, allowed="1 or more")

    def wait(self, failed: int) -> float:
        """Give the seconds to wait after this many failed attempts (1 or more)."""
        return random.uniform(0, min(self.cap, self.base * 2 ** (failed - 1)))  # noqa: S311
