"""The board's own process: `python -m board <descriptor> <outputs> <pace> [<job status>]`.

The parent passes a bound socket, so that no other process can take the port before it is used.
Standard input is a pipe from the parent.
"""

import socket
import sys
from pathlib import Path

from board.monitor import StackMonitor
from board.server import serve
from board.stack import Stack
from common.child import end_with_parent
from common.errors import UserError


def main() -> None:
    """Serve until the parent ends or a signal comes."""
    descriptor, outputs, pace, *status = sys.argv[1:]
    end_with_parent()
    try:
        monitor = StackMonitor(
            Stack.of_file(Path(outputs)),
            job_status=Path(status[0]) if status else None,
            pace=float(pace),
        )
    except UserError as error:
        sys.exit(f"board: {error}")
    serve(monitor, socket.socket(fileno=int(descriptor)))


if __name__ == "__main__":
    main()
