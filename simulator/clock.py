"""When trades happen: event times in chunks, as they fall due or as fast as they are taken.

A chunk is what leaves together. Its length is the linger: no trade waits for a request to fill.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

SPAN_MS: Final = 2_000
"""Milliseconds of event time that may be in flight at once.

No trade can arrive behind one more than this much newer, whichever shard, attempt or worker put
it. Less than the job's default `WatermarkDelaySeconds` (5), or a backlog would send late trades.
"""

TICK_MS: Final = 100
"""Milliseconds between two chunks of a live run: what batching adds to a trade's latency."""

CHUNK_MAX: Final = 10_000
"""Trades of a backlog's chunk at most: twenty full PutRecords requests."""

LAG_MAX_MS: Final = 1_000
"""A live run that was held back this long makes up no more: event time has to be now."""


def backlog(
    start_ms: int,
    rate: float,
    *,
    count: int | None = None,
    duration: float | None = None,
    stop: threading.Event | None = None,
) -> Iterator[list[int]]:
    """Give event times from a start on, evenly spaced, without waiting.

    Args:
        start_ms: Event time of the first trade, milliseconds since the epoch.
        rate: Trades a second of event time.
        count: End after this many trades.
        duration: End after this many seconds of event time.
        stop: Ends the run when set.

    Yields:
        Event times in milliseconds since the epoch, never falling, a quarter of `SPAN_MS` at most.
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
    """Give event times of now, as they fall due; a rate of 0 does not wait at all.

    Args:
        rate: Trades a second; the first is due at once.
        count: End after this many trades.
        duration: End after this many seconds, and after as many trades as fall due in them.
        stop: Ends the run when set, also out of a wait.
        now_ms: The wall clock, milliseconds since the epoch.

    Yields:
        Event times in milliseconds since the epoch, never falling, one chunk a `TICK_MS`.
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
