"""The producer: requests put by a few workers, entries that failed put again.

Order. A trade never arrives behind one that is more than `span_ms` newer: a request waits until
the oldest one in flight is near enough. Within that span, workers and retries may reorder, also
trades of one key; with one worker only a retry can, and only within its own request. Kinesis
promises no more for PutRecords.

Loss. Every trade is accepted or counted as failed. A lost answer is asked for again, so that a
trade may come twice: at least once.
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
"""Attempts at an endpoint that has never answered: more likely mistyped or stopped than busy."""


class Answer(TypedDict):
    """What is read of the answer to PutRecords."""

    Records: Sequence[Mapping[str, object]]


class PutRecords(Protocol):
    """What is asked of a Kinesis client."""

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
        """Take what the run needs.

        Args:
            client: A Kinesis client that does not retry by itself; shared by the workers.
            stream: The stream's name.
            packing: Whether and how trades share a Kinesis record.
            workers: Requests on the wire at once.
            backoff: How often and how patiently to try again.
            span_ms: Milliseconds between the oldest and the newest trade in flight, at most.
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
        """Why the run was broken off; None while nothing but single trades failed."""

    def progress(self) -> Summary:
        """Give the count of this moment; callable from any thread."""
        return self._stats.snapshot()

    def send(self, chunks: Iterable[Sequence[Record]]) -> Summary:
        """Put all chunks, and wait for the last answer.

        A chunk is taken only when there is room for it. Where no request can succeed (no such
        stream, no permission, no endpoint), or on KeyboardInterrupt, it takes no more, gives up
        what is still to be retried, and counts that as failed; `error` says why in the first case.
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
        """Wait until one more request is neither too many nor too far ahead of the oldest."""
        while self._pending:
            oldest_ms = next(iter(self._pending.values()))
            if len(self._pending) < 2 * self._workers and newest_ms - oldest_ms <= self._span_ms:
                return
            self._settle()

    def _settle(self) -> None:
        done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
        for future in done:
            del self._pending[future]
            future.result()  # a worker fails only by a defect, which must not pass in silence

    def _put(self, request: Request) -> None:
        """Put a request's entries until all are accepted, or the attempts are used up."""
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
        """Tell whether to give the endpoint up: no later request would fare better."""
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
