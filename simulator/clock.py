"""Event times of trades, in chunks: at their real time, or as fast as the consumer takes them.

The trades of a chunk are sent together. No trade waits until a request is full.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

SPAN_MS: Final = 2_000
"""Maximum span of event time that is in flight at once, in milliseconds.

A trade never arrives after a trade that is newer by more than this span. This holds for all
shards, attempts and workers. The span must be less than the job's default
`WatermarkDelaySeconds` (5). Otherwise a backlog would contain late trades.
"""

TICK_MS: Final = 100
"""Milliseconds between two chunks of a live run. Batching adds this much to a trade's latency."""

CHUNK_MAX: Final = 10_000
"""Maximum number of trades in a backlog's chunk: twenty full PutRecords requests."""

LAG_MAX_MS: Final = 1_000
"""Longest delay, in milliseconds, that a live run catches up after it was blocked.

Trades before that are left out, because the event time of a live trade must be current.
"""


def backlog(
    start_ms: int,
    rate: float,
    *,
    count: int | None = None,
    duration: float | None = None,
    stop: threading.Event | None = None,
) -> Iterator[list[int]]:
    """Give evenly spaced event times from a start time, without waiting.

    Args:
        start_ms: Event time of the first trade, milliseconds since the epoch.
        rate: Trades a second of event time.
        count: End after this many trades.
        duration: End after this many seconds of event time.
        stop: Ends the run when set.

    Yields:
        Event times in milliseconds since the epoch, in ascending order. A chunk spans at most
        a quarter of `SPAN_MS`.
    """
    end = _least(count, None if duration is None else math.ceil(rate * duration))
    size = max(1, min(CHUNK_MAX, int(rate * SPAN_MS / 4 / 1000)))
    first = 0
    while (end is None or first < end) and not (stop and stop.is_set()):
        last = first + size if end is None else min(first + size, end)
        yield [start_ms + int(i * 1000 / rate) for i in range(first, last)]
        first = last


def live(
    rate: float,
    *,
    count: int | None = None,
    duration: float | None = None,
    stop: threading.Event | None = None,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Iterator[list[int]]:
    """Give current event times, each when it is due. A rate of 0 means without waiting.

    Args:
        rate: Trades a second. The first trade is due immediately.
        count: End after this many trades.
        duration: End after this many seconds, when all trades that are due in them were given.
        stop: Ends the run when set, also during a wait.
        now_ms: The wall clock, milliseconds since the epoch.

    Yields:
        Event times in milliseconds since the epoch, in ascending order, a chunk every `TICK_MS`.
    """
    stop = stop or threading.Event()
    begun = origin = last = now_ms()
    closing = math.inf if duration is None else begun + round(duration * 1000)
    end = _least(count, None if duration is None or not rate else math.ceil(rate * duration))
    made = 0
    while (end is None or made < end) and not stop.is_set():
        now = int(min(max(last, now_ms()), closing))
        lag = min(now - last, LAG_MAX_MS)
        origin += now - last - lag
        due = int((now - origin) * rate / 1000) + 1 - made if rate else CHUNK_MAX
        due = due if end is None else min(due, end - made)
        if due:
            yield [now - lag + lag * (i + 1) // due for i in range(due)]
        made, last = made + due, now
        if now >= closing:
            return
        if rate and made != end:
            stop.wait(TICK_MS / 1000)


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
