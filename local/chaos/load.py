"""The trades of a round: a steady flow that faults change, and the record of what was accepted."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

from local.errors import LocalError
from simulator.batching import WORKERS, Entry, Packing
from simulator.clock import live
from simulator.faults import Faults
from simulator.producer import Answer, Producer, PutRecords
from simulator.retry import Backoff
from simulator.target import Target
from simulator.trades import Record, Trades
from stack.packs import unpack

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.stats import Summary

logger = logging.getLogger(__name__)

JITTER_SECONDS: Final = 1.0
"""Trades are out of order by at most this much."""

LATE_SECONDS: Final = 60.0
"""Late trades are this much older than others."""

SHARE: Final = 0.005
"""Share of bad records, and share of late trades, also where there is no fault."""

PATIENT: Final = Backoff(attempts=40, cap=2.0)
"""A record is tried for longer than any fault lasts."""

Mood: TypeAlias = Callable[[list[Record]], list[Record]]
"""Changes a chunk of records, for as long as a fault lasts."""


class Accepted(NamedTuple):
    """A Kinesis record that the stream has acknowledged."""

    shard: str
    sequence_number: str
    parts: tuple[bytes, ...]
    """Its data, or the data of each record that is packed in it."""


class Recorder:
    """A client that notes what the stream acknowledges. Many threads may use it."""

    def __init__(self, client: PutRecords) -> None:
        """Put records with `client`."""
        self._client = client
        self._lock = threading.Lock()
        self.accepted: list[Accepted] = []

    def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Answer:  # noqa: N803 -- boto3's names
        """Put records, and note those that were accepted."""
        answer = self._client.put_records(StreamName=StreamName, Records=Records)
        taken = [
            Accepted(str(one["ShardId"]), str(one["SequenceNumber"]), tuple(unpack(sent["Data"])))
            for sent, one in zip(Records, answer["Records"], strict=True)
            if not one.get("ErrorCode")
        ]
        with self._lock:
            self.accepted += taken
        return answer


class Load:
    """Sends records on its own thread, from `__enter__` to `__exit__`."""

    def __init__(self, outputs: Path, *, rate: float, seed: int) -> None:
        """Send `rate` trades a second. In every second round, several share a Kinesis record."""
        self._stop = threading.Event()
        faults = Faults(
            bad_share=SHARE, late_share=SHARE, late_by=LATE_SECONDS, jitter=JITTER_SECONDS
        )
        self._trades = Trades(live(rate, stop=self._stop), seed=seed, faults=faults)
        target = Target.of_file(outputs)
        packing: Packing = "spread" if seed % 2 else "none"
        self._recorder = Recorder(target.client(WORKERS))
        self._producer = Producer(
            self._recorder, target.ingest_stream, packing=packing, backoff=PATIENT
        )
        self._moods: list[Mood] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._send, name="chaos-load", daemon=True)

    def __enter__(self) -> Self:
        """Start sending."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sending, and wait for the answers to all requests."""
        self._stop.set()
        self._thread.join()

    @contextmanager
    def changed_by(self, mood: Mood) -> Generator[None]:
        """Let `mood` change all chunks in a `with` block."""
        self._moods.append(mood)
        try:
            yield
        finally:
            self._moods.remove(mood)

    def check(self) -> None:
        """Raise `LocalError` if no more records can be sent."""
        if self._error or self._producer.error:
            message = f"no more trades can be sent: {self._error or self._producer.error}"
            raise LocalError(message)

    def progress(self) -> Summary:
        """Count the records that were sent so far."""
        return self._producer.progress()

    @property
    def accepted(self) -> list[Accepted]:
        """What the stream has acknowledged so far."""
        return list(self._recorder.accepted)

    def _send(self) -> None:
        try:
            self._producer.send(self._chunks())
        except Exception as error:
            logger.exception("the load failed")
            self._error = error

    def _chunks(self) -> Iterator[list[Record]]:
        for chunk in self._trades:
            changed = chunk
            for mood in list(self._moods):
                changed = mood(changed)
            if changed:
                yield changed


def hash_of(key: str) -> int:
    """Give the hash by which Kinesis chooses a partition key's shard."""
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest())
