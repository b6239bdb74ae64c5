"""Names of the job's versions, and S3 keys of their archives."""

import re
from typing import Final

RELEASES: Final = "releases/"
"""Prefix of the S3 keys of all versions' files."""

ARCHIVE: Final = "stocktrading-job.zip"
MANIFEST: Final = "stocktrading-job.json"
SBOM: Final = "stocktrading-job.cdx.json"
"""The bill of materials (CycloneDX) of the archive beside it."""

VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A version that can be a part of an S3 key and of a snapshot's name without change."""

ALLOWED: Final = "1 to 64 of A-Z a-z 0-9 . _ - after a letter or digit"

_KEY: Final = re.compile(rf"{RELEASES}({VERSION.pattern})/{re.escape(ARCHIVE)}")


def key_of(version: str, file: str = ARCHIVE) -> str:
    """Give the S3 key of a version's archive, or of another file beside it."""
    return f"{RELEASES}{version}/{file}"


def version_of_key(key: str | None) -> str | None:
    """Give the version in a key. None for a key of another form."""
    found = _KEY.fullmatch(key or "")
    return found.group(1) if found else None
