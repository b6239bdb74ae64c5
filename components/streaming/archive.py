"""The job's archive that `make package` writes: a zip file with a description next to it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

from common.paths import ROOT
from common.releases import ALLOWED, ARCHIVE, MANIFEST, VERSION, key_of
from components.base.validation import SettingsError

DISTRIBUTION: Final = ROOT / "dist"
"""Folder into which `make package` writes the archive."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A job's archive. Its S3 key has its version, because the service notices only a new key."""

    path: Path
    version: str
    sha256: str

    def __post_init__(self) -> None:
        """Refuse a version that can't be part of an S3 key as it is."""
        if not VERSION.fullmatch(self.version):
            message = (
                f"version of {self.path.name}: given {self.version!r}; allowed: {ALLOWED}; "
                "run make package VERSION=..."
            )
            raise SettingsError(message)

    @property
    def key(self) -> str:
        """S3 key in the workload's code bucket."""
        return key_of(self.version)

    @classmethod
    def packaged(cls) -> Self:
        """Find the archive that was packaged last.

        Raises `SettingsError` if the archive is missing or does not match its description.
        """
        directory = DISTRIBUTION
        path, description = directory / ARCHIVE, directory / MANIFEST
        for file in (path, description):
            if not file.is_file():
                message = f"{file.name} is missing in {directory}: run make package"
                raise SettingsError(message)
        try:
            told = cast("dict[str, Any]", json.loads(description.read_text("utf-8")))
            version, sha256 = str(told["version"]), str(told["sha256"])
        except (ValueError, KeyError, TypeError):
            message = f"{description} does not hold a version and a sha256: run make package"
            raise SettingsError(message) from None
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                message = (
                    f"{path} is not the archive that {description.name} describes: run make package"
                )
                raise SettingsError(message)
        return cls(path=path, version=version, sha256=sha256)
