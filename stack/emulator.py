"""How calls to an emulator are signed, where nobody has signed in.

An emulator takes the account from the access key. The local cloud's own checks the signature too,
with a secret of its run, which stands in a file that its user alone can read.
"""

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

UNCHECKED: Final = "test"
"""The secret for an emulator that checks none, such as LocalStack."""

LOOPBACK: Final = ("127.0.0.1", "localhost")


def secret_file(port: int) -> Path:
    """Give the place of the secret of the local cloud's emulator on a port."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "stocktrading" / "emulators" / str(port)


def secret_for(endpoint: str) -> str:
    """Give the secret access key that calls to an emulator are signed with."""
    address = urlsplit(endpoint)
    if address.hostname not in LOOPBACK or address.port is None:
        return UNCHECKED
    try:
        return secret_file(address.port).read_text("utf-8")
    except OSError:
        return UNCHECKED
