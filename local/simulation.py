"""The simulator as a part of the demo: on a thread of its own, against a stack's outputs."""

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
    """Sends trades as they fall due from `__enter__` until `stop` ends it."""

    def __init__(
        self, outputs: Path, *, rate: float, seed: int, faults: Faults, past: float = 0
    ) -> None:
        """Send `rate` trades a second to the stream that the outputs name, until `stop`.

        The first ones are of the last `past` seconds, so that there are windows to count at once.

        Raises `UserError` where the outputs name no stream.
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
        """Begin to send."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for the answers to what is in flight."""
        self.stop()

    @property
    def faults(self) -> Mapping[str, int]:
        """How many records were wrong on purpose so far, by the reason that the job should give."""
        return dict(self._trades.faults)

    def progress(self) -> Summary:
        """Count what was sent so far."""
        return self._producer.progress()

    def ended(self) -> bool:
        """Tell whether all was sent, or nothing can be sent any more.

        Raises `LocalError` with the reason in the second case.
        """
        if self._producer.error:
            raise LocalError(str(self._producer.error))
        return self._ended.is_set()

    def stop(self) -> None:
        """Send no more; returns when all that was sent is accepted or has failed."""
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        try:
            self._producer.send(self._trades)
        finally:
            self._ended.set()
