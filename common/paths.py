"""Paths of the project's files."""

import fcntl
import os
import pwd
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The directory of the checkout."""

LOCAL: Final = ROOT / ".local"
"""The directory of the local cloud's files. It is the same from every working directory."""

LOCK: Final = "lock"
"""The file in that directory that the process of a local cloud locks until it ends."""

LOCAL_OUTPUTS: Final = LOCAL / "sandbox.json"
"""The file with the outputs of the local cloud's workload stack."""


def lock_text(directory: Path) -> str | None:
    """Give what the process of a local cloud wrote about itself. None if no such process lives.

    The lock ends with its process, also with a killed one. So its files can't be taken for those of
    a running cloud.
    """
    try:
        with (directory / LOCK).open("r", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read()
    except FileNotFoundError:
        pass
    return None


def job_status_file(application: str) -> Path:
    """Give the local cloud's file with the status of an application's job."""
    return LOCAL / "flink" / application / "status.json"


def writable_cache() -> Path:
    """Give this project's cache of the user, or one in the checkout if that can't be written.

    All checkouts share the user's. It may be missing. See the XDG base directory specification,
    https://specifications.freedesktop.org/basedir-spec/.
    """
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stocktrading"
    except RuntimeError:  # the user has no home
        return LOCAL / "cache"
    return cache if _writable(cache) else LOCAL / "cache"


def maven_repository() -> list[str]:
    """Give Maven's option for a repository in the checkout. Empty if the user's can be written.

    Maven takes the user's home from the system, not from `HOME`.
    """
    try:
        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # the user has no entry
        home = Path("/nonexistent")
    own = f"-Dmaven.repo.local={LOCAL / 'cache' / 'maven'}"
    return [] if _writable(home / ".m2" / "repository") else [own]


def _writable(directory: Path) -> bool:
    """Whether the user can write there, or make the directory if it is missing."""
    nearest = next(each for each in (directory, *directory.parents) if each.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK)
