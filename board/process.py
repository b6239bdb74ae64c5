"""The board as a child process: its port on 127.0.0.1, its start, and its end with the parent.

This module doesn't import the page's library, so that a process that only starts a board needn't
wait for that import.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from board.address import HOST, PORT, listen
from board.errors import BoardError

START_SECONDS: Final = 300.0
"""How long a child may take to answer, as long as it runs; 3 s on an idle machine of two cores."""

STOP_SECONDS: Final = 5.0


@dataclass(kw_only=True)
class Board:
    """The board as a child process that ends with the `with` block.

    `outputs` is a file of a workload stack's outputs. `job_status` is the local cloud's status
    file, as `Watch` reads it. `port` 0 takes a free port. Output goes to `log`. Raises `BoardError`
    if the port is taken or the page doesn't answer.
    """

    outputs: Path
    job_status: Path | None = None
    port: int = PORT
    log: Path | None = None
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        """Start the child, and return when the page answers."""
        self.launch()
        self.await_answer()
        return self

    def launch(self) -> None:
        """Start the child, and don't wait."""
        command = [sys.executable, "-m", "board", str(self.outputs)]
        command += [str(self.job_status)] if self.job_status else []
        with listen(self.port) as listener, (self.log or Path(os.devnull)).open("wb") as log:
            self.port = listener.getsockname()[1]
            self._child = subprocess.Popen(
                [*command[:3], str(listener.fileno()), *command[3:]],
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C ends the parent first, which ends the child
            )

    def await_answer(self) -> None:
        """Return once the page answers."""
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child."""
        self.stop()

    def stop(self) -> None:
        """End the child; a second call does nothing."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdin:
            child.stdin.close()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        log = f"; log: {self.log}" if self.log else ""
        while time.monotonic() < deadline:
            if self._child is None or self._child.poll() is not None:
                message = f"the board ended at its start{log}"
                raise BoardError(message)
            try:
                with urllib.request.urlopen(self.url, timeout=5):  # noqa: S310 -- http, the board's own address
                    return
            except OSError:
                time.sleep(0.1)
        message = f"the board gave no answer in {START_SECONDS:.0f} s{log}"
        raise BoardError(message)


def end_with_parent() -> None:
    """End this process when its standard input ends. The parent holds the other end of the pipe."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
