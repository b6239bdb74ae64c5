"""Everything that the board reads, once for all pages: a feed for each source, and one model."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from board.dashboard.monitor import DashboardMonitor
from board.delivery import Delivered, Sink
from board.feed import Feed, Health
from board.metrics import INCOMING, PERIOD, CloudWatch, Metrics
from board.model import KEPT, RESULTS_KEPT, Model, View
from board.records import parse_letters, parse_results
from board.stack import Link, Stack
from board.status import Job, JobSource, ManagedFlink, StatusFile
from stack.reader import StreamReader

STREAM_SECONDS: Final = 1.0
"""Seconds between two reads of each stream. This uses one of a shard's five reads a second."""

TRADES_BACK: Final = 10.0
"""Trades are counted from this many seconds before the board's start, because there are many."""

STATUS_FILE_SECONDS: Final = 1.0
APPLICATION_SECONDS: Final = 10.0
METRICS_SECONDS: Final = 60.0
"""Seconds between two reads of CloudWatch's metrics, which have one value a minute."""

LOCAL_SINK_SECONDS: Final = 10.0
SINK_SECONDS: Final = 60.0
"""Seconds between two counts of objects.

AWS charges for lists, and Firehose stores at most once a minute.
"""

Clients = Callable[[str], Any]
"""Makes a client of a service."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that a page shows, and how fresh each part is."""

    view: View
    job: Job | None
    delivered: Delivered | None
    trade_rate: float | None
    trade_note: str
    """The kind of that rate."""
    links: tuple[Link, ...]
    results_health: Health
    letters_health: Health
    trades_health: Health
    job_health: Health
    delivery_health: Health | None
    """None if the stack stores nothing in S3."""


class StackMonitor:
    """Reads a stack from `start` to `stop`. Any thread may call `snapshot`."""

    def __init__(
        self,
        stack: Stack,
        *,
        job_status: Path | None = None,
        clients: Clients | None = None,
        pace: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set what is read. Raises BoardError if no client can be made.

        `job_status` is the local cloud's status file. Without it, or without `stack.endpoint`, the
        state is read from Managed Flink and CloudWatch. `pace` below 1 reads more often.
        """
        self.stack = stack
        self._clock = clock
        self._model = Model()
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._delivered: Delivered | None = None
        self._metrics: Metrics | None = None
        make = clients or stack.client
        self.dashboard = DashboardMonitor(stack, make, pace=pace)
        kinesis = make("kinesis")
        self._results = StreamReader(
            kinesis, stack.results_stream, back=RESULTS_KEPT / 1000, pause=0
        )
        self._letters = StreamReader(kinesis, stack.dead_letter_stream, back=KEPT / 1000, pause=0)
        self._feeds = {
            "results": Feed("results", self._read_results, interval=STREAM_SECONDS, pace=pace),
            "letters": Feed("letters", self._read_letters, interval=STREAM_SECONDS, pace=pace),
        }
        if stack.endpoint:
            # An emulator has no metrics of streams; and nobody pays for the reading.
            self._trades = StreamReader(kinesis, stack.ingest_stream, back=TRADES_BACK, pause=0)
            self._feeds["trades"] = Feed(
                "trades", self._read_trades, interval=STREAM_SECONDS, pace=pace
            )
        else:
            self._cloud_watch = CloudWatch(make("cloudwatch"), stack)
            self._feeds["trades"] = Feed(
                "metrics", self._read_metrics, interval=METRICS_SECONDS, pace=pace
            )
        self._source: JobSource
        if job_status:
            self._source, interval = StatusFile(job_status), STATUS_FILE_SECONDS
        else:
            self._source, interval = self._managed(make, stack), APPLICATION_SECONDS
        self._feeds["job"] = Feed("job", self._read_job, interval=interval, pace=pace)
        if stack.sink_bucket:
            self._sink = Sink(make("s3"), stack.sink_bucket)
            seconds = LOCAL_SINK_SECONDS if stack.endpoint else SINK_SECONDS
            self._feeds["delivery"] = Feed("delivery", self._read_sink, interval=seconds, pace=pace)

    def start(self) -> None:
        """Start reading."""
        for feed in self._feeds.values():
            feed.start()

    def stop(self) -> None:
        """Stop reading."""
        for feed in self._feeds.values():
            feed.stop()

    def snapshot(self) -> Snapshot:
        """Give everything that is known now."""
        with self._lock:
            view = self._model.view(self._now())
            job, delivered, metrics = self._job, self._delivered, self._metrics
        rate, note = self._trade_rate(view, metrics)
        links = self.stack.links()
        if job and job.web_ui:
            links.insert(0, Link(label="Flink's web UI", url=job.web_ui))
        delivery = self._feeds.get("delivery")
        return Snapshot(
            view=view,
            job=job,
            delivered=delivered,
            trade_rate=rate,
            trade_note=note,
            links=tuple(links),
            results_health=self._feeds["results"].health(),
            letters_health=self._feeds["letters"].health(),
            trades_health=self._feeds["trades"].health(),
            job_health=self._feeds["job"].health(),
            delivery_health=delivery.health() if delivery else None,
        )

    def _trade_rate(self, view: View, metrics: Metrics | None) -> tuple[float | None, str]:
        if self.stack.endpoint:
            return view.trade_rate, "arriving, over 10 s"
        incoming = metrics.last(INCOMING) if metrics else None
        what = "packed records" if self.stack.aggregation_enabled else "arriving"
        return (incoming.value / PERIOD if incoming else None), f"{what}, by the minute"

    def _now(self) -> int:
        return round(self._clock() * 1000)

    def _read_results(self) -> None:
        records = self._results.poll()
        with self._lock:
            self._model.results_read = round(self._results.read_until * 1000)
            for record in records:
                self._model.add_results(parse_results(record.data), record.arrival)

    def _read_letters(self) -> None:
        records = self._letters.poll()
        with self._lock:
            self._model.letters_read = round(self._letters.read_until * 1000)
            for record in records:
                key = f"{record.shard}/{record.sequence_number}/{record.part}"
                self._model.add_letters(parse_letters(record.data, key), record.arrival)

    def _read_trades(self) -> None:
        records = self._trades.poll()
        with self._lock:
            self._model.trades_read = round(self._trades.read_until * 1000)
            for record in records:
                self._model.add_trades(1, record.arrival)

    def _read_metrics(self) -> None:
        self._metrics = self._cloud_watch.read()

    def _read_job(self) -> None:
        self._job = self._source.read()

    def _read_sink(self) -> None:
        self._delivered = self._sink.read()

    def _managed(self, make: Clients, stack: Stack) -> ManagedFlink:
        return ManagedFlink(
            make("kinesisanalyticsv2"), make("logs"), stack, metrics=lambda: self._metrics
        )
