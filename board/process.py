"""The board as a child process: its port on 127.0.0.1, its start, and its end with the parent.

This module doesn't import the page's library, so that a process that only starts a board needn't
wait for that import.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from board.address import HOST, PORT, listen
from common.child import Child
from common.errors import UserError

START_SECONDS: Final = 300.0
"""How long a child may take to answer, as long as it runs; 3 s on an idle machine of two cores."""

STOP_SECONDS: Final = 5.0

NICENESS: Final = 5
"""On a busy machine, the page must not delay the job that it shows."""


@dataclass(kw_only=True)
class Board:
    """The board as a child process that ends with the `with` block.

    `outputs` is a file of a workload stack's outputs; `job_status` is where the local cloud keeps
    the job's status. `port` 0 takes a free port. Output goes to `log`. `pace` below 1 reads the
    sources more often, and notices sooner that one gives no answer. Raises `UserError` in one
    line if the port is taken or the page doesn't come up.
    """

    outputs: Path
    job_status: Path | None = None
    port: int = PORT
    log: Path | None = None
    pace: float = 1.0
    _child: Child | None = field(default=None, init=False, repr=False)

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
        arguments = [str(self.outputs), str(self.pace)]
        arguments += [str(self.job_status)] if self.job_status else []
        with listen(self.port) as listener:
            self.port = listener.getsockname()[1]
            log = self.log or Path(os.devnull)
            self._child = Child("board", arguments, listener, log)
        os.setpriority(os.PRIO_PROCESS, self._child.process.pid, NICENESS)

    def await_answer(self) -> None:
        """Return once the page answers; an error before `launch`."""
        if self._child is None:
            message = "the board isn't started"
            raise UserError(message)
        try:
            self._child.wait_for(self.url, START_SECONDS, "the board")
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
        if child:
            child.stop(STOP_SECONDS)
