"""The checkpoints and savepoints that a job has left on disk."""

from pathlib import Path
from typing import Final

from local.flink.config import flink_uri

COMPLETE: Final = "_metadata"
"""Flink writes this file last. A checkpoint or savepoint that has it is complete."""


def newest_state(checkpoints: Path, job: str | None, known: str | None) -> str | None:
    """Give the URI of the newest state of a job that has ended. None if there is no state.

    `known` is the last checkpoint or savepoint that Flink reported. It may be deleted: Flink
    deletes a checkpoint when the next one is complete, and the job may have ended before Flink
    reported the next one.
    """
    found = [] if job is None else list(checkpoints.glob(f"{job}/chk-*/{COMPLETE}"))
    if known is not None:
        found += path_of(known).glob(COMPLETE)
    newest = max(found, key=lambda file: file.stat().st_mtime_ns, default=None)
    return flink_uri(newest.parent) if newest else None


def path_of(uri: str) -> Path:
    """Give the path of Flink's URI: `/a b` for `file:/a b` and for `file:///a b`."""
    return Path("/" + uri.removeprefix("file:").lstrip("/"))
