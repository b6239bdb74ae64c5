"""The board's address: a port on 127.0.0.1."""

import socket
from typing import Final

from common import child
from common.child import HOST

PORT: Final = 8280
"""The default port. Neither Flink nor an emulator uses it."""


def listen(port: int) -> socket.socket:
    """Bind the port, 0 for a free one. Raises `UserError` where it is taken."""
    return child.listen(port, "the board")


def address(listener: socket.socket) -> str:
    """Give the address to open."""
    return f"http://{HOST}:{listener.getsockname()[1]}"
