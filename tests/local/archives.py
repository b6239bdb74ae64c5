"""An archive of the job for tests that deploy one and do not run it."""

import hashlib
import json
from pathlib import Path


def package(directory: Path, version: str) -> None:
    """Write an archive of any bytes and its manifest, in the form that `make package` writes."""
    content = f"archive of {version}".encode()
    directory.mkdir(exist_ok=True)
    (directory / "stocktrading-job.zip").write_bytes(content)
    described = {"version": version, "sha256": hashlib.sha256(content).hexdigest()}
    (directory / "stocktrading-job.json").write_text(json.dumps(described))
