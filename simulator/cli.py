"""`stocktrading simulate`: the command line of the producer."""

import signal
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import typer
from rich.console import Console

from simulator import options
from simulator.batching import packing_for
from simulator.clock import backlog, live
from simulator.errors import OptionError, SimulatorError
from simulator.faults import Faults
from simulator.producer import WORKERS, Producer
from simulator.report import as_json, as_table, progress
from simulator.target import LOCAL_OUTPUTS, Target
from simulator.trades import TICKERS, Trades, synthetic_tickers, to_milliseconds

FAILED: Final = 1
USAGE: Final = 2

_TIME: Final = "an ISO 8601 time such as 2026-01-31T09:30:00Z"
_EARLIER: Final = "an earlier time, or a shorter --duration or --count"
_STREAMS: Final = "--outputs FILE, --stack NAME, or a local cloud started from this directory"


def simulate(  # noqa: PLR0913 -- an option each, of which none can be left to another
    *,
    outputs: options.Outputs = None,
    stack: options.Stack = None,
    local: options.Local = False,
    role_arn: options.RoleArn = None,
    ticker: options.Ticker = None,
    tickers: options.Tickers = None,
    prices: options.Prices = "walk",
    rate: options.Rate = 100,
    count: options.Count = None,
    duration: options.Duration = None,
    start: options.Start = None,
    seed: options.Seed = None,
    bad_share: options.BadShare = 0,
    late_share: options.LateShare = 0,
    late_by: options.LateBy = 600,
    jitter: options.Jitter = 0,
    partition: options.Partition = "spread",
    pack: options.Pack = None,
    workers: options.Workers = WORKERS,
    as_json_object: options.AsJsonObject = False,
) -> None:
    """Send synthetic trades to the ingest stream of a stack.

    Runs until Ctrl-C, or to the end of --count or --duration.

    Every trade is accepted or counted as failed. Exit codes: 0 all accepted,
    1 not all, or the stream can't be reached, 2 a wrong option.

    Example: stocktrading simulate --rate 500 --duration 60

    Example: stocktrading simulate --stack sandbox --start 2026-01-31T09:30:00Z --count 100000
    """
    stop = threading.Event()
    try:
        faults = Faults(bad_share=bad_share, late_share=late_share, late_by=late_by, jitter=jitter)
        trades = Trades(
            _clock(start, rate, count, duration, stop),
            seed=time.time_ns() if seed is None else seed,
            tickers=_tickers(ticker or [], tickers),
            prices=prices,
            partition=partition,
            faults=faults,
        )
        target = _target(outputs, stack, local=local)
        client = target.client(workers, role_arn)
    except OptionError as error:
        _fail(str(error), USAGE)
    except SimulatorError as error:
        _fail(str(error), FAILED)
    packed = target.aggregation if pack is None else pack
    packing = packing_for(pack=packed, keyed=partition == "ticker")
    producer = Producer(client, target.stream, packing=packing, workers=workers)
    with _interruptible(stop), progress(producer.progress):
        summary = producer.send(trades)
    if as_json_object:
        typer.echo(as_json(summary, trades.faults, target.stream))
    else:
        Console().print(as_table(summary, trades.faults))
    if summary.failed or producer.error:
        reason = f"{producer.error}; " if producer.error else ""
        _fail(f"{reason}{summary.failed} of {summary.sent} trades not accepted", FAILED)


def _tickers(named: Sequence[str], made_up: int | None) -> Sequence[str]:
    if named and made_up is not None:
        raise OptionError(option="--tickers", given="both this and --ticker", allowed="one of them")
    return synthetic_tickers(made_up) if made_up is not None else named or TICKERS


def _clock(
    start: str | None,
    rate: float,
    count: int | None,
    duration: float | None,
    stop: threading.Event,
) -> Iterator[list[int]]:
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


def _target(outputs: Path | None, stack: str | None, *, local: bool) -> Target:
    given = [name for name, value in (("--outputs", outputs), ("--stack", stack)) if value]
    given += ["--local"] * local
    if len(given) > 1:
        raise OptionError(option="stream", given=" and ".join(given), allowed="one of them")
    if outputs:
        return Target.from_file(outputs)
    if stack:
        return Target.from_stack(stack)
    if not local and not LOCAL_OUTPUTS.exists():
        raise OptionError(
            option="stream", given=f"none, and {LOCAL_OUTPUTS} is missing", allowed=_STREAMS
        )
    return Target.local()


@contextmanager
def _interruptible(stop: threading.Event) -> Generator[None]:
    """End cleanly at the first Ctrl-C or SIGTERM; give up what is in flight at the second."""

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


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"simulate: {message}", err=True)
    raise typer.Exit(code)
