"""The child processes of a test."""

from __future__ import annotations

from pathlib import Path

import psutil


def processes_in(directory: Path) -> list[psutil.Process]:
    """Give this process's descendants whose command contains a path in a directory.

    Other descendants, such as a browser's, start and end independently.
    """
    found: list[psutil.Process] = []
    for process in psutil.Process().children(recursive=True):
        try:
            if str(directory) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found
