"""Paths of the project's files."""

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
