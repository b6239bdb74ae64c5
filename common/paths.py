"""Paths of the project's files."""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The directory of the checkout."""

LOCAL: Final = Path(".local")
"""The directory of the local cloud's files, relative to the directory that it was started in."""

LOCAL_OUTPUTS: Final = LOCAL / "sandbox.json"
"""The file with the outputs of the local cloud's workload stack."""


def job_status_file(application: str) -> Path:
    """Give the local cloud's file with the status of an application's job."""
    return LOCAL / "flink" / application / "status.json"


def user_cache() -> Path:
    """Give the user's cache directory of this project. All checkouts share it. It may be missing.

    See the XDG base directory specification, https://specifications.freedesktop.org/basedir-spec/.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "stocktrading"


def writable_cache() -> Path:
    """Give the user's cache directory, or one in the checkout if the user may not write there."""
    cache = user_cache()
    nearest = next(parent for parent in (cache, *cache.parents) if parent.exists())
    return cache if os.access(nearest, os.W_OK) else ROOT / LOCAL / "cache"
