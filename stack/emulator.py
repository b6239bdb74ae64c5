"""Credentials for calls to an emulator, if the environment has none.

An emulator uses the access key as the account. The local cloud's emulator checks the signature
too. Its secret is new for each run, and is in a file that only its user can read.
"""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from common.paths import writable_cache

UNCHECKED: Final = "test"
"""The secret for an emulator that doesn't check signatures, such as LocalStack."""

LOOPBACK: Final = ("127.0.0.1", "localhost")


def secret_file(port: int) -> Path:
    """Give the file with the secret of the local cloud's emulator on a port."""
    return writable_cache() / "emulators" / str(port)


def secret_for(endpoint: str) -> str:
    """Give the secret access key for calls to an emulator."""
    address = urlsplit(endpoint)
    if address.hostname not in LOOPBACK or address.port is None:
        return UNCHECKED
    try:
        return secret_file(address.port).read_text("utf-8")
    except OSError:
        return UNCHECKED
