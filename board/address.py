"""The board's address: a port on 127.0.0.1."""

import socket
from typing import Final

from board.errors import BoardError

HOST: Final = "127.0.0.1"
"""The only interface that the board listens on."""

PORT: Final = 8280
"""The default port. Neither Flink nor an emulator uses it."""


def listen(port: int) -> socket.socket:
    """Bind the port, or a free one for 0. Raises BoardError if the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # from now on no other process can take the port
    except OSError as error:
        listener.close()
        message = f"port {port} on {HOST}: {error.strerror}; give another one, or 0 for a free one"
        raise BoardError(message) from error
    return listener


def address(listener: socket.socket) -> str:
    """Give the address to open."""
    return f"http://{HOST}:{listener.getsockname()[1]}"
