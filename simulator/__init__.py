"""The producer: it sends synthetic trades to the ingest stream that a stack's outputs name.

It is used by `stocktrading simulate`, and as a library::

    from simulator.clock import backlog
    from simulator.faults import Faults
    from simulator.producer import Producer
    from simulator.trades import Trades

    clock = backlog(start_ms, rate=1000, duration=600)  # ten minutes of event time
    trades = Trades(clock, seed=7, faults=Faults(late_share=0.01))
    summary = Producer(client, "stocktrading-ingest-stream").send(trades)

`Trades` makes the records, `Producer` puts them, `simulator.target.Target` finds the stream and its
client. `simulator.file` reads trades from a person's file instead, for `stocktrading send`. Nothing
is imported here, so that the commands' help needs no AWS SDK.
"""
