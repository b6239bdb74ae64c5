"""Sends cured records, each at most once, and keeps the ledger.

The simulator's producer sends a request again if its answer is lost, so a trade can arrive twice.
Here such a request ends the run: its records are unclear until the next run finds their marks in
the stream.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from common.errors import code_of
from redrive.cure import redate
from redrive.mark import mark_of
from simulator.aws_errors import THROTTLES, explain, is_unreachable
from simulator.batching import plan as plan_requests
from simulator.clock import SPAN_MS
from simulator.retry import Backoff
from simulator.trades import Record
from stack.reader import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

    from redrive.ledger import Ledger
    from redrive.plan import Item
    from simulator.batching import Entry
    from simulator.producer import PutRecords

CHUNK: Final = 500
_CLIENT_ERROR: Final = range(400, 500)


@dataclass(slots=True)
class Sent:
    """What a run did."""

    sent: dict[str, str] = field(default_factory=dict[str, str])
    """Shard and sequence number of each record that the stream took, by id."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    """Error of each record that the stream did not take, by id."""
    unclear: list[str] = field(default_factory=list[str])
    """Ids of a request without an answer."""
    error: str | None = None
    """Why the run ended early. None if it went through."""


class Sender:
    """Sends records to one stream, in the order of their times."""

    def __init__(  # noqa: PLR0913 -- keywords, each with a default
        self,
        client: PutRecords,
        stream: str,
        ledger: Ledger,
        *,
        date_now: bool = False,
        backoff: Backoff | None = None,
        stop: threading.Event | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Make a sender for one run. The client must not retry by itself.

        Args:
            client: The client of the stream.
            stream: Name of the stream.
            ledger: Gets a line before and after each request.
            date_now: Whether a trade is dated when it is sent.
            backoff: Number of attempts, and the waits between them.
            stop: Ends the run after the request that is on its way.
            now_ms: Gives the time, in milliseconds since the epoch.
        """
        self._client = client
        self._stream = stream
        self._ledger = ledger
        self._date_now = date_now
        self._backoff = backoff or Backoff()
        self._stop = stop or threading.Event()
        self._now_ms = now_ms
        self._done = Sent()

    def send(self, items: Iterable[Item]) -> Sent:
        """Send the records. Raises `LedgerError`."""
        for chunk in _chunks(sorted(items, key=lambda item: item.time)):
            ids = iter([item.id for item in chunk])
            for request in plan_requests([self._record(item) for item in chunk]):
                if self._stop.is_set():
                    self._done.error = "stopped"
                if self._done.error:
                    return self._done
                self._put([next(ids) for _ in request.entries], request.entries)
        return self._done

    def _record(self, item: Item) -> Record:
        data = item.data
        if self._date_now:
            data = redate(data, self._now_ms())
        return Record(data, item.key, item.time)

    def _put(self, ids: Sequence[str], entries: Sequence[Entry]) -> None:
        for attempt in range(1, self._backoff.attempts + 1):
            if attempt > 1 and self._stop.wait(self._backoff.wait(attempt - 1)):
                self._done.error = "stopped"
                return
            self._ledger.begin(ids)
            sent, refused = self._attempt(ids, entries)
            if sent or refused:
                self._ledger.end(sent, refused)
            self._done.sent.update(sent)
            self._done.refused = {
                name: code
                for name, code in {**self._done.refused, **refused}.items()
                if name not in sent
            }
            if self._done.error or not refused:
                return
            left = [place for place, name in enumerate(ids) if name in refused]
            ids, entries = [ids[place] for place in left], [entries[place] for place in left]
        codes = sorted({self._done.refused[name] for name in ids})
        self._done.error = f"stream {self._stream}: it still refuses records: {', '.join(codes)}"

    def _attempt(
        self, ids: Sequence[str], entries: Sequence[Entry]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Put a request once. Give the places of what was sent, and the errors of what was not.

        What is in neither is unclear. `error` is set if no other request should follow.
        """
        sent: dict[str, str] = {}
        refused: dict[str, str] = {}
        try:
            answer = self._client.put_records(StreamName=self._stream, Records=entries)
        except (ClientError, BotoCoreError) as error:
            code = code_of(error) if isinstance(error, ClientError) else type(error).__name__
            if code not in THROTTLES:
                self._done.error = str(explain(error, self._stream))
            if _may_have_arrived(error):
                self._done.unclear += ids
                return sent, refused
            return sent, dict.fromkeys(ids, code)
        for name, one in zip(ids, answer["Records"], strict=True):
            if code := one.get("ErrorCode"):
                refused[name] = str(code)
            else:
                sent[name] = f"{one['ShardId']}/{one['SequenceNumber']}"
        return sent, refused


def find_marks(client: KinesisClient, stream: str, since: int) -> dict[str, str]:
    """Give the place of each marked record on a stream since a time, by the id in its mark.

    The time is in milliseconds since the epoch. Raises botocore's errors.
    """
    reader = StreamReader(client, stream, since=since / 1000)
    return {
        mark: f"{record.shard}/{record.sequence_number}"
        for page in reader.pages()
        for record in page
        if (mark := mark_of(record.data))
    }


def _may_have_arrived(error: Exception) -> bool:
    """Tell whether the stream may have the records of a request without a good answer."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status not in _CLIENT_ERROR
    unsent = EndpointConnectionError | ConnectTimeoutError
    return is_unreachable(error) and not isinstance(error, unsent)


def _chunks(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Split records so that a retry within a chunk makes none of them late."""
    chunk: list[Item] = []
    for item in items:
        if chunk and (len(chunk) == CHUNK or item.time - chunk[0].time > SPAN_MS / 4):
            yield chunk
            chunk = []
        chunk.append(item)
    if chunk:
        yield chunk
