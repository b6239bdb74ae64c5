"""The limits for dead letters and for the sinks' memory. Needs only the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LETTERS_A_SECOND: Final = 100.0
"""Maximum number of dead letters for one record a second, for all subtasks together. The job saves
up the unused letters of ten seconds. The value is a choice: it is a tenth of a shard's limit, so
that letters never wait for their stream. Above it, one letter stands for many records."""

LETTER_BYTES_A_SECOND: Final = 256.0 * 1024
"""Maximum bytes of such letters a second: a quarter of a shard's limit."""

LETTER_OPEN_SECONDS: Final = 10
"""Seconds during which a letter for many takes more records with its shard and reason."""


@dataclass(frozen=True)
class Flush:
    """When a sink puts its records, and how many it holds at most."""

    records: int
    """Maximum number of records in a request. PutRecords accepts 500."""
    seconds: float
    """Longest time that a record waits."""
    buffered: int
    """Maximum number of waiting records. Above it the sink takes no more until some are put."""
    requests: int
    """Maximum number of simultaneous requests."""


RESULT_BYTES_MOST: Final = 512
"""Maximum bytes of a result: 32 characters of a ticker with four bytes each, and the rest."""

LETTER_BYTES_MOST: Final = 770 * 1024
"""Maximum bytes of a dead letter: the payload in JSON, and the rest."""

FLUSH: Final[Mapping[bool, Flush]] = {
    False: Flush(200, 0.1, 10_000, 16),
    True: Flush(500, 0.5, 10_000, 16),
}
"""Limits for results, by `AggregationEnabled`. If it is false, the latency is lower. If it is true,
there are fewer and fuller requests. After a window's end all results come together. At most 5 MB
wait and 4 MB are being sent."""

LETTER_FLUSH: Final = Flush(50, 0.5, 100, 2)
"""Limits for dead letters. With the largest letters, 75 MiB wait and 75 MiB are being sent."""
