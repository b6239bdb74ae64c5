"""Files that are written whole or not at all, and what a person does about a disk that is full."""

import errno
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from common.paths import ROOT, writable_cache

ADVICE: Final = {
    errno.ENOSPC: "free some space, then run the command again",
    errno.EDQUOT: "free some of your quota, then run the command again",
    errno.EROFS: "name a directory that can be written, or make this one writable",
    errno.EACCES: "name a file that you may use, or change its permissions",
}
"""What to do about an error of the system that is a fault of no program."""

FULL_BYTES: Final = 1024 * 1024
"""A disk with less free space counts as full."""


@contextmanager
def drafted(path: Path) -> Generator[Path]:
    """Give the path of a draft, which replaces `path` at the end. After an error nothing remains.

    So no reader finds a half-written file, also if the disk is full or the process is killed.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file in UTF-8, whole or not at all."""
    with drafted(path) as draft:
        draft.write_text(text, "utf-8")


def advice(error: OSError) -> str | None:
    """Give one line with the place, the problem and what to do. None for a defect of the code."""
    if error.errno not in ADVICE:
        return None
    place = f"{error.filename}: " if error.filename else _full_disks()
    return f"{place}{os.strerror(error.errno)}: {ADVICE[error.errno]}"


def _full_disks() -> str:
    """Name the full ones of the directories that commands write to."""
    places = (ROOT, Path(tempfile.gettempdir()), writable_cache())
    there = (next(each for each in (one, *one.parents) if each.exists()) for one in places)
    full = [str(one) for one in there if shutil.disk_usage(one).free < FULL_BYTES]
    return f"{', '.join(dict.fromkeys(full))}: " if full else ""
