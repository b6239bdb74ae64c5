"""Where the project's files are."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The checkout."""

LOCAL: Final = Path(".local")
"""Where the local cloud keeps its files: below the directory that it was started from."""

LOCAL_OUTPUTS: Final = LOCAL / "sandbox.json"
"""Where the local cloud leaves the outputs of its workload stack."""


def job_status_file(application: str) -> Path:
    """Give the file in which the local cloud keeps the status of an application's job."""
    return LOCAL / "flink" / application / "status.json"
