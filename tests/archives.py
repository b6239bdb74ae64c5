"""An archive of the job for tests that deploy one and do not run it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.streaming import archive


def package(directory: Path, version: str = "v1") -> Path:
    """Write an archive of any bytes and its manifest, in the form that `make package` writes."""
    content = f"archive of {version}".encode()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "stocktrading-job.zip").write_bytes(content)
    described = {"version": version, "sha256": hashlib.sha256(content).hexdigest()}
    (directory / "stocktrading-job.json").write_text(json.dumps(described), "utf-8")
    return directory


@contextmanager
def packaged(directory: Path) -> Generator[Path]:
    """Let the program find an archive in a directory during the block. Gives the directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "DISTRIBUTION", package(directory))
        yield directory
