"""The producer: synthetic trades onto the ingest stream that a stack's outputs name.

A deployable of its own: it imports nothing of this repository but itself. As a library::

    clock = backlog(start_ms, rate=1000, duration=600)  # ten minutes of event time
    trades = Trades(clock, seed=7, faults=Faults(late_share=0.01))
    summary = Producer(client, "stocktrading-ingest-stream").send(trades)

`Trades` makes the records, `Producer` puts them, `Target` finds the stream and its client.
"""

from simulator.clock import SPAN_MS, backlog, live
from simulator.errors import OptionError, SimulatorError
from simulator.faults import Faults
from simulator.producer import Producer
from simulator.retry import Backoff
from simulator.stats import Summary
from simulator.target import Target
from simulator.trades import TICKERS, Record, Trades, synthetic_tickers

__all__ = [
    "SPAN_MS",
    "TICKERS",
    "Backoff",
    "Faults",
    "OptionError",
    "Producer",
    "Record",
    "SimulatorError",
    "Summary",
    "Target",
    "Trades",
    "backlog",
    "live",
    "synthetic_tickers",
]
