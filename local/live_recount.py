"""Reads a running stack's three streams and its sink live, and checks them with the oracle."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from botocore.exceptions import BotoCoreError, ClientError

from common.loop import Loop
from local.errors import LocalError
from oracle.recount import Oracle
from oracle.report import Report
from oracle.sink import Delivery
from stack.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_s3 import S3Client

    from oracle.verdict import Rules
    from oracle.windows import Result

PAUSE: Final = 0.25
"""Seconds between two rounds over the streams."""

DELIVERY_PAUSE: Final = 5.0
"""Seconds between two looks into the sink."""


class Arrival(NamedTuple):
    """A result, and its delay."""

    result: Result
    behind: float
    """Seconds from the window's end to the result's arrival on its stream."""
    at: float
    """Time of the arrival, in seconds since the epoch."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The records that were read so far."""

    trades: int = 0
    """Records on the ingest stream. Each record in a packed one counts."""
    results: tuple[Arrival, ...] = ()
    """Each result once, in the order of arrival."""
    dead_letters: Mapping[str, int] = field(default_factory=dict[str, int])
    """Each dead letter once, by reason."""
    objects: int = 0


class LiveRecount:
    """Reads on its own thread from `__enter__` to `__exit__`. Any thread may call its methods."""

    def __init__(
        self, kinesis: KinesisClient, s3: S3Client, outputs: Mapping[str, Any], rules: Rules
    ) -> None:
        """Read the streams of the stack with these outputs. `rules` are the rules of its job."""
        names = [outputs[f"{kind}_stream"] for kind in ("ingest", "results", "dead_letter")]
        self._ingest, self._results, self._letters = (StreamReader(kinesis, n) for n in names)
        self._delivery = Delivery(s3, outputs["sink_bucket"])
        self._oracle = Oracle(rules)
        self._arrivals: list[Arrival] = []
        self._reasons: dict[str, int] = {}
        self._trades = 0
        self._put: list[bytes] = []
        self._lock = threading.Lock()
        self._looked = time.monotonic()
        self._error: Exception | None = None
        self._loop = Loop("live-recount", self._follow, PAUSE)

    def __enter__(self) -> Self:
        """Start reading."""
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop reading."""
        self._loop.stop()

    def seen(self) -> Seen:
        """Give the records that were read so far. Raises `LocalError` if reading has failed."""
        if self._error:
            message = f"the streams can't be read any more: {self._error}"
            raise LocalError(message) from self._error
        with self._lock:
            return Seen(
                trades=self._trades,
                results=tuple(self._arrivals),
                dead_letters=dict(self._reasons),
                objects=self._delivery.objects,
            )

    def check(self) -> tuple[Report, int]:
        """Read everything. Give the oracle's report and the number of records that the sink lacks.

        A record whose delivery failed counts as one that the sink lacks.
        """
        with self._lock:
            self._take(whole=True)
            self._delivery.poll()
            missing = self._delivery.count_missing(self._put) + self._delivery.failed
            self._oracle.add_shards(self._ingest.shards)
            return self._oracle.report(), missing

    def _follow(self) -> None:
        try:
            with self._lock:
                self._take(whole=False)
                if time.monotonic() > self._looked + DELIVERY_PAUSE:
                    self._delivery.poll()
                    self._looked = time.monotonic()
        except (ClientError, BotoCoreError) as error:
            self._error = error
            self._loop.end()

    def _take(self, *, whole: bool) -> None:
        # Trades are read first, so that no result is read before its trades.
        trades, results, letters = (
            reader.read_all() if whole else reader.poll()
            for reader in (self._ingest, self._results, self._letters)
        )
        self._oracle.add_trades(trades)
        self._trades += len(trades)
        self._put += [record.data for record in (*results, *letters)]
        for record in results:
            at = record.arrival / 1000
            new = self._oracle.add_results([record])
            self._arrivals += [Arrival(each, at - each.key.end / 1000, at) for each in new]
        for letter in self._oracle.add_dead_letters(letters):
            self._reasons[letter.reason] = self._reasons.get(letter.reason, 0) + 1
