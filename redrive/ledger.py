"""The ledger: a file that knows for each record whether it was sent to a stream.

Each line is a JSON object. Before a request, the ledger gets a line with the ids of its records.
After the answer, it gets a line for the records that the stream took, with their places, and for
those that it refused. Every line is on the disk before the run goes on. So after a crash, a record
was sent, was not sent, or is unclear: its request has no answer.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from common.errors import UserError
from oracle.verdict import parse_time
from simulator.file.times import write_time

SETTLE_MS: Final = 60_000
"""Time after which a request without an answer has either arrived or never will."""


class LedgerError(UserError):
    """A ledger can't be used. The text is one line that says what to do."""


class Ledger:
    """What was sent to one stream. Only one process may use a ledger at a time."""

    def __init__(
        self,
        path: Path,
        stream: str,
        *,
        writes: bool = True,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Open a ledger. Raises `LedgerError`.

        Args:
            path: The file. Lines about other streams stay as they are.
            stream: Account, region and name of the stream.
            writes: Whether the file may be made and written.
            now_ms: Gives the time, in milliseconds since the epoch.
        """
        self.path = path
        self._stream = stream
        self._now_ms = now_ms
        self.sent: dict[str, str] = {}
        """The place of each record that the stream took, by its id: shard and sequence number."""
        self.unclear: dict[str, int] = {}
        """When each record was put whose request has no answer, by its id."""
        self._file: int | None = None
        try:
            if writes:
                self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            text = path.read_bytes() if path.exists() else b""
        except BlockingIOError as error:
            self.close()
            message = f"{path}: another run uses it; wait until it has ended"
            raise LedgerError(message) from error
        except OSError as error:
            self.close()
            message = f"{path}: {error.strerror or error}; name another file with --ledger"
            raise LedgerError(message) from error
        self._load(text)

    def __enter__(self) -> Self:
        """Give the ledger itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file, which also lets other runs use it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def begin(self, ids: Iterable[str]) -> None:
        """Note records before they are put."""
        now = self._now_ms()
        listed = list(ids)
        self._write({"at": write_time(now), "stream": self._stream, "putting": listed})
        self.unclear.update(dict.fromkeys(listed, now))

    def end(self, sent: Mapping[str, str], refused: Mapping[str, str]) -> None:
        """Note the place of each record that was sent, and the error of each that was not."""
        at = write_time(self._now_ms())
        self._write({"at": at, "stream": self._stream, "sent": sent, "not_sent": refused})
        self._note(sent, refused)

    def settle(self, arrived: Callable[[int], Mapping[str, str]], oldest: int) -> None:
        """Find out which unclear records arrived. Those put before `oldest` stay unclear.

        Args:
            arrived: Gives the places of all marked records since a time, by the id in the mark.
            oldest: Time from which on the stream keeps all its records.
        """
        now = self._now_ms()
        ripe = {name: at for name, at in self.unclear.items() if oldest <= at <= now - SETTLE_MS}
        if not ripe:
            return
        found = arrived(min(ripe.values()))
        sent = {name: found[name] for name in ripe if name in found}
        missing = {name: "it is not in the stream" for name in ripe if name not in found}
        if self._file is None:
            self._note(sent, missing)  # a dry run writes nothing
        else:
            self.end(sent, missing)

    def _note(self, sent: Mapping[str, str], refused: Iterable[str]) -> None:
        self.sent.update(sent)
        for name in (*sent, *refused):
            self.unclear.pop(name, None)

    def _write(self, line: Mapping[str, object]) -> None:
        if self._file is None:
            message = "a ledger that is only read was written"
            raise RuntimeError(message)
        data = json.dumps(line).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            message = f"{self.path}: {error.strerror or error}"
            raise LedgerError(message) from error

    def _load(self, text: bytes) -> None:
        whole, _, half = text.rpartition(b"\n")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self.close()
                message = f"{self.path}, line {number}: not a line of a ledger; name another file"
                raise LedgerError(message) from error
        # A run that was killed can leave half a line. What it was about stays unclear.
        if half and self._file is not None:
            os.ftruncate(self._file, len(text) - len(half))

    def _take(self, line: dict[str, Any]) -> None:
        if line["stream"] != self._stream:
            return
        if "putting" in line:
            at = parse_time(line["at"]) or 0
            self.unclear.update(dict.fromkeys(line["putting"], at))
        else:
            self._note(dict(line["sent"]), dict(line["not_sent"]))
