"""The board's address: a port on 127.0.0.1."""

import socket
from typing import Final

from board.errors import BoardError

HOST: Final = "127.0.0.1"
"""The only interface that the board listens on."""

PORT: Final = 8280
"""The port by default: easy to find again, and not one that Flink or an emulator takes."""


def listen(port: int) -> socket.socket:
    """Bind the port, 0 for a free one; raises BoardError where it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # holds the port from now on
    except OSError as error:
        listener.close()
        message = f"port {port} on {HOST}: {error.strerror}; give another one, or 0 for a free one"
        raise BoardError(message) from error
    return listener


def address(listener: socket.socket) -> str:
    """Give the address to open."""
    return f"http://{HOST}:{listener.getsockname()[1]}"
