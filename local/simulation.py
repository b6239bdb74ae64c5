"""Runs the simulator on its own thread, with the stream from a stack's outputs."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Self

from local.errors import LocalError
from simulator.batching import WORKERS, packing_for
from simulator.clock import backlog, live
from simulator.faults import Faults
from simulator.producer import Producer
from simulator.stats import Summary
from simulator.target import Target
from simulator.trades import Trades


class Simulation:
    """Sends trades at their due times, from `__enter__` until `stop`."""

    def __init__(
        self, outputs: Path, *, rate: float, seed: int, faults: Faults, past: float = 0
    ) -> None:
        """Send `rate` trades a second to the stream in the outputs, until `stop`.

        The first trades are dated in the last `past` seconds, so that the first windows close soon.

        Raises `UserError` if the outputs contain no stream.
        """
        self._stop = threading.Event()
        self._ended = threading.Event()
        clock = chain(
            backlog(round((time.time() - past) * 1000), rate, duration=past, stop=self._stop),
            live(rate, stop=self._stop),
        )
        self._trades = Trades(clock, seed=seed, faults=faults)
        target = Target.of_file(outputs)
        client = target.client(WORKERS)
        packing = packing_for(pack=target.aggregation_enabled, keyed=False)
        self._producer = Producer(client, target.ingest_stream, packing=packing)
        self._thread = threading.Thread(target=self._send, name="simulator", daemon=True)

    def __enter__(self) -> Self:
        """Start sending."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sending, and wait for the responses to all requests."""
        self.stop()

    @property
    def faults(self) -> Mapping[str, int]:
        """Number of records that were made wrong on purpose, by the job's expected reason."""
        return dict(self._trades.faults)

    def progress(self) -> Summary:
        """Count the trades that were sent so far."""
        return self._producer.progress()

    def ended(self) -> bool:
        """Return whether all trades were sent.

        Raises `LocalError` with the reason if no more trades can be sent.
        """
        if self._producer.error:
            raise LocalError(str(self._producer.error))
        return self._ended.is_set()

    def stop(self) -> None:
        """Stop sending. Return when each sent trade is accepted or has failed."""
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        try:
            self._producer.send(self._trades)
        finally:
            self._ended.set()
