"""The processes below a test's own."""

from __future__ import annotations

from pathlib import Path

import psutil


def processes_in(directory: Path) -> list[psutil.Process]:
    """Give the processes below this one whose command names a path in a directory.

    Others, such as those of a browser, are started and ended by themselves.
    """
    found: list[psutil.Process] = []
    for process in psutil.Process().children(recursive=True):
        try:
            if str(directory) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found
