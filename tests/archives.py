"""An archive of the job for tests that deploy one and do not run it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from components.streaming import archive


def package(directory: Path, version: str = "v1", state: Mapping[str, str] | None = None) -> Path:
    """Write an archive of any bytes and its manifest, in the form that `make package` writes.

    With `state`, it is a zip file with this list of operators.
    """
    content = f"archive of {version}".encode()
    if state is not None:
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as entries:
            entries.writestr("state.json", json.dumps({"operators": state}))
        content = buffer.getvalue()
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
