"""The producer: a few workers put requests, and put failed entries again.

Order: a trade never arrives after a trade that is more than `span_ms` newer. To ensure this, a
request waits until the oldest request in flight is near enough. Within the span, workers and
retries can change the order, also for trades with the same key. With one worker, only a retry can
change the order, and only within its own request. Kinesis doesn't guarantee more for PutRecords.

Loss: every trade is accepted or counted as failed. If an answer is lost, the request is sent
again. A trade can therefore arrive twice (at-least-once delivery).
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, Protocol, TypedDict, cast

from botocore.exceptions import BotoCoreError, ClientError

from simulator.aws_errors import THROTTLES, code_of, explain, is_retryable, is_unreachable
from simulator.batching import WORKERS, Entry, Packing, Request, plan
from simulator.clock import SPAN_MS
from simulator.errors import SimulatorError
from simulator.retry import Backoff
from simulator.stats import Stats, Summary
from simulator.trades import Record

FIRST_ATTEMPTS: Final = 3
"""Attempts at an endpoint that has never answered: it is probably mistyped or stopped."""


class Answer(TypedDict):
    """The part of PutRecords' answer that is read."""

    Records: Sequence[Mapping[str, object]]


class PutRecords(Protocol):
    """The part of a Kinesis client that is used."""

    def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Answer:  # noqa: N803
        """Put records, as boto3's client of `kinesis` does."""
        ...


class Producer:
    """Puts chunks of records on a stream."""

    def __init__(  # noqa: PLR0913 -- keywords, each with a default
        self,
        client: PutRecords,
        stream: str,
        *,
        packing: Packing = "none",
        workers: int = WORKERS,
        backoff: Backoff | None = None,
        span_ms: int = SPAN_MS,
    ) -> None:
        """Make a producer for one run.

        Args:
            client: A Kinesis client that does not retry by itself. The workers share it.
            stream: The stream's name.
            packing: Whether and how trades share a Kinesis record.
            workers: Maximum number of simultaneous requests.
            backoff: Number of attempts, and the waits between them.
            span_ms: Maximum milliseconds between the oldest and the newest trade in flight.
        """
        self._client = client
        self._stream = stream
        self._packing: Packing = packing
        self._workers = workers
        self._backoff = backoff or Backoff()
        self._span_ms = span_ms
        self._stats = Stats()
        self._pending: dict[Future[None], int] = {}  # to the first trade's time, oldest first
        self._answered = False
        self._broken = threading.Event()
        self.error: SimulatorError | None = None
        """Why the run ended early. None if only single trades failed."""

    def progress(self) -> Summary:
        """Give the current counts. Any thread may call it."""
        return self._stats.snapshot()

    def send(self, chunks: Iterable[Sequence[Record]]) -> Summary:
        """Put all chunks, and wait for the last answer.

        A chunk is taken only when there is room for it. The run ends early if no request can
        succeed (no such stream, no permission, no endpoint) or on KeyboardInterrupt. It then takes
        no more chunks, stops the retries, and counts the remaining trades as failed. `error` has
        the reason if no request can succeed.
        """
        try:
            with ThreadPoolExecutor(self._workers, thread_name_prefix="put") as pool:
                try:
                    self._submit_all(chunks, pool)
                except BaseException:
                    self._broken.set()  # or the pool would wait for every attempt
                    raise
        except KeyboardInterrupt:
            pass
        if self._broken.is_set():
            self._stats.close()
        return self._stats.snapshot()

    def _submit_all(self, chunks: Iterable[Sequence[Record]], pool: ThreadPoolExecutor) -> None:
        for chunk in chunks:
            self._stats.add(Summary(sent=len(chunk)))
            for request in plan(chunk, self._packing):
                self._make_room(request.last_ms)
                if self._broken.is_set():
                    return
                self._pending[pool.submit(self._put, request)] = request.first_ms
        while self._pending:
            self._settle()

    def _make_room(self, newest_ms: int) -> None:
        """Wait until another request exceeds neither their number nor the span of event time."""
        while self._pending:
            oldest_ms = next(iter(self._pending.values()))
            if len(self._pending) < 2 * self._workers and newest_ms - oldest_ms <= self._span_ms:
                return
            self._settle()

    def _settle(self) -> None:
        done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
        for future in done:
            del self._pending[future]
            future.result()  # raises a worker's error, which is a defect in this program

    def _put(self, request: Request) -> None:
        """Put a request's entries until all are accepted or the attempts are used up."""
        entries, trades = request.entries, request.trades
        if request.too_large:
            errors = Counter({"RecordTooLarge": sum(trades)})
            self._stats.add(Summary(failed=sum(trades), errors=errors))
            return
        for attempt in range(1, self._backoff.attempts + 1):
            if attempt > 1:
                if self._broken.wait(self._backoff.wait(attempt - 1)):
                    return
                self._stats.add(Summary(retried=sum(trades)))
            codes, error = self._attempt(entries)
            self._count(codes, trades)
            if error and self._is_away(error, attempt):
                self._break(error)
                return
            left = [place for place, code in enumerate(codes) if code]
            if not left:
                return
            entries = [entries[place] for place in left]
            trades = [trades[place] for place in left]
        self._stats.add(Summary(failed=sum(trades)))

    def _is_away(self, error: Exception, attempt: int) -> bool:
        """Tell whether the endpoint stays unreachable, so that the run should end."""
        limit = self._backoff.attempts if self._answered else FIRST_ATTEMPTS
        return is_unreachable(error) and attempt >= min(limit, self._backoff.attempts)

    def _attempt(self, entries: Sequence[Entry]) -> tuple[list[str | None], Exception | None]:
        """Give an error code or None for each entry, and the error of the request as a whole."""
        try:
            answer = self._client.put_records(StreamName=self._stream, Records=entries)
        except (ClientError, BotoCoreError) as error:
            self._answered |= isinstance(error, ClientError)
            if not is_retryable(error):
                self._break(error)
            code = code_of(error) if isinstance(error, ClientError) else type(error).__name__
            return [code] * len(entries), error
        self._answered = True
        return [cast("str | None", one.get("ErrorCode")) for one in answer["Records"]], None

    def _count(self, codes: Sequence[str | None], trades: Sequence[int]) -> None:
        change = Summary(requests=1)
        for code, weight in zip(codes, trades, strict=True):
            if code is None:
                change.accepted += weight
                change.records += 1
                continue
            change.errors[code] += weight
            if code in THROTTLES:
                change.throttled += weight
        self._stats.add(change)

    def _break(self, error: Exception) -> None:
        self.error = self.error or explain(error, self._stream)
        self._broken.set()
