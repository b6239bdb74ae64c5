"""The objects that the simulator's commands make from their options."""

import signal
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Final

from simulator.batching import packing_for
from simulator.clock import SPAN_MS, backlog, live
from simulator.errors import OptionError
from simulator.producer import Producer
from simulator.target import Target
from simulator.trades import TICKERS, Partition, synthetic_tickers, to_milliseconds

_TIME: Final = "an ISO 8601 time such as 2026-01-31T09:30:00Z"
_EARLIER: Final = "an earlier time, or a shorter --duration or --count"


def tickers(named: Sequence[str], made_up: int | None) -> Sequence[str]:
    """Give the tickers that the options ask for. Raises `OptionError` if both options are given."""
    if named and made_up is not None:
        raise OptionError(option="--tickers", given="both this and --ticker", allowed="one of them")
    return synthetic_tickers(made_up) if made_up is not None else named or TICKERS


def clock(
    start: str | None,
    rate: float,
    count: int | None,
    duration: float | None,
    stop: threading.Event,
) -> Iterator[list[int]]:
    """Give the event times, live or as a backlog. Raises `OptionError` for impossible options."""
    if start is None:
        return live(rate, count=count, duration=duration, stop=stop)
    if not rate:
        raise OptionError(
            option="--rate", given="0 with --start", allowed="above 0, as event time has to pass"
        )
    try:
        start_ms = to_milliseconds(datetime.fromisoformat(start))
    except (ValueError, OverflowError) as error:
        raise OptionError(option="--start", given=repr(start), allowed=_TIME) from error
    past = time.time() - start_ms / 1000
    spans = [seconds for seconds in (duration, count and (count - 1) / rate) if seconds is not None]
    if min(spans, default=0) > past:
        raise OptionError(
            option="--start",
            given=f"{start!r}, so that the last trade would be in the future",
            allowed=_EARLIER,
        )
    if not spans:
        duration = past
    return backlog(start_ms, rate, count=count, duration=duration, stop=stop)


def target(outputs: Path | None, stack: str | None, *, local: bool) -> Target:
    """Find the stream that the options name. Raises `OptionError` or `OutputsError`."""
    given = [name for name, value in (("--outputs", outputs), ("--stack", stack)) if value]
    given += ["--local"] * local
    if len(given) > 1:
        raise OptionError(option="stream", given=" and ".join(given), allowed="one of them")
    return Target.find(stack, outputs)


def producer(  # noqa: PLR0913 -- keywords of what it makes
    target: Target,
    *,
    pack: bool | None,
    partition: Partition,
    workers: int,
    role_arn: str | None,
    span_ms: int = SPAN_MS,
) -> Producer:
    """Make a producer for a target. Without `pack`, the stack's outputs say whether to pack."""
    packed = target.aggregation_enabled if pack is None else pack
    return Producer(
        target.client(workers, role_arn),
        target.ingest_stream,
        packing=packing_for(pack=packed, keyed=partition == "ticker"),
        workers=workers,
        span_ms=span_ms,
    )


@contextmanager
def interruptible(stop: threading.Event) -> Generator[None]:
    """End cleanly at the first Ctrl-C or SIGTERM. At the second, stop waiting for answers."""

    def end(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
