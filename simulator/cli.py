"""`stocktrading simulate`: the command line of the producer."""

import threading
import time
from typing import NoReturn

import typer

from common.exit_codes import FAILED, USAGE
from simulator import options
from simulator.batching import WORKERS


def simulate(  # noqa: PLR0913 -- one parameter for each option
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

    It runs until Ctrl-C, or until --count or --duration is reached.

    Every trade is accepted or counted as failed. Exit codes: 0 if all were
    accepted, 1 if some were not or the stream can't be reached, 2 for a wrong
    option.

    Example: stocktrading simulate --rate 500 --duration 60

    Example: stocktrading simulate --stack sandbox --start 2026-01-31T09:30:00Z --count 100000
    """
    from common.errors import UserError
    from simulator import run
    from simulator.errors import OptionError
    from simulator.faults import Faults
    from simulator.report import as_json, as_table, progress
    from simulator.trades import Trades
    from terminal.answer import answer
    from terminal.console import stdout

    stop = threading.Event()
    try:
        faults = Faults(bad_share=bad_share, late_share=late_share, late_by=late_by, jitter=jitter)
        trades = Trades(
            run.clock(start, rate, count, duration, stop),
            seed=time.time_ns() if seed is None else seed,
            tickers=run.tickers(ticker or [], tickers),
            prices=prices,
            partition=partition,
            faults=faults,
        )
        target = run.target(outputs, stack, local=local)
        producer = run.producer(
            target, pack=pack, partition=partition, workers=workers, role_arn=role_arn
        )
    except OptionError as error:
        _fail(str(error), USAGE)
    except UserError as error:
        _fail(str(error), FAILED)
    with run.interruptible(stop), progress(producer.progress):
        summary = producer.send(trades)
    if as_json_object:
        answer("simulate", as_json(summary, target.ingest_stream, faults=dict(trades.faults)))
    else:
        faulty = sorted(trades.faults.items())
        named = {f"wrong on purpose: {reason}": count for reason, count in faulty}
        stdout().print(as_table(summary, named))
    if summary.failed or producer.error:
        reason = f"{producer.error}; " if producer.error else ""
        _fail(f"{reason}{summary.failed} of {summary.sent} trades not accepted", FAILED)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"simulate: {message}", err=True)
    raise typer.Exit(code)
