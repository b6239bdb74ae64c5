"""The processes that a test has started, and that should end with it."""

from __future__ import annotations

from pathlib import Path

import psutil


def processes_in(directory: Path) -> list[psutil.Process]:
    """Give the processes whose command names a path in a directory, such as a test's own.

    Other processes, such as a browser of another test, start and end by themselves.
    """
    return [process for process in psutil.process_iter() if _names(process, directory)]


def _names(process: psutil.Process, directory: Path) -> bool:
    try:
        return any(str(directory) in part for part in process.cmdline())
    except psutil.Error:  # it has ended meanwhile
        return False
