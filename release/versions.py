"""How a version is written into an archive's key and into a snapshot's name."""

import re
from datetime import datetime
from typing import Final

from release.errors import ReleaseError

ARCHIVE: Final = "stocktrading-job.zip"
MANIFEST: Final = "stocktrading-job.json"

VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A version that fits into an S3 key and a snapshot's name without change."""

_KEY: Final = re.compile(rf"releases/({VERSION.pattern})/{re.escape(ARCHIVE)}")
_SNAPSHOT: Final = re.compile(rf"release\.({VERSION.pattern})\.\d{{8}}T\d{{6}}Z")


def checked(version: str) -> str:
    """Return the version, or raise `ReleaseError` if it can't be part of a key."""
    if not VERSION.fullmatch(version):
        message = (
            f"version {version!r}: allowed are 1 to 64 of A-Z a-z 0-9 . _ - after a letter or digit"
        )
        raise ReleaseError(message)
    return version


def key_of(version: str, file: str = ARCHIVE) -> str:
    """Give the S3 key of a version's archive, or of another file beside it."""
    return f"releases/{version}/{file}"


def version_of_key(key: str | None) -> str | None:
    """Give the version in a key. None for a key of another form."""
    found = _KEY.fullmatch(key or "")
    return found.group(1) if found else None


def snapshot_name(version: str, at: datetime) -> str:
    """Name a snapshot of the state of `version`, taken at `at` (UTC)."""
    return f"release.{version}.{at:%Y%m%dT%H%M%SZ}"


def version_of_snapshot(name: str) -> str | None:
    """Give the version in a snapshot's name. None for a name of another form."""
    found = _SNAPSHOT.fullmatch(name)
    return found.group(1) if found else None
