"""A board that counts its GetRecords calls: `counting_board.py <descriptor> <outputs> <counts>`.

Each call adds a line with the time in seconds to the file of counts.
"""

import socket
import sys
import time
from pathlib import Path
from typing import Any

from board.monitor import StackMonitor
from board.server import serve
from board.stack import Stack
from common.child import end_with_parent


def main() -> None:
    """Serve, and count."""
    descriptor, outputs, counts = sys.argv[1:]
    stack = Stack.of_file(Path(outputs))
    with Path(counts).open("a", encoding="utf-8") as lines:

        def note(**_: object) -> None:
            lines.write(f"{time.time()}\n")
            lines.flush()

        def client(service: str) -> Any:  # noqa: ANN401 -- boto3 makes a client's type at run time
            made = stack.client(service)
            made.meta.events.register("before-call.kinesis.GetRecords", note)
            return made

        end_with_parent()
        serve(StackMonitor(stack, clients=client), socket.socket(fileno=int(descriptor)))


if __name__ == "__main__":
    main()
