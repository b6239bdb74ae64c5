"""The dashboard, read once for all pages, and only while one of them is open."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from board.dashboard.insights import Insights
from board.dashboard.reader import Picture, Reader
from board.errors import BoardError
from board.feed import Feed, Health
from board.stack import Stack

SECONDS: Final = 60.0
"""Seconds between two reads. CloudWatch has one value a minute, and AWS charges for each metric."""

LOCAL_SECONDS: Final = 5.0

WAITING: Final = Health(age=None, error=None, limit=SECONDS)


@dataclass(frozen=True, kw_only=True)
class View:
    """What a page shows: the last picture and how fresh it is."""

    picture: Picture | None
    health: Health


class DashboardMonitor:
    """Reads from the first `open` to the last `close`. Any thread may call `view`."""

    def __init__(self, stack: Stack, clients: Callable[[str], Any], *, pace: float = 1.0) -> None:
        """Set what is read. No call is made until a page is open. See `Feed` for `pace`."""
        self._pace = pace
        self._stack = stack
        self._clients = clients
        self._lock = threading.Lock()
        self._open = 0
        self._feed: Feed | None = None
        self._reader: Reader | None = None
        self._picture: Picture | None = None

    def open(self) -> None:
        """Count a page that was opened."""
        with self._lock:
            self._open += 1
            if self._feed is None:
                seconds = LOCAL_SECONDS if self._stack.endpoint else SECONDS
                self._feed = Feed("dashboard", self._read, interval=seconds, pace=self._pace)
                self._feed.start()

    def close(self) -> None:
        """Count a page that was closed. With the last one the reading ends."""
        with self._lock:
            self._open -= 1
            if self._open <= 0 and self._feed:
                self._feed.stop()
                self._feed = None

    def view(self) -> View:
        """Give the last picture and how fresh it is."""
        feed = self._feed
        return View(picture=self._picture, health=feed.health() if feed else WAITING)

    def _read(self) -> None:
        if self._reader is None:
            self._reader = self._make()
        self._picture = self._reader.read()

    def _make(self) -> Reader:
        stack = self._stack
        if stack.dashboard_name is None:
            message = "the stack's outputs name no dashboard: deploy this version of it"
            raise BoardError(message)
        logs = None if stack.endpoint else self._clients("logs")
        return Reader(
            client=self._clients("cloudwatch"),
            insights=Insights(client=logs),
            name=stack.dashboard_name,
            region=stack.region,
        )
