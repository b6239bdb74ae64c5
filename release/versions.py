"""How a version is checked, and written into a snapshot's name."""

import re
from datetime import datetime
from typing import Final

from common.releases import ALLOWED, VERSION
from release.errors import ReleaseError

_SNAPSHOT: Final = re.compile(rf"release\.({VERSION.pattern})\.\d{{8}}T\d{{6}}Z")


def checked(version: str) -> str:
    """Return the version, or raise `ReleaseError` if it can't be part of a key."""
    if not VERSION.fullmatch(version):
        message = f"version {version!r}: allowed are {ALLOWED}"
        raise ReleaseError(message)
    return version


def snapshot_name(version: str, at: datetime) -> str:
    """Name a snapshot of the state of `version`, taken at `at` (UTC)."""
    return f"release.{version}.{at:%Y%m%dT%H%M%SZ}"


def version_of_snapshot(name: str) -> str | None:
    """Give the version in a snapshot's name. None for a name of another form."""
    found = _SNAPSHOT.fullmatch(name)
    return found.group(1) if found else None
