"""How many dead letters leave, and what the sinks hold in memory; needs the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LETTERS_A_SECOND: Final = 100.0
"""Dead letters for one record each that the job sends a second, all subtasks together; it saves
up ten seconds of them. A choice: a tenth of what one shard takes, so that letters never wait for
their stream. Above it, one letter stands for many records."""

LETTER_BYTES_A_SECOND: Final = 256.0 * 1024
"""Bytes of such letters a second: a quarter of what one shard takes."""

LETTER_OPEN_SECONDS: Final = 10
"""How long a letter for many records takes in more of its shard and reason."""


@dataclass(frozen=True)
class Flush:
    """When a sink puts what it holds, and how much it holds at most."""

    records: int
    """Records of a request, at most; PutRecords takes 500."""
    seconds: float
    """Longest wait of a record."""
    buffered: int
    """Records that wait, at most; the sink takes no more until some are put."""
    requests: int
    """Requests under way, at most."""


RESULT_BYTES_MOST: Final = 512
"""Bytes of a result, at most: 32 characters of a ticker as four bytes each, and the rest."""

LETTER_BYTES_MOST: Final = 770 * 1024
"""Bytes of a dead letter, at most: the payload as JSON writes it, and the rest."""

FLUSH: Final[Mapping[bool, Flush]] = {
    False: Flush(200, 0.1, 10_000, 16),
    True: Flush(500, 0.5, 10_000, 16),
}
"""Of results, by `AggregationEnabled`: latency, or fewer and fuller requests. After a window's end
results come in one burst. 5 MB wait at most, and 4 MB are under way."""

LETTER_FLUSH: Final = Flush(50, 0.5, 100, 2)
"""Of dead letters. Where all are as large as can be, 75 MiB wait and 75 MiB are under way."""
